# SPDX-License-Identifier: MIT
"""Ssh: Debian's OpenSSH on the gateway, with users whose login shell is the console.

    phones side: ssh USER@10.10.1.1  ==voice port==  [ sshd ] -- login shell --> junctor

Users, keys and port are the test's own: what sshd reads of /etc and writes to /run and /var/log is in a mount
namespace, so that nothing of the machine is touched.
"""
import os
import subprocess
import time

from .process import check, wait_until

PORT = 2222
GROUP = 64010


def _run(*argv):
    subprocess.run(list(map(str, argv)), check=True, capture_output=True)


class Ssh:
    """The caller has called own_mounts(), so that /etc/passwd is the test's; the gateway is started after it."""

    def __init__(self, gateway, users):
        self.gateway, self.folder = gateway, gateway.lab.folder
        self.process = None
        passwd = self.folder / "passwd"
        with open("/etc/passwd") as file:
            lines = file.read()
        shell = self.folder / "shell"
        shell.write_text(f"#!/bin/sh\nexec {' '.join(map(str, gateway.junctor_argv))} \"$@\"\n")
        shell.chmod(0o755)
        for number, user in enumerate(users):
            home = self.folder / f"home-{user}"
            home.mkdir()
            os.chown(home, GROUP + number, GROUP)
            lines += f"{user}:x:{GROUP + number}:{GROUP}::{home}:{shell}\n"
        passwd.write_text(lines)
        _run("mount", "--bind", passwd, "/etc/passwd")
        for name in ("host_key", "key"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name)
        known = (self.folder / "host_key.pub").read_text().split()[:2]
        (self.folder / "known_hosts").write_text(f"[10.10.1.1]:{PORT} {' '.join(known)}\n")
        (self.folder / "sshd_config").write_text("\n".join((
            f"Port {PORT}", "ListenAddress 10.10.1.1", f"HostKey {self.folder}/host_key", "PidFile none", "UsePAM no",
            f"AuthorizedKeysFile {self.folder}/key.pub", "StrictModes no", "PasswordAuthentication no",
            "PermitRootLogin no", f"AllowUsers {' '.join(users)}", "PrintMotd no", "PrintLastLog no")) + "\n")

    def start(self):
        """After the gateway: its port must be there. Users reach the socket as members of the gateway's group."""
        for folder in (self.folder, self.gateway.run_dir):
            os.chmod(folder, 0o711)
        os.chmod(self.gateway.run_dir / "management.sock", 0o660)
        os.chown(self.gateway.run_dir / "management.sock", 0, GROUP)
        self.gateway.export_dir.mkdir(exist_ok=True)
        os.chown(self.gateway.export_dir, 0, GROUP)
        os.chmod(self.gateway.export_dir, 0o2770)
        hidden = "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount -t tmpfs none /var/log"
        self.process = self.gateway.lab.gw.start(
            ["sh", "-c", f"{hidden} && exec /usr/sbin/sshd -D -e -f {self.folder}/sshd_config"], "sshd")
        wait_until("sshd listens", lambda: "Server listening" in self.process.text() or not self.process.running(), 10)
        check(self.process.running(), f"sshd ended:\n{self.process.tail()}")
        return self

    def argv(self, user, *more):
        return self.gateway.lab.phones.argv(
            ["ssh", "-F", "none", "-p", PORT, "-i", self.folder / "key", "-o", f"UserKnownHostsFile={self.folder}/known_hosts",
             "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR",
             f"{user}@10.10.1.1", *more])

    def once(self, user, command, timeout_s=30):
        """(status, what it says, its complaints) of one command, without a terminal."""
        done = subprocess.run(self.argv(user, command), capture_output=True, timeout=timeout_s, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def consoles_of(self, number):
        """The ids of the processes of a user, by the user's place in the list."""
        found = []
        for pid in self.gateway.lab.gw.run(["sh", "-c", f"ip netns pids {self.gateway.lab.gw.netns}"]).split():
            try:
                with open(f"/proc/{pid}/status") as status:
                    uid = next(line.split()[1] for line in status if line.startswith("Uid:"))
                with open(f"/proc/{pid}/comm") as comm:
                    if int(uid) == GROUP + number and comm.read().strip() == "junctor":
                        found.append(int(pid))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def close(self):
        if self.process:
            self.process.stop()
            time.sleep(0.1)
        _run("umount", "-l", "/etc/passwd")

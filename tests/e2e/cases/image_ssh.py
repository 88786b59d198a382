# SPDX-License-Identifier: MIT
"""The console of an appliance by SSH."""
import os
import select
import subprocess
import time

from harness.appliance import LABELS, configure, first_login, ports_up, vm
from harness.process import check, wait_until
from harness.registry import case


class Ending:
    def __init__(self, process):
        self._process = process

    def close(self):
        self._process.kill()
        self._process.communicate()


def wait_for_prompt(process, timeout_s=60):
    seen, end = b"", time.monotonic() + timeout_s
    while b"> " not in seen:
        ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
        data = os.read(process.stdout.fileno(), 4096) if ready else b""
        check(data, f"there is no console: {seen}")
        seen += data


class Client:
    """OpenSSH on the phones side."""

    def __init__(self, t):
        self._t, self._folder = t, t.lab.folder
        for name in ("key", "other_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@desk", "-f", self._folder / name],
                           check=True)
        self.public = (self._folder / "key.pub").read_text().strip()

    def argv(self, *command, options=(), user="ann", key="key"):
        argv = ["ssh", "-F", "none", "-i", self._folder / key, "-o", f"UserKnownHostsFile={self._folder}/known_hosts",
                "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
                "-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-o", "LogLevel=ERROR", *options,
                f"{user}@10.10.1.1", *command]
        return self._t.phones.argv(argv)

    def run(self, *command, timeout_s=90, **how):
        """(status, what it says, its complaints)."""
        done = subprocess.run(self.argv(*command, **how), capture_output=True, text=True, timeout=timeout_s,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def stay(self, **how):
        """A console that stays open; it ends with the test."""
        process = subprocess.Popen(self.argv(options=("-tt",), **how), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        self._t.closing(Ending(process))
        return process


@case("e2e.image.ssh", timeout_s=900, cores=2, labels=LABELS)
def image_ssh(t):
    """Off until it is configured; then with keys only, and nothing but the console; off again, and closed."""
    machine = vm(t)
    first_login(machine)
    ports_up(t, machine)
    client = Client(t)
    status, _, complaint = client.run("show version")
    check(status == 255 and "refused" in complaint, f"something listens: {status} {complaint}")

    configure(machine, "set system user ann role operator\n"
                       f'set system user ann ssh-key "{client.public}"\n'
                       "set system ssh enabled true\nset system ssh address 10.10.1.1")
    wait_until("ann may log in", lambda: client.run("show version")[0] == 0, 120, 2)
    status, text, complaint = client.run("show version")
    check("dataplane  connected" in text, f"{text} {complaint}")
    check(client.run("trunk pbx drain")[0] == 0 and client.run("trunk pbx enable")[0] == 0, "an operator may not drain")
    status, _, complaint = client.run("configure")
    check(status == 1, f"an operator configures: {status} {complaint}")
    # Neither a shell, nor sftp, nor a way through, nor another key or user.
    for said, options in (("/bin/sh -c id", ()), ("sftp", ("-s",))):
        status, text, complaint = client.run(said, options=options)
        check(status != 0 and "uid=" not in text, f"{said} ends with {status}: {text} {complaint}")
    status, text, complaint = client.run(options=("-W", "10.10.1.1:22"))
    check(status != 0 and "SSH-2.0" not in text, f"it forwards: {text} {complaint}")
    for other in ({"key": "other_key"}, {"user": "root"}, {"user": "junctor"}, {"user": "admin"}):
        status, text, complaint = client.run("show version", **other)
        check(status == 255 and "denied" in complaint, f"{other} is let in: {status} {text} {complaint}")

    # Whose key is taken away is not let stay either; others are.
    other = (t.lab.folder / "other_key.pub").read_text().strip()
    configure(machine, f'set system user bob role viewer\nset system user bob ssh-key "{other}"')
    bob = {"user": "bob", "key": "other_key"}
    wait_until("bob may log in", lambda: client.run("show version", **bob)[0] == 0, 120, 2)
    visit, visit_of_bob = client.stay(), client.stay(**bob)
    for process in (visit, visit_of_bob):
        wait_for_prompt(process)
    configure(machine, "delete system user ann")
    wait_until("what ann had open is ended", lambda: visit.poll() is not None, 60, 1)
    check(visit_of_bob.poll() is None, "what bob has open was ended as well")
    status, _, complaint = client.run("show version")
    check(status == 255 and "denied" in complaint, f"ann is let in without a key: {status} {complaint}")

    configure(machine, "delete system ssh")
    wait_until("what bob had open is ended", lambda: visit_of_bob.poll() is not None, 60, 1)

    def refused():
        status, _, complaint = client.run("show version")
        return status == 255 and "refused" in complaint
    wait_until("it is closed", refused, 60, 2)

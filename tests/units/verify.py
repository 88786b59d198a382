#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The units of rootfs/units, and Debian's with what rootfs/overlay adds to them: systemd understands each line, none is
more exposed than it was, and apply-system, apply-ssh and console-generator do what their files say and no more.

usage: verify.py UNITS
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

INSTANCES = {"junctor-clock@.service": "junctor-clock@0.service",
             "junctor-console@.service": "junctor-console@ttyS0.service"}
# What systemd-analyze security says, 0 to 10: no unit may come above it. 3.5 is root's, for devices;
# sshd gives each session a user of its own.
EXPOSURE = {
    "junctor-appliance.service": 1.7, "junctor-board.service": 3.5, "junctor-clock@.service": 1.9,
    "junctor-config.service": 0.5, "junctor-console@.service": 1.9, "junctor-control.service": 1.4,
    "junctor-dataplane.service": 1.1, "junctor-grow.service": 1.7, "junctor-leds.service": 0.2,
    "junctor-network.service": 1.3, "junctor-ssh.service": 3.0, "junctor-system.service": 1.7,
    "junctor-trial.service": 1.1,
}
# Of the daemons of Debian, each with its drop-in. udevd has root's rights: nodes, drivers, names of interfaces.
DAEMONS = {
    "dbus.service": 0.7, "rauc.service": 1.7, "systemd-journald.service": 4.3, "systemd-timesyncd.service": 2.3,
    "systemd-udevd.service": 6.8,
}
# Debian's file has no sandbox: an empty one stands in where this machine has not the package.
BARE = {"dbus.service", "rauc.service"}
ONE_SHOTS = {"systemd-udev-trigger.service"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB"


def check(condition, sentence):
    if not condition:
        sys.exit(f"verify.py: {sentence}")


def verify(units, root):
    """Every unit in a root of its own, where the programs that it names are there."""
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    (root / "usr").mkdir()
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    (root / "lib").symlink_to("usr/lib")
    names = []
    for unit in sorted(units.iterdir()):
        if unit.suffix not in (".service", ".path", ".slice", ".timer"):
            continue
        shutil.copy(unit, folder)
        names.append(INSTANCES.get(unit.name, unit.name))
        for line in unit.read_text().splitlines():
            if line.startswith("Exec"):
                program = root / line.split("=", 1)[1].lstrip("-").split()[0].lstrip("/")
                program.parent.mkdir(parents=True, exist_ok=True)
                program.write_text("#!/bin/sh\n")
                program.chmod(0o755)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={root}", *names], capture_output=True,
                          text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if "junctor" in line]
    check(done.returncode == 0 and not said, "\n".join(said) or done.stderr)
    return len(names)


def exposure(name, unit, *options):
    """Of a file, or of a name below another root; printed."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", *options, unit],
                          capture_output=True, text=True, timeout=60)
    figure = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    check(figure, f"{name} has no figure: {done.stderr}")
    print(f"{name:28} {figure[1]}")
    return float(figure[1])


def check_limits(name, text):
    memory, tasks = (re.search(rf"^{limit}=\d", text, re.M) for limit in ("MemoryMax", "TasksMax"))
    check(tasks and memory, f"{name} has no limits")


def check_exposures(found, limits):
    check(found.keys() == limits.keys(), f"units and limits differ: {found.keys() ^ limits.keys()}")
    for name, figure in found.items():
        check(figure <= limits[name], f"{name} is exposed by {figure}, above {limits[name]}")


def exposures(units):
    """None beyond its limit."""
    found = {}
    for unit in sorted(units.glob("*.service")):
        found[unit.name] = exposure(unit.name, unit.absolute())
        check_limits(unit.name, unit.read_text())
    check_exposures(found, EXPOSURE)


def daemons(overlay, root):
    """Debian's units with our drop-ins: each line is understood, none is beyond its limit."""
    folder = root / "usr/lib/systemd/system"
    folder.mkdir(parents=True)
    found, absent = {}, set()
    for drop_in in sorted(overlay.glob("*.service.d/junctor.conf")):
        name = drop_in.parent.name.removesuffix(".d")
        if name in ONE_SHOTS:
            continue
        check_limits(name, drop_in.read_text())
        debian = pathlib.Path("/usr/lib/systemd/system", name)
        if debian.exists():
            shutil.copy(debian, folder)
        elif name in BARE:
            (folder / name).write_text("[Service]\nExecStart=/usr/bin/true\n")
        else:
            print(f"{name:28} is not on this machine")
            absent.add(name)
            continue
        shutil.copytree(drop_in.parent, folder / drop_in.parent.name)
        found[name] = exposure(name, name, f"--root={root}")
        # Where a line is wrong, whatever the machine of this test has not: programs, other units.
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", name],
                              capture_output=True, text=True, timeout=60)
        said = [line for line in done.stderr.splitlines() if "junctor.conf" in line]
        check(not said, "\n".join(said))
    check_exposures(found, {name: limit for name, limit in DAEMONS.items() if name not in absent})


def make_folders(rules, root):
    """What the image has from its start on: its user's, and for the members of its group."""
    (root / "etc").mkdir(parents=True)
    (root / "var/lib").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\njunctor:x:991:991::/:/bin/false\n")
    (root / "etc/group").write_text("root:x:0:\njunctor:x:991:\n")
    done = subprocess.run(["systemd-tmpfiles", f"--root={root}", "--create", rules.absolute()], capture_output=True,
                          text=True, timeout=30)
    check(done.returncode == 0 and not done.stderr, done.stderr)
    for name, mode in (("var/lib/junctor/captures", 0o770), ("var/lib/junctor", 0o750), ("var/lib/junctor/export", 0o2770)):
        about = (root / name).stat()
        check((about.st_mode & 0o7777, about.st_uid, about.st_gid) == (mode, 991, 991), f"{name} is {about}")


def console_generator(program, root):
    """Which consoles it starts for a command line of the kernel."""
    rows = [
        ("quiet console=ttyS1,57600 ro", ["junctor-console@ttyS1.service"]),
        ("console=ttyS0 console=ttyUSB0,9600n8", ["junctor-console@ttyUSB0.service"]),
        ("console=tty0", []),
        ("console=ttyS1/../x *", []),
        ("quiet", []),
    ]
    for number, (line, wanted) in enumerate(rows):
        folder = root / str(number)
        folder.mkdir(parents=True)
        (folder / "cmdline").write_text(line + "\n")
        subprocess.run([program, folder, folder, folder], check=True, timeout=10,
                       env={**os.environ, "JUNCTOR_CMDLINE": folder / "cmdline"})
        wants = folder / "multi-user.target.wants"
        got = sorted(link.name for link in wants.iterdir()) if wants.exists() else []
        check(got == wanted, f"for {line!r} it starts {got}, not {wanted}")
        for link in wants.iterdir() if wants.exists() else ():
            check(os.readlink(link) == "/usr/lib/systemd/system/junctor-console@.service", os.readlink(link))


def apply_system(program, root):
    """Its work below another root: what it takes of each file, and what it leaves."""
    system = root / "run/junctor/system"
    system.mkdir(parents=True)
    (root / "etc").mkdir()

    def run(hostname, resolver, time):
        for name, text in (("hostname", hostname), ("resolv.conf", resolver), ("timesyncd.conf", time)):
            (system / name).write_text(text)
        (system / "changed").touch()
        subprocess.run([program, root], check=True, timeout=10)
        check(not (system / "changed").exists(), "apply-system leaves the mark: it would be started again and again")
        return [(root / "run" / name).read_text()
                for name in ("hostname", "resolv.conf", "systemd/timesyncd.conf.d/junctor.conf")]
    rows = [
        (("gw-1\n", "# x\nnameserver 192.0.2.2\nsearch a.example b\n", "[Time]\nNTP=ntp.example\n"),
         ["gw-1\n", "nameserver 192.0.2.2\nsearch a.example b\n", "[Time]\nNTP=ntp.example\n"]),
        (("$(reboot)\n", "nameserver ;x\noptions x\n", "[Time]\nNTP=a\n[Service]\nX=1\n"),
         ["junctor\n", "", "[Time]\nNTP=a\n"]),
    ]
    for given, wanted in rows:
        got = run(*given)
        check(got == wanted, f"of {given} it makes {got}, not {wanted}")
    check(os.readlink(root / "etc/resolv.conf") == "/run/resolv.conf", "resolv.conf is no link")


def apply_ssh(program, root):
    """The same of SSH: users, keys and the port; nobody without a port; numbers that stay."""
    system, to = root / "run/junctor/system", root / "run/junctor-ssh"
    system.mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "data").mkdir()
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/false\njunctor:x:900:900::/:/bin/false\n")

    def run(*lines):
        (system / "ssh").write_text("# x\n" + "".join(line + "\n" for line in lines))
        done = subprocess.run([program, root], timeout=30, capture_output=True, text=True)
        check(done.returncode == 0, f"apply-ssh ended with {done.returncode}: {done.stderr}")
        return re.findall(r"ends what (\S+) has open", done.stdout)

    def users():
        rows = [line.split(":") for line in (to / "passwd").read_text().splitlines()]
        return {row[0]: (row[2], row[3], row[6]) for row in rows}

    def keys():
        return {file.name: file.read_text() for file in (to / "keys").iterdir()}
    run(f"key ann {KEY} ann@desk")
    check(not to.exists(), "there are users without a port")
    run("port 2222", "address 10.0.0.1", f"key vic {KEY}A", f"key ann {KEY} ann@desk", f"key ann {KEY}B",
        f"key root {KEY}", f'key ann command="sh" {KEY}', f"key ann {KEY} `x`", "key ../x " + KEY, "Subsystem sftp /x")
    console = "/usr/bin/junctor"
    check(users() == {"ann": ("20000", "900", console), "vic": ("20001", "900", console)}, f"the users are {users()}")
    check(keys() == {"ann": f"{KEY} ann@desk\n{KEY}B\n", "vic": f"{KEY}A\n"}, f"the keys are {keys()}")
    said = (to / "sshd_config").read_text()
    check(said.startswith("Port 2222\nListenAddress 10.0.0.1\n") and "Subsystem" not in said, said)
    done = subprocess.run(["/usr/sbin/sshd", "-t", "-f", to / "sshd_config"], capture_output=True, text=True,
                          timeout=30)
    check(done.returncode == 0 or "privilege separation" in done.stderr.lower(), f"sshd refuses it: {done.stderr}")
    host_key = (root / "data/ssh/host_ed25519").read_bytes()
    ended = run("port 2222", f"key vic {KEY}A", f"key ann {KEY}B", f"key ann {KEY} ann@desk", f"key bob {KEY}")
    check(ended == [], f"no key is gone, and what {ended} have open is ended")
    ended = run("port 22", f"key bob {KEY}", f"key bob {KEY}C", f"key vic {KEY}")
    check(ended == ["ann", "vic"], f"a key of ann and vic is gone, and what {ended} have open is ended")
    numbers = {name: row[0] for name, row in users().items()}
    check(numbers == {"bob": "20002", "vic": "20001"}, f"the users are {users()}")
    check(keys().keys() == {"bob", "vic"}, "a key outlives its user")
    run("port 22", f"key ann {KEY}")
    check(users()["ann"][0] == "20000", "ann has another number than before")
    run()
    check(not to.exists(), "SSH was switched off, and its users are there")
    check((root / "data/ssh/host_ed25519").read_bytes() == host_key, "the host key is another")


def main():
    units = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="junctor-units.") as folder:
        folder = pathlib.Path(folder)
        count = verify(units, folder / "verify")
        exposures(units)
        daemons(units.absolute().parent / "overlay/usr/lib/systemd/system", folder / "daemons")
        console_generator(units / "console-generator", folder / "generated")
        apply_system(units / "apply-system", folder / "apply")
        apply_ssh(units / "apply-ssh", folder / "ssh")
        if os.geteuid() == 0:
            make_folders(units / "junctor.tmpfiles", folder / "folders")
    print(f"{count} units")


if __name__ == "__main__":
    main()

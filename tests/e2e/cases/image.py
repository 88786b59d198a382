# SPDX-License-Identifier: MIT
"""The appliance: an image of tools/image, started in QEMU, with its serial console and its ports in the lab."""
import fcntl
import json
import os
import pathlib
import re
import subprocess
import time

from harness.process import Failure, check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk
from harness.vm import Vm, flash

ROOT = pathlib.Path(__file__).resolve().parents[3]
PASSWORD = "correct-horse"
LABELS = ("e2e", "image")
# TCG on a busy machine: a minute where metal takes seconds.
BOOT_S = 240

NETWORK = """\
set interface lan device port1 address 10.10.1.1/24
set interface wan device port2 address 10.10.2.1/24
set sip listener lan address 10.10.1.1
set sip listener wan address 10.10.2.1
set trunk phones listener lan peer 10.10.1.2
set trunk pbx listener wan peer 10.10.2.2
set route out from phones called _. to pbx
"""


def newest(folder, names):
    return max((os.stat(path).st_mtime for name in names for path in [folder / name] if path.exists()), default=0)


def sources():
    """What an image is made from, beside the programs."""
    return [path for folder in ("rootfs", "board", "tools/imaging") for path in (ROOT / folder).rglob("*")
            if path.is_file()]


def image(t, version="0.1.0", folder="image", more=()):
    """The image of a version, made once a build by the first test that wants it; `more` wants a folder of its own."""
    out = pathlib.Path(t.build).resolve() / folder
    out.mkdir(exist_ok=True)
    wanted = out / f"junctor-{version}-x86_64.img"
    with open(out / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        programs = pathlib.Path(t.build) / "bin"
        made_from = max(newest(programs, [p.name for p in programs.glob("junctor*")]),
                        max(os.stat(p).st_mtime for p in sources()))
        if not wanted.exists() or wanted.stat().st_mtime < made_from:
            done = subprocess.run([ROOT / "tools/image", "--quick", "--version", version, "--programs", t.build,
                                   "--out", out, *more], capture_output=True, text=True)
            check(done.returncode == 0, f"tools/image failed:\n{done.stdout}{done.stderr}")
    return wanted


def vm(t, **options):
    disk = flash(image(t), t.lab.folder / "disk.img")
    machine = Vm(t.lab, disk, (t.phones, t.pbx), **options)
    t.closing(Off(machine))
    return machine.start()


class Off:
    def __init__(self, machine):
        self.machine = machine

    def close(self):
        if self.machine.process and self.machine.process.running():
            self.machine.power_off()


def first_login(machine):
    machine.expect("Choose a password for admin", BOOT_S)
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 20)
        machine.send(PASSWORD)
    machine.expect(r"junctor> $", 30)


def login(machine, prompt=r"\w+> $"):
    machine.expect("[Ll]ogin: $", BOOT_S)
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send(PASSWORD)
    machine.expect(prompt, 30)


def command(machine, line, prompt=r"\n\w+(\(config\))?[>#] $", timeout_s=30):
    """What a line of the console answers."""
    machine.send(line)
    begin = machine.mark()
    machine.expect(prompt, timeout_s)
    return machine.seen[begin:]


def boots(t, **options):
    machine = vm(t, **options)
    machine.expect("Booting", 60)
    loader = machine.since_start()
    machine.expect("Choose a password for admin", BOOT_S)
    t.note(f"power-on to boot loader {loader:.1f} s, to the console {machine.since_start():.1f} s")
    return machine


@case("e2e.image.boot-bios", timeout_s=420, cores=2, labels=LABELS)
def boot_bios(t):
    boots(t)


@case("e2e.image.boot-uefi", timeout_s=480, cores=2, labels=LABELS)
def boot_uefi(t):
    boots(t, uefi=True)


@case("e2e.image.first-login", timeout_s=600, cores=2, labels=LABELS)
def first_login_case(t):
    """No password is in the image: the first login sets one. It holds from then on, also when the plug was pulled."""
    machine = boots(t)
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 20)
        machine.send("short")
    machine.expect("at least 8 characters", 20)
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 60)
        machine.send(PASSWORD)
    machine.expect(r"junctor> $", 30)
    hardware = command(machine, "show hardware")
    check(re.search(r"board\s+qemu_x86", hardware), f"the board is not known: {hardware}")
    ports = re.findall(r"port\d +ready .* vfio-pci", hardware)
    check(len(ports) == 2, f"two ports should be ready: {hardware}")
    machine.power_off()
    machine.start()
    machine.expect("[Ll]ogin: $", BOOT_S)
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send("wrong-horse")
    machine.expect("wrong user or password", 30)
    login(machine)


def configure(machine):
    """Two ports, two trunks, a route; both programs have taken them."""
    command(machine, "configure")
    for line in NETWORK.splitlines():
        said = command(machine, line)
        check("%" not in said, f"{line!r} was refused: {said}")
    said = command(machine, "commit")
    check("revision" in said, f"the commit was refused: {said}")
    command(machine, "exit")
    # Ports are taken at a start; so are listeners, which want the ports' addresses.
    command(machine, "request system restart dataplane")
    wait_until("the ports have their addresses", lambda: "10.10.2.1/24" in command(machine, "show ports"), 60, 1)
    command(machine, "request system restart control")


def wait_answers(phone, timeout_s=60):
    """Until the gateway answers SIP."""
    def answers():
        try:
            return phone.ask("OPTIONS", timeout_s=2).status == 200
        except Failure:
            return False
    wait_until("the gateway answers SIP", answers, timeout_s, 0.5)


@case("e2e.image.call", timeout_s=600, cores=2, labels=LABELS)
def call(t):
    """Configured at the serial console; a call through two DPDK ports on vfio-pci, with voice both ways."""
    machine = vm(t)
    first_login(machine)
    configure(machine)
    phone, pbx = t.both()
    wait_answers(phone)
    t.note(f"the first answer {machine.since_start():.1f} s after power-on, configuration included")
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard_a, heard_b = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check(len(heard_a) == 10 and len(heard_b) == 10,
          f"10 packets each way were sent, {len(heard_a)} and {len(heard_b)} heard")
    hang_up(a, b)


def choose_in_menu(machine, entry):
    """Takes an entry of GRUB's menu: Esc in the first second shows it, Ctrl-N goes one down."""
    for _ in range(30):
        machine.keys(b"\x1b")
        machine.read(0.1)
    machine.expect("Factory reset", 30)
    for key in [b"\x0e"] * entry + [b"\r"]:
        until = time.monotonic() + 1        # GRUB draws the menu anew after each, and is slow at it
        while time.monotonic() < until:
            machine.read(0.1)
        machine.keys(key)


@case("e2e.image.password-recovery", timeout_s=600, cores=2, labels=LABELS)
def password_recovery(t):
    """Who stands before the machine chooses a new password at the boot loader; the configuration stays."""
    machine = vm(t)
    first_login(machine)
    for line in ("configure", "set system name kept", "commit", "exit"):
        command(machine, line)
    machine.power_off()
    machine.start()
    choose_in_menu(machine, 2)
    machine.expect("Choose a password for admin", BOOT_S)
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 20)
        machine.send("battery-staple")
    machine.expect(r"kept> $", 30)
    check("chosen anew" in command(machine, "show log | include anew"), "the log does not tell of the new password")
    command(machine, "exit", prompt="[Ll]ogin: $")
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send(PASSWORD)
    machine.expect("wrong user or password", 30)


@case("e2e.image.factory-reset", timeout_s=600, cores=2, labels=LABELS)
def factory_reset(t):
    """From the boot loader's menu: nothing of the configuration is left, and no password."""
    machine = vm(t)
    first_login(machine)
    for line in ("configure", "set system name gone", "commit", "exit"):
        command(machine, line)
    machine.power_off()
    machine.start()
    choose_in_menu(machine, 3)
    machine.expect("the data partition is made anew", BOOT_S)
    first_login(machine)
    check("gone" not in command(machine, "show configuration | include name"), "the old name is still there")


@case("e2e.image.tampered-root", timeout_s=900, cores=2, labels=LABELS)
def tampered_root(t):
    """A byte of the slot that starts is changed on the disk: it is not run, and the other slot is."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    places = partitions(disk)
    with open(disk, "r+b") as file:
        for part in ("root", "boot"):     # the same version in both slots
            start, size = places[f"junctor-{part}-a"]
            file.seek(start)
            content = file.read(size)
            file.seek(places[f"junctor-{part}-b"][0])
            file.write(content)
        env = places["junctor-env"][0]
        for copy in (8192, 12288):        # two starts are left of A, three of B
            file.seek(env + copy)
            block = file.read(1024)
            file.seek(env + copy)
            file.write(block.replace(b"A_left=6", b"A_left=2").replace(b"B_left=0", b"B_left=3"))
        file.seek(places["junctor-root-a"][0] + 100)   # in the squashfs superblock
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    machine = Vm(t.lab, disk, (t.phones, t.pbx))
    t.closing(Off(machine))
    machine.start()
    first_login(machine)
    starts = re.findall(r"Junctor, slot (\w)", machine.seen)
    check(starts == ["A", "A", "B"], f"A should have been tried twice, then B: {starts}")


def partitions(disk):
    """First octet and size of each partition, by label."""
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], capture_output=True, text=True, check=True).stdout)
    return {p["name"]: (p["start"] * 512, p["size"] * 512) for p in table["partitiontable"]["partitions"]}

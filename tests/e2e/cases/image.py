# SPDX-License-Identifier: MIT
"""The appliance: an image of tools/image, started in QEMU, with its serial console and its ports in the lab."""
import re
import time

from harness.appliance import (BOOT_S, LABELS, PASSWORD, choose, command, first_login, flip, image, login, ports_up,
                               put_version, vm, voice)
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import flash


def boots(t, **options):
    machine = vm(t, **options)
    machine.expect("Booting", 60)
    loader = machine.since_start()
    machine.expect("Choose a password for admin", BOOT_S)
    t.note(f"power-on to boot loader {loader:.1f} s, to the console {machine.since_start():.1f} s")
    return machine


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
    set_up(machine)
    hardware = command(machine, "show hardware")
    check(re.search(r"board\s+qemu_x86", hardware), f"the board is not known: {hardware}")
    ports = re.findall(r"port\d +ready .* vfio-pci", hardware)
    check(len(ports) == 2, f"two ports should be ready: {hardware}")
    version = command(machine, "show version")
    check(re.search(r"version +0\.1\.0\s.*program +0\.1\.0, build [0-9a-f]{12}\s", version, re.S), version)
    held = command(machine, "show configuration")
    for line in ("interface lan device port1", "interface lan address 10.10.1.1/24", "system name gw7",
                 "interface lan route 0.0.0.0/0 gateway 10.10.1.254", "system dns server 10.10.1.53"):
        check(f"set {line}" in held, f"the set-up did not commit {line!r}: {held}")
    wait_until("the port has its address", lambda: "10.10.1.1/24" in command(machine, "show ports"), 60, 1)
    machine.power_off()
    machine.start()
    machine.expect("[Ll]ogin: $", BOOT_S)
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send("wrong-horse")
    machine.expect("wrong user or password", 30)
    login(machine)


def set_up(machine):
    """The short set-up of a first login: each answer is checked as it is typed, all is one commit."""
    for question, answers in ((r"Set up name, .* now\? .*: $", [""]), (r"Name of .*: $", ["not a name", "gw7"]),
                              (r"Address of port1 .*: $", ["10.10.1.1", "10.10.1.1/24"]),
                              (r"Default gateway: $", ["10.99.9.9", "10.10.1.254"]),
                              (r"Name servers .*: $", ["10.10.1.53"]), (r"Time servers .*: $", [""]),
                              (r"Commit that\? .*: $", [""])):
        for answer in answers:
            machine.expect(question, 30)
            machine.send(answer)
    machine.expect(r"revision \d+ holds", 30)
    machine.expect(r"gw7> $", 30)


@case("e2e.image.call", timeout_s=600, cores=2, labels=LABELS)
def call(t):
    """Configured at the serial console; a call through two DPDK ports on vfio-pci, with voice both ways."""
    machine = vm(t)
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    t.note(f"the first answer {machine.since_start():.1f} s after power-on, configuration included")
    a, b = talk(phone, pbx)
    voice(t, a, b)
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


def restart_from_menu(t, name, entry):
    """A machine with that name in its configuration, started anew with an entry of GRUB's menu."""
    machine = vm(t)
    first_login(machine)
    for line in ("configure", f"set system name {name}", "commit", "exit"):
        command(machine, line)
    machine.power_off()
    machine.start()
    choose_in_menu(machine, entry)
    return machine


@case("e2e.image.password-recovery", timeout_s=600, cores=2, labels=LABELS)
def password_recovery(t):
    """Who stands before the machine chooses a new password at the boot loader; the configuration stays."""
    machine = restart_from_menu(t, "kept", 2)
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
    machine = restart_from_menu(t, "gone", 3)
    machine.expect("the data partition is made anew", BOOT_S)
    first_login(machine)
    check("gone" not in command(machine, "show configuration | include name"), "the old name is still there")


@case("e2e.image.tampered-root", timeout_s=900, cores=2, labels=LABELS)
def tampered_root(t):
    """A byte of the slot that starts is changed on the disk: it is not run, and the other slot is."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    put_version(disk, "B", image(t))                # the same version in both slots
    choose(disk, A_left=2, B_left=3)
    flip(disk, "junctor-root-a", 100)               # in the squashfs superblock
    machine = vm(t, disk)
    first_login(machine)
    starts = re.findall(r"Junctor, slot (\w)", machine.seen)
    check(starts == ["A", "A", "B"], f"A should have been tried twice, then B: {starts}")

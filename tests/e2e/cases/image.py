# SPDX-License-Identifier: MIT
"""The appliance: an image of tools/image, started in QEMU, with its serial console and its ports in the lab."""
import re
import time

from harness.appliance import (BOOT_S, LABELS, PASSWORD, choose, command, first_login, flip, image, login, ports_up,
                               put_version, vm, voice)
from harness.process import check
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
    put_version(disk, "B", image(t))                # the same version in both slots
    choose(disk, A_left=2, B_left=3)
    flip(disk, "junctor-root-a", 100)               # in the squashfs superblock
    machine = vm(t, disk)
    first_login(machine)
    starts = re.findall(r"Junctor, slot (\w)", machine.seen)
    check(starts == ["A", "A", "B"], f"A should have been tried twice, then B: {starts}")

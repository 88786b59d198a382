# SPDX-License-Identifier: MIT
"""A machine that the tree does not know: what one file of its maker makes of it."""
import re

from harness.appliance import LABELS, NETWORK, ROOT, command, first_login, image, ports_up, vm, voice
from harness.inside import Inside
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import flash

from .image_menu import choose_in_menu, open_menu

BOARD = ROOT / "tests/e2e/boards/acme_gw2"
OVERLAY = ROOT / "tests/e2e/overlay"
MACHINE = ["-smbios", "type=1,manufacturer=Acme Ltd.,product=GW-2 rev B"]
# Its ports have the names that are printed on its case.
NETWORK_OF_BOARD = NETWORK.replace("port1", "lan").replace("port2", "wan")
LAMPS = {"POWER": "numlock", "HEALTH": "capslock", "ALARM": "scrolllock"}


def lit(inside):
    """The lamps that are lit, in the order above."""
    values = {name: int(inside.run(f"cat /sys/class/leds/input*::{led}/brightness")) for name, led in LAMPS.items()}
    return " ".join(name for name, value in values.items() if value)


def hardware_is_the_boards(machine, inside):
    shown = re.sub(r"\n +", " ", command(machine, "show hardware"))     # a narrow line wraps
    for wanted in (r"board +acme_gw2 \(Acme Gateway 2\)", r"machine +Acme Ltd\. GW-2 rev B", r"console +ttyS1 57600",
                   r"watchdog +i6300esb .*, 40 s", r"cores +2: voice on 1", r"in huge pages 369\.1 MB\n",
                   r"led +on shows power", r"led +ready shows health", r"led +fault shows alarm",
                   r"wan +ready .*0000:00:04\.0.* vfio-pci .*left socket", r"lan +ready .*0000:00:03\.0.*right socket"):
        check(re.search(wanted, shown), f"show hardware does not say {wanted!r}: {shown}")
    check("\n!" not in shown, f"something is not as it should be: {shown}")
    check(inside.run("stty -F /dev/ttyS1 speed").strip() == "57600", "the console has another speed")
    told = inside.run("cat /proc/cmdline")
    check("console=ttyS1,57600 " in told, f"the kernel has another console: {told}")
    check(" no_timer_check acme_gw2.colour=green " in told, f"the kernel does not have the board's arguments: {told}")


@case("e2e.image.new-board", timeout_s=900, cores=2, labels=LABELS)
def new_board(t):
    """A board.json, and nothing else: menu, kernel and login come on the line that it names, its ports bear the names
    on its case and carry a call, and its lamps tell whether calls can be made."""
    folder = t.lab.folder / "vm"
    disk = flash(image(t, overlay=OVERLAY, boards=[BOARD], folder="image-new-board"), t.lab.folder / "disk.img")
    machine = vm(t, disk, extra=MACHINE, first_line=Inside.arguments(folder))
    inside = t.closing(Inside(folder))
    open_menu(machine)
    choose_in_menu(machine, 0)
    machine.expect("Booting|slot A starts", 120)
    first_login(machine)
    check(inside.said() == "", f"the first serial line is not the console, and says {inside.said()!r}")
    hardware_is_the_boards(machine, inside)
    check(lit(inside) == "POWER ALARM", f"no call can be made yet, and lit are {lit(inside)}")

    phone, pbx = ports_up(t, machine, network=NETWORK_OF_BOARD)
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)
    wait_until("calls can be made, and nothing else is wrong", lambda: lit(inside) == "POWER HEALTH", 90, 1)
    status = dict(line.split(":\t", 1) for line in inside.run("cat /proc/$(pidof junctor-leds)/status").splitlines())
    check(status["Uid"].split() == ["912"] * 4 and int(status["CapBnd"], 16) == 0 and status["Seccomp"] == "2",
          f"junctor-leds is not confined: {status}")
    check(inside.run("systemctl --failed --no-legend --plain").strip() == "", "a unit has failed")

    inside.run("systemctl stop junctor-control")
    wait_until("no calls can be made", lambda: lit(inside) == "POWER ALARM", 60, 1)
    inside.run("systemctl start junctor-control")
    wait_until("calls can be made again", lambda: lit(inside) == "POWER HEALTH", 90, 1)
    # Killed, and not started again: the lamp does not stay as it was.
    inside.run("systemctl kill --signal=KILL junctor-leds; systemctl stop junctor-leds")
    check(lit(inside) == "POWER ALARM", f"nobody knows how it is, and lit are {lit(inside)}")


@case("e2e.image.other-cards", timeout_s=900, cores=2, labels=LABELS)
def other_cards(t):
    """A machine that no board names is a PC or server with what these have: the disk is at a RAID controller, one port
    is Intel's and one VMware's, and a call goes through both."""
    machine = vm(t, extra=["-smbios", "type=1,manufacturer=Somebody,product=Server"],
                 cards=("e1000e,romfile=", "vmxnet3,romfile="),
                 storage=("-device", "megasas", "-device", "scsi-hd,drive=disk,bootindex=0"))
    first_login(machine)
    shown = re.sub(r"\n +", " ", command(machine, "show hardware"))     # a narrow line wraps
    for wanted in (r"board +generic_x86 ", r"machine +Somebody Server", r"port1 +ready .* vfio-pci",
                   r"port2 +ready .* vfio-pci", r"disks +sda "):
        check(re.search(wanted, shown), f"show hardware does not say {wanted!r}: {shown}")
    phone, pbx = ports_up(t, machine)
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)

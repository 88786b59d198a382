# SPDX-License-Identifier: MIT
"""A machine with two disks that both carry an image, as where a stick is to mend what is installed."""
import hashlib

from harness.appliance import LABELS, Off, choose, command, configure, first_login, image, login, put_version, stick, bundle
from harness.process import check, wait_until
from harness.registry import case
from harness.vm import Vm, flash

from .image_upgrade import slots


def digest(disk):
    with open(disk, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def second(disk):
    """Another disk, which the firmware starts from."""
    return ["-drive", f"file={disk},format=raw,if=none,id=second,cache=writeback",
            "-device", "virtio-blk-pci,drive=second,bootindex=0"]


@case("e2e.image.two-disks", timeout_s=1200, cores=2, labels=LABELS)
def two_disks(t):
    """The machine runs, keeps its configuration and is upgraded on the disk that it was started from, though the other one
    is found first; the other is as it was, to the octet."""
    new = bundle(t, "0.2.0")
    installed = flash(image(t), t.lab.folder / "disk.img")
    put_version(installed, "B", image(t, "0.2.0"))
    choose(installed, B_left=6, B_good=1)
    started = flash(image(t), t.lab.folder / "second.img")
    before = digest(installed)
    machine = Vm(t.lab, installed, extra=[*second(started), *stick(t, new)])
    t.closing(Off(machine))
    machine.start()
    first_login(machine)
    check(slots(machine)["B"][1] == "empty", f"the slots are those of the other disk: {slots(machine)}")
    configure(machine, "set system name second")
    wait_until("the version is good", lambda: slots(machine)["A"][2] == "good", 240, 3)
    said = command(machine, f"request system software add usb:{new.name}", timeout_s=400)
    check("the next start takes it" in said, f"an upgrade should be possible: {said}")
    command(machine, "request system reboot now")
    machine.expect("junctor: slot B starts", 240)
    login(machine, "second> $")
    check(slots(machine)["B"][:2] == ("0.2.0", "runs"), f"B should run: {slots(machine)}")
    machine.power_off()
    check(digest(installed) == before, "something was written on the other disk")

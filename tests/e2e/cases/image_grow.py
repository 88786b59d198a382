# SPDX-License-Identifier: MIT
"""The plug is pulled while the first start changes the partition table."""
import itertools
import struct
import subprocess
import time
import zlib

from harness.appliance import BOOT_S, LABELS, Off, first_login, image, partitions
from harness.process import check, wait_until
from harness.registry import case
from harness.vm import Vm, flash
from harness.write_log import SECTOR, new_log, writes

from .image import data_mb, room_mb

FIRST = 66 * SECTOR     # what is looked at of the begin: header, entries, and where they lie meanwhile
LAST = 33 * SECTOR      # the second table
OTHERS = 7 * 128        # entries of the partitions before that for data


def begin_of(disk):
    with open(disk, "rb") as file:
        return file.read(FIRST)


def place(begin):
    """The sector of the entries, as the header has it."""
    return struct.unpack_from("<Q", begin, SECTOR + 72)[0]


def entries(begin):
    """Of the first table: Linux looks at no other. None if Linux would find it broken."""
    header = begin[SECTOR:SECTOR + 92]
    own, = struct.unpack_from("<I", header, 16)
    if header[:8] != b"EFI PART" or zlib.crc32(header[:16] + bytes(4) + header[20:]) != own:
        return None
    at, count, size, crc = struct.unpack_from("<QIII", header, 72)
    found = begin[at * SECTOR:at * SECTOR + count * size]
    return found if zlib.crc32(found) == crc else None


def mixtures(old, new):
    """What the disk may hold when the power is cut in a write: each sector as it was or as it is to be."""
    places = [at for at in range(0, FIRST, SECTOR) if old[at:at + SECTOR] != new[at:at + SECTOR]]
    check(len(places) < 10, f"one write changes {len(places)} sectors of the table")
    for some in itertools.product((False, True), repeat=len(places)):
        mixed = bytearray(old)
        for at, is_new in zip(places, some):
            if is_new:
                mixed[at:at + SECTOR] = new[at:at + SECTOR]
        yield bytes(mixed)


def steps(disk, log):
    """How many writes are on the disk when the second table is, and after each that changes the first one; and what the
    disk begins with then. Every disk that a cut in such a write may leave is looked at."""
    size = disk.stat().st_size
    begin = bytearray(begin_of(disk))
    before, found, seconds = entries(begin), [], 0
    for n, (at, content) in enumerate(writes(log), 1):
        if at + len(content) > size - LAST:
            check(not found, "the second table is changed after the first one")
            seconds = n
        if at >= FIRST:
            continue
        old = bytes(begin)
        part = content[:FIRST - at]
        begin[at:at + len(part)] = part
        if bytes(begin) == old:
            continue
        if not found:
            check(seconds, "the first table is changed before the second one")
            found.append((seconds, old))
        for mixed in mixtures(old, bytes(begin)):
            now = entries(mixed)
            check(now, f"after a cut in write {n} the first table is broken")
            check(now[:OTHERS] == before[:OTHERS], f"after a cut in write {n} there are other partitions")
        found.append((n, bytes(begin)))
    return found


def replay(disk, log, count):
    """What the disk holds after so many writes."""
    with open(disk, "r+b") as file:
        for at, content in itertools.islice(writes(log), count):
            file.seek(at)
            file.write(content)


def expect_grown(machine):
    wait_until("the data partition has what is left of the disk",
               lambda: data_mb(machine) > 0.9 * room_mb(machine.disk), 150, 3)
    begin = begin_of(machine.disk)
    check(entries(begin) and place(begin) == 2, f"the entries are at sector {place(begin)}")
    done = subprocess.run(["sfdisk", "--verify", machine.disk], capture_output=True, text=True)
    check("No errors detected" in done.stdout + done.stderr, f"sfdisk: {done.stdout}{done.stderr}")


@case("e2e.image.grow-cut", timeout_s=1500, cores=2, labels=LABELS)
def grow_cut(t):
    """The first start writes a new partition table. Each of its writes is taken down, with what a cut in the middle of
    it would leave: the table that GRUB and Linux read is whole in all of them. Where the cut comes between the steps
    the machine starts, by BIOS and by UEFI, and brings it to its end."""
    source = image(t)
    disk = t.lab.folder / "disk.img"
    log = new_log(t.lab.folder / "writes")
    machine = Vm(t.lab, flash(source, disk))
    machine.write_log = log
    t.closing(Off(machine))
    machine.start()
    machine.expect("Choose a password for admin", BOOT_S)
    whole = 0.9 * room_mb(disk) * 1e6
    wait_until("the new table is in its place",
               lambda: place(begin_of(disk)) == 2 and partitions(disk)["junctor-data"][1] > whole, 150, 1)
    time.sleep(5)       # the last of its writes
    machine.power_off()
    machine.write_log = None
    found = steps(flash(source, disk), log)
    places = [place(begin) for _, begin in found]
    t.note(f"writes {[count for count, _ in found]} have changed the tables; the entries are at sector {places}")
    check(places[0] == 2 and 34 in places and places[-1] == 2, "the entries should lie aside for a while")
    first, aside = found[0][0], [count for count, begin in found if place(begin) == 34]
    for count, is_uefi in ((first, False), (aside[0], False), (aside[0], True), (found[-1][0], False)):
        replay(flash(source, disk), log, count)
        machine = Vm(t.lab, disk, uefi=is_uefi)
        t.closing(Off(machine))
        machine.start()
        first_login(machine)
        expect_grown(machine)
        t.note(f"cut after write {count}: it starts by {'UEFI' if is_uefi else 'BIOS'}, and has grown")
        machine.power_off()

# SPDX-License-Identifier: MIT
"""The disk of the appliance: its plug is pulled at any moment, and it fills up."""
import random
import re
import subprocess
import time

from harness.appliance import (BOOT_S, LABELS, bundle, command, configure, first_login, image, login, partitions, ports_up,
                               stick, vm, voice, wait_for_sip)
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import flash

CUTS = 10


def name_of(machine):
    """system name, as the running configuration has it."""
    return re.search(r"name (\w+)", command(machine, "show configuration | include name")).group(1)


def software(machine):
    return command(machine, "show system software")


def running(machine):
    """(slot, version) of what runs."""
    wait_until("junctor-appliance is there", lambda: "is not there" not in software(machine), 120, 2)
    rows = re.findall(r"^([AB]) +(\S+) +runs", software(machine), re.MULTILINE)
    check(len(rows) == 1 and rows[0][1] in ("0.1.0", "0.2.0"), f"one version should run: {rows}")
    return rows[0]


def is_good(machine):
    return re.search(r"runs +good", software(machine)) is not None


def install(machine, new):
    said = command(machine, f"request system software add usb:{new.name}", timeout_s=400)
    check("the next start takes it" in said, f"an upgrade should be possible: {said}")


@case("e2e.image.power-cut", timeout_s=4500, cores=2, labels=LABELS)
def power_cut(t):
    """The plug is pulled in the middle of an upgrade and of a commit, ten times: the machine starts, with the old version
    or the new, with the configuration from before the commit or after it. What the guest had not yet given to the disk is
    lost; what the disk had taken is not (a disk that loses that too is the test of the store's own). After all that it is
    configured, upgraded, and makes a call."""
    new = bundle(t, "0.2.0")
    machine = vm(t, extra=stick(t, new))
    first_login(machine)
    configure(machine, "set system name n0")
    chance = random.Random()
    seed = chance.randrange(1 << 32)
    chance.seed(seed)
    t.note(f"seed {seed}")
    # Once whole, to know how long it takes: the plug is pulled anywhere in it, and just after.
    wait_until("the version is good", lambda: is_good(machine), 240, 3)
    begun = time.monotonic()
    install(machine, new)
    whole_s = time.monotonic() - begun
    names, slots = ["n0"], [running(machine)]
    for i in range(1, CUTS + 1):
        # While a version is on trial the other slot is kept for it.
        wait_until("the version is good", lambda: is_good(machine), 240, 3)
        command(machine, f"request system software add usb:{new.name}", prompt="begins")
        machine.keys(b"\x03")
        machine.expect("it goes on", 60)
        machine.expect(r"> $", 30)
        command(machine, "configure")
        command(machine, f"set system name n{i}")
        wait = chance.uniform(0, 1.1 * whole_s)
        end = time.monotonic() + wait
        while time.monotonic() < end:
            machine.read(0.1)
        machine.send("commit")
        end = time.monotonic() + chance.uniform(0, 1)
        while time.monotonic() < end:
            machine.read(0.02)
        machine.power_off()
        machine.start()
        login(machine)
        names.append(name_of(machine))
        check(names[-1] in (names[-2], f"n{i}"), f"cut {i}: the name should be {names[-2]} or n{i}, it is {names[-1]}")
        slots.append(running(machine))
        t.note(f"cut {i} after {wait:.0f} s of {whole_s:.0f}: {' '.join(slots[-1])} runs, {names[-1]}")
    whole = sum(now != before for before, now in zip(slots, slots[1:]))
    t.note(f"{whole} of {CUTS} upgrades were whole before the cut, {CUTS - whole} were not")
    wait_until("the version is good", lambda: is_good(machine), 240, 3)
    phone, pbx = ports_up(t, machine)
    a, b = talk(phone, pbx)
    install(machine, new)
    voice(t, a, b)
    hang_up(a, b)


def fill(disk, label="junctor-data"):
    """A file that takes all that is left of an ext4 partition."""
    start, _ = partitions(disk)[label]
    where = f"{disk}?offset={start}"
    stats = subprocess.run(["debugfs", "-R", "stats", where], capture_output=True, text=True, check=True).stdout
    free, size = (int(re.search(rf"{what}: +(\d+)", stats).group(1)) for what in ("Free blocks", "Block size"))
    filler = disk.with_name("filler")
    with open(filler, "wb") as file:
        for _ in range(free):
            file.write(b"x" * size)
    done = subprocess.run(["debugfs", "-w", "-R", f"write {filler} filler", where], capture_output=True, text=True)
    filler.unlink()
    check("filler" not in done.stderr, f"the disk cannot be filled: {done.stderr}")


@case("e2e.image.disk-full", timeout_s=900, cores=2, labels=LABELS)
def disk_full(t):
    """No octet is left on the data partition: calls are made and heard, the console says what is the matter, a commit
    that cannot be kept is refused and changes nothing."""
    source = image(t)
    disk = flash(source, t.lab.folder / "disk.img", size_mb=(source.stat().st_size >> 20) + 1)
    machine = vm(t, disk)
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    command(machine, "request system shutdown now", prompt="switches off")
    machine.wait_off()
    fill(disk)
    machine.start()
    login(machine)
    wait_for_sip(phone, BOOT_S)
    for _ in range(3):
        a, b = talk(phone, pbx)
        voice(t, a, b)
        hang_up(a, b)
    said = command(machine, "show system")
    check(re.search(r"data +.*full", said), f"the console should say that the disk is full: {said}")
    command(machine, "configure")
    # More than what may be left in blocks that are in use already.
    for n in range(40):
        said = command(machine, f"set route r{n:02} from pbx called _{n:02}. to phones")
        check("%" not in said, f"the route was refused: {said}")
    said = command(machine, "commit")
    t.note(f"commit: {said.strip().splitlines()[-2:]}")
    check("% " in said and re.search("space|written|full", said), f"a commit that cannot be kept should be refused: {said}")
    check("r07" not in command(machine, "run show configuration"), "the commit holds all the same")
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)

# SPDX-License-Identifier: MIT
"""The disk of the appliance: its plug is pulled at any moment, it fills up, and what is on it is damaged."""
import mmap
import os
import random
import re
import subprocess
import time

from harness.appliance import (BOOT_S, LABELS, Off, appliance_is_there, bundle, command, configure, first_login, image,
                               login, of_data, partitions, ports_up, shut_down, stick, vm, voice, wait_for_sip)
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import Vm, flash

from .image import data_mb, room_mb
from .image_boot import slot_a_by_qemu
from .monitoring import answer_options

CUTS = 10


def name_of(machine):
    """system name, as the running configuration has it."""
    return re.search(r"name (\w+)", command(machine, "show configuration | include name")).group(1)


def software(machine):
    return command(machine, "show system software")


def running(machine):
    """(slot, version) of what runs."""
    appliance_is_there(machine)
    rows = re.findall(r"^([AB]) +(\S+) +runs", software(machine), re.MULTILINE)
    check(len(rows) == 1 and rows[0][1] in ("0.1.0", "0.2.0"), f"one version should run: {rows}")
    return rows[0]


def is_good(machine):
    """Good, and all its starts given back: six cuts within a minute of a start each are the other slot's turn."""
    return re.search(r"runs +good +6 ", software(machine)) is not None


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
    that cannot be kept is refused and changes nothing, and so is an upgrade, which would take the way back."""
    source = image(t)
    disk = flash(source, t.lab.folder / "disk.img", size_mb=(source.stat().st_size >> 20) + 1)
    new = bundle(t, "0.2.0")
    machine = vm(t, disk, extra=stick(t, new))
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    shut_down(machine)
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
    command(machine, "rollback 0")
    command(machine, "exit")
    appliance_is_there(machine)
    said = command(machine, f"request system software add usb:{new.name}", timeout_s=400)
    t.note(f"upgrade: {said.strip().splitlines()[-1]}")
    check("no room for a copy of the configuration" in said, f"an upgrade without room is not refused: {said}")
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)


def data_disk(disk):
    """The data partition, as the programs of e2fsprogs want it named."""
    return f"{disk}?offset={partitions(disk)['junctor-data'][0]}"


def spoil(disk, at, octets):
    """Writes noise into the data partition."""
    with open(disk, "r+b") as file:
        file.seek(partitions(disk)["junctor-data"][0] + at)
        file.write(os.urandom(octets))


def super_blocks(disk):
    """The first octet of each, the backups as well; none: there is none that says where they are."""
    done = subprocess.run(["dumpe2fs", data_disk(disk)], capture_output=True, text=True)
    return [int(block) * 4096 for block in re.findall(r"(?:Primary|Backup) superblock at (\d+)", done.stdout)]


def damage_file_system(disk):
    """What a disk that lies does to it: the first superblock is noise, a folder's count of links is wrong, a file's block
    is free, and another file has lost its name."""
    blocks = of_data(disk, "blocks /slots/A/config/running.json").split()
    check(blocks, "the configuration has no block")
    of_data(disk, "set_inode_field /slots links_count 9", "set_inode_field /junctor links_count 1",
            f"freeb {int(blocks[0])}", "unlink /machine-id")
    spoil(disk, 0, 4096)


def replace_file(disk, path, content):
    """In the data partition."""
    source = disk.with_name("content")
    source.write_bytes(content)
    folder, name = path.rsplit("/", 1)
    of_data(disk, f"cd {folder}", f"rm {name}", f"write {source} {name}", f"set_inode_field {name} uid 900",
            f"set_inode_field {name} gid 900", f"set_inode_field {name} mode 0100640")


@case("e2e.image.data-repaired", timeout_s=2400, cores=2, labels=LABELS)
def data_repaired(t):
    """Damage on the data partition is repaired: the configuration holds, calls are made and the console says so. Of a
    configuration that is cut or lost the last revision that can be read holds."""
    machine = vm(t)
    first_login(machine)
    configure(machine, "set system name older")
    phone, pbx = ports_up(t, machine)
    configure(machine, "set system name newest")
    wait_until("the data partition has what is left of the disk",
               lambda: data_mb(machine) > 0.9 * room_mb(machine.disk), 120, 3)
    shut_down(machine)
    check(len(super_blocks(machine.disk)) > 1, "there is no second superblock")

    damage_file_system(machine.disk)
    machine.start()
    machine.expect("the data partition is damaged; it is repaired", BOOT_S)
    machine.expect("the data partition is repaired", 120)
    login(machine, "newest> $")
    appliance_is_there(machine)
    said = command(machine, "show system")
    check("repaired at this start" in said, f"the console should say that it was repaired: {said}")
    check("cannot be read" not in command(machine, "show version"), "the configuration was not damaged")
    wait_for_sip(phone, BOOT_S)
    # Nobody has answered what asks for health since the start.
    wait_until("no trunk is down", lambda: [answer_options(end) for end in (phone, pbx)] and
               "down" not in command(machine, "show trunks"), 90, 1)
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)
    shut_down(machine)
    check(super_blocks(machine.disk), "the first superblock is not repaired")

    # The plug was pulled on a disk that had promised too much: half a configuration.
    running = of_data(machine.disk, "cat /slots/A/config/running.json")
    check(b"newest" in running, f"that is no configuration: {running}")
    replace_file(machine.disk, "/slots/A/config/running.json", running[:len(running) // 2])
    machine.start()
    login(machine, "newest> $")
    check("repaired" not in command(machine, "show system"), "there was nothing to repair")
    said = " ".join(command(machine, "show version").split())
    check(re.search(r"cannot be read \(.*revision \d+ holds again", said), f"the console should tell of it: {said}")
    wait_for_sip(phone, BOOT_S)
    configure(machine, "set system name newer")
    check("holds again" not in command(machine, "show version"), "who has committed has seen it")
    shut_down(machine)

    # The same is lost altogether, and its revision is noise.
    newest = sorted(re.findall(rb"\d{6}\.json", of_data(machine.disk, "ls -p /slots/A/config/revisions")))[-1].decode()
    replace_file(machine.disk, f"/slots/A/config/revisions/{newest}", os.urandom(500))
    of_data(machine.disk, "cd /slots/A/config", "rm running.json")
    machine.start()
    login(machine, "newest> $")
    said = " ".join(command(machine, "show version").split())
    check(re.search(r"no such file.*revision \d+ holds again", said), f"the console should tell of it: {said}")
    wait_for_sip(phone, BOOT_S)


@case("e2e.image.data-lost", timeout_s=1200, cores=2, labels=LABELS)
def data_lost(t):
    """No superblock is left. The machine starts, keeps everything in memory, takes calls, and says so at the start and
    above the login, with what helps: a factory reset, after which all is kept again, and nothing of before is left."""
    machine = vm(t)
    first_login(machine)
    wait_until("the data partition has what is left of the disk",
               lambda: data_mb(machine) > 0.9 * room_mb(machine.disk), 120, 3)
    shut_down(machine)
    check(len(super_blocks(machine.disk)) > 1, "there is no second superblock")
    key = of_data(machine.disk, "cat /junctor/machine.key")
    check(is_on(machine.disk, key), f"the key that seals secrets is not found where it is: {key}")
    for at in super_blocks(machine.disk):
        spoil(machine.disk, at, 4096)
    machine.start()
    machine.expect("the data partition cannot be mounted: .* kept in memory only", BOOT_S)
    machine.expect("junctor: request system factory-reset makes the data partition anew", 10)
    machine.expect("! request system factory-reset makes the data partition anew", BOOT_S)  # above the login
    first_login(machine)
    appliance_is_there(machine)
    said = " ".join(command(machine, "show system").split())
    check("missing: everything is kept in memory (request system factory-reset" in said, said)
    phone, pbx = ports_up(t, machine)
    a, b = talk(phone, pbx)
    voice(t, a, b)
    hang_up(a, b)
    command(machine, "request system factory-reset yes", prompt="deleted by the start that follows")
    machine.expect("the data partition is written over as a whole", BOOT_S)
    first_login(machine)
    configure(machine, "set system name whole")
    said = command(machine, "show system")
    check("missing" not in said and "damaged" not in said, f"it should be whole: {said}")
    machine.power_off()
    check(not is_on(machine.disk, key), "the key that sealed secrets is on the disk still")
    machine.start()
    login(machine, "whole> $")


def is_on(disk, secret):
    """Whether the data partition has these octets anywhere."""
    start, size = partitions(disk)["junctor-data"]
    with open(disk, "rb") as file:
        place = mmap.mmap(file.fileno(), start + size, prot=mmap.PROT_READ)
        return len(secret) >= 16 and place.find(secret, start) >= 0


def many_folders(t, disk, count=3000):
    """A file system with so many folders on the data partition, marked as one that has errors: the next start reads all
    of it."""
    start, size = partitions(disk)["junctor-data"]
    folder = t.lab.folder / "folders"
    for n in range(count):
        (folder / f"{n:04}").mkdir(parents=True)
    done = subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-N", str(count + 1000), "-J", "size=4",
                           "-d", folder, "-E", f"offset={start}", disk, f"{size >> 10}k"], capture_output=True, text=True)
    check(done.returncode == 0, f"mke2fs: {done.stderr}")
    of_data(disk, "cd /", "set_super_value state 2")


def progress(machine):
    """(step, percent) as often as the console told of it."""
    return [(int(step), int(percent)) for step, percent in
            re.findall(r"being checked: step (\d) of 5, (\d+) %", machine.seen)]


@case("e2e.image.slow-check", timeout_s=900, cores=2, labels=LABELS)
def slow_check(t):
    """A check of the data partition that takes longer than the watchdog waits: it goes on, and the console says how far
    it is. A disk that hangs in the middle of it is bitten, and when it answers again the machine starts."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    many_folders(t, disk)
    bites_after = 60
    by_qemu = slot_a_by_qemu(t, disk)
    by_qemu[-1] += f" i6300esb.heartbeat={bites_after}"
    machine = Vm(t.lab, disk, extra=by_qemu)
    t.closing(Off(machine))
    machine.start()
    machine.slow_disk(50_000)
    machine.expect("the data partition is being checked: step", BOOT_S)
    begin = machine.since_start()
    while machine.since_start() < begin + 2.5 * bites_after:
        machine.read(1)
        check("slot A starts" not in machine.seen, "the check is over too soon to show anything")
    told = progress(machine)
    t.note(f"after {machine.since_start() - begin:.0f} s the check is at step {told[-1][0]}, {told[-1][1]} %")
    # One read may take such a disk ten seconds: not every message tells more than the one before.
    check(told == sorted(told) and told[-1] > told[0], f"it should get on, and not begin anew: {told}")
    machine.qmp("query-status")
    check("WATCHDOG" not in machine.events, "the watchdog has bitten in the middle of a check")

    machine.slow_disk(1)
    begin = machine.since_start()
    machine.expect("the disk stands still", 60)

    def is_bitten():
        machine.read(0.1)
        machine.qmp("query-status")
        return "WATCHDOG" in machine.events
    wait_until("the watchdog bites", is_bitten, 3 * bites_after, 1)
    t.note(f"a disk that hangs is bitten after {machine.since_start() - begin:.0f} s")
    machine.slow_disk(0)
    first_login(machine)
    said = command(machine, "show system")
    check("missing" not in said, f"the data partition is not there: {said}")

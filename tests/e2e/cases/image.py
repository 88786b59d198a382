# SPDX-License-Identifier: MIT
"""The appliance: an image of tools/image, started in QEMU, with its serial console and its ports in the lab."""
import re
import subprocess
import time

from harness.appliance import (BOOT_S, LABELS, PASSWORD, choose, command, first_login, flip, image, login, partitions,
                               place_of, ports_up, put_version, vm, voice)
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
    """No password is in the image: the first login sets one. It holds from then on, also when the plug was pulled. The
    data partition grows to the end of the disk."""
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
    wait_until("the data partition has what is left of the disk",
               lambda: data_mb(machine) > 0.9 * room_mb(machine.disk), 120, 3)
    machine.power_off()
    t.note(f"the data partition has {partitions(machine.disk)['junctor-data'][1] >> 20} MiB, the image's has "
           f"{partitions(image(t))['junctor-data'][1] >> 20}")
    machine.start()
    machine.expect("[Ll]ogin: $", BOOT_S)
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send("wrong-horse")
    machine.expect("wrong user or password", 30)
    login(machine)


def data_mb(machine):
    """Size of the file system on the data partition, as the console tells it."""
    size = re.search(r"data +.* free of ([0-9.]+) MB", command(machine, "show system"))
    return float(size[1]) if size else 0


def room_mb(disk):
    """From the first octet of the data partition to the end of the disk."""
    return (disk.stat().st_size - partitions(disk)["junctor-data"][0]) / 1e6


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
    t.note("a call through both ports, with voice both ways")
    hang_up(a, b)


@case("e2e.image.tampered-root", timeout_s=900, cores=2, labels=LABELS)
def tampered_root(t):
    """A byte of the slot that starts is changed on the disk: it is not run, and the other slot is."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    put_version(disk, "B", image(t))                # the same version in both slots
    choose(disk, A_left=2, B_left=3)
    flip(disk, "junctor-root-a", 100)               # in the squashfs superblock
    machine = vm(t, disk)
    first_login(machine)
    check(starts(machine) == ["A", "A", "B"], f"A should have been tried twice, then B: {starts(machine)}")


def starts(machine):
    """The slots that GRUB has started since the machine was switched on."""
    return re.findall(r"Junctor, slot (\w)", machine.seen)


def place_in_slot(t, disk, path):
    """Where in slot A a file's first block begins, as squashfs has compressed it: the same program compresses the file
    alone to the same octets."""
    start, _ = partitions(disk)["junctor-root-a"]
    folder = t.lab.folder / "from-slot"
    alone = folder.with_suffix(".squashfs")
    for words in (["unsquashfs", "-quiet", "-no-progress", "-offset", start, "-d", folder, disk, path],
                  ["mksquashfs", folder / path, alone, "-comp", "zstd", "-Xcompression-level", "1", "-b", "256K",
                   "-all-root", "-no-xattrs", "-no-progress", "-quiet"]):
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
        check(done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}")
    check((folder / path).stat().st_size > 256 << 10, f"{path} fills no block")
    at = place_of(disk, "junctor-root-a", alone.read_bytes()[4096:8192])    # behind the head, within the first block
    check(at > 0, f"{path} is not found in the slot")
    return at


CORRUPTED = "dm-verity device corrupted"


@case("e2e.image.tampered-running", timeout_s=1200, cores=2, labels=LABELS)
def tampered_running(t):
    """A byte of the slot that runs is changed on the disk, in a program that was not read yet. As it is read the
    machine restarts, whenever that is, and the other slot is taken when the starts are used up; the program is never
    run."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    put_version(disk, "B", image(t))
    choose(disk, A_left=2, B_left=3)
    machine = vm(t, disk)
    first_login(machine)
    program = "usr/sbin/sshd"       # nobody has enabled SSH yet
    flip(disk, "junctor-root-a", place_in_slot(t, disk, program))
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIKqP3xZ4wrFJmJb8pJ7gk0Jw1mJw0n0o3mJ5q8m2w9bC"
    for line in ("configure", "set system user ann role operator",
                 f'set system user ann ssh-key "ssh-ed25519 {key} ann"', "set system ssh enabled true"):
        command(machine, line)
    check(starts(machine) == ["A"], f"it restarted before anybody read {program}: {starts(machine)}")
    machine.send("commit")
    machine.expect(CORRUPTED, 120)
    machine.expect("Junctor, slot A", 60)
    # The configuration has SSH enabled: each start of A reads it again.
    machine.expect("Junctor, slot B", 900)
    login(machine)      # with the configuration of A, as B has none of its own
    tried = starts(machine)
    t.note(f"starts: {' '.join(tried)}")    # two of A, or more if its minute was over before
    check(set(tried[:-1]) == {"A"} and tried[-1] == "B", f"only the last start should be of B: {tried}")
    found = machine.seen.count(CORRUPTED)
    check(found >= len(tried) - 1, f"dm-verity ended {found} of the {len(tried) - 1} starts of A")


@case("e2e.image.tampered-boot", timeout_s=1200, cores=2, labels=LABELS)
def tampered_boot(t):
    """A byte is changed in the small partition that GRUB reads. Nothing is signed there before Secure Boot: who changes
    it on purpose, root hash and all, is not stopped. What is shown here is damage. A root hash that does not fit starts
    nothing, and the other slot is taken. A damaged kernel finds that out itself as it unpacks, and stands still: it is
    not run, but a person has to press the button."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    put_version(disk, "B", image(t))
    choose(disk, A_left=1, B_left=3)
    word = b"junctor.verity="
    at = place_of(disk, "junctor-boot-a", word) + len(word)
    with open(disk, "rb") as file:
        file.seek(partitions(disk)["junctor-boot-a"][0] + at)
        digits = file.read(64)
    at += re.search(rb"[0-9]", digits).start()      # the neighbour of a digit is one, that of a letter may not be
    flip(disk, "junctor-boot-a", at)
    machine = vm(t, disk)
    first_login(machine)
    check(starts(machine) == ["A", "B"], f"A should have been tried once, then B: {starts(machine)}")
    machine.power_off()
    flip(disk, "junctor-boot-a", at)                # as it was
    flip(disk, "junctor-boot-a", place_of(disk, "junctor-boot-a", b"HdrS") + (2 << 20))   # in what the kernel unpacks
    choose(disk, order="A B", A_left=1)
    machine.start()
    machine.expect("Junctor, slot A", 60)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        machine.read(1)
    check("slot A starts" not in machine.seen, "a damaged kernel has run")
    if starts(machine) == ["A"]:
        t.note("a damaged kernel stands still: the button is pressed")
        machine.reset()
    login(machine)
    check(starts(machine) == ["A", "B"], f"A should have been tried once more, then B: {starts(machine)}")

# SPDX-License-Identifier: MIT
"""The appliance as its owner has it: an image of tools/image on a disk, and what is typed at its serial console.

    machine = vm(t)                     a new disk with the image, switched on, ports in the lab
    first_login(machine)                chooses the password of admin
    command(machine, "show system")     what the console answers
    stick(t, bundle)                    a USB stick with files in its top folder, as options of Vm
"""
import fcntl
import hashlib
import json
import mmap
import os
import pathlib
import re
import shutil
import subprocess

from .process import Failure, check, wait_until
from .rtp import RtpEnd, exchange
from .vm import Vm, flash

ROOT = pathlib.Path(__file__).resolve().parents[3]
PASSWORD = "correct-horse"
VERSION = "0.1.0"     # of what tests start with
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
    return [ROOT / "tools/image"] + [path for folder in ("rootfs", "board", "tools/imaging")
                                     for path in (ROOT / folder).rglob("*") if path.is_file()]


def digest(folder):
    """Of what lies in a folder, or of none."""
    total = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).rglob("*")) if folder else ():
        if path.is_file():
            total.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    return total.hexdigest()


def image(t, version=VERSION, overlay=None, keys=None, folder="image", boards=()):
    """The image of a version: the one that is given, or made once a build, by the first test that wants it. overlay: a folder of files that are
    put over its root, for a version with a fault. keys: a folder for --keys, in place of the development keys. folder:
    of the build folder, another for the same version made otherwise. boards: folders of boards that are not in the
    tree."""
    if t.image and version == VERSION and not (overlay or keys or boards):
        return t.image
    out = pathlib.Path(t.build).resolve() / folder
    out.mkdir(exist_ok=True)
    wanted = out / f"junctor-{version}-x86_64.img"
    with open(out / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        programs, plugins = pathlib.Path(t.build) / "bin", pathlib.Path(t.build) / "lib/junctor/plugins"
        made_from = max(newest(programs, [p.name for p in programs.glob("junctor*")]),
                        newest(plugins, [p.name for p in plugins.glob("*.so")]),
                        max(os.stat(p).st_mtime for p in sources()),
                        max((newest(board, ["board.json"]) for board in boards), default=0))
        over = wanted.with_suffix(".overlay")   # what it was made with
        is_as_wanted = over.exists() and over.read_text() == digest(overlay)
        if keys or not wanted.exists() or wanted.stat().st_mtime < made_from or not is_as_wanted:
            options = (["--overlay", overlay] if overlay else []) + (["--keys", keys] if keys else [])
            options += [word for board in boards for word in ("--board", board)]
            done = subprocess.run([ROOT / "tools/image", "--quick", "--version", version, "--programs", t.build,
                                   "--out", out, *options], capture_output=True, text=True)
            check(done.returncode == 0, f"tools/image failed:\n{done.stdout}{done.stderr}")
            over.write_text(digest(overlay))
    return wanted


def bundle(t, version, overlay=None, keys=None):
    """The same as a signed bundle to upgrade with."""
    return image(t, version, overlay, keys).with_suffix(".raucb")


def vm(t, disk=None, **options):
    disk = disk or flash(image(t), t.lab.folder / "disk.img")
    machine = Vm(t.lab, disk, (t.phones, t.pbx), **options)
    t.closing(Off(machine))
    return machine.start()


def stick(t, *files):
    """A USB stick with these files in its top folder: options for Vm."""
    disk = t.lab.folder / "stick.img"
    with open(disk, "wb") as file:
        file.truncate(sum(f.stat().st_size for f in files) + (16 << 20))
    for words in (["mkfs.vfat", disk], ["mcopy", "-i", disk, *files, "::/"]):
        done = subprocess.run(words, capture_output=True, text=True)
        check(done.returncode == 0, f"{words[0]}: {done.stderr}")
    return ["-drive", f"file={disk},format=raw,if=none,id=stick,readonly=on", "-device", "qemu-xhci",
            "-device", "usb-storage,drive=stick"]


class Off:
    """Ends a machine with its test."""

    def __init__(self, machine):
        self.machine = machine

    def close(self):
        if self.machine.process and self.machine.process.running():
            self.machine.power_off()

    def tell(self):
        """After a failure: the last that its services said, which the console does not hear. It is switched off for it
        by its power button, or nothing of the last minutes is on the disk."""
        machine = self.machine
        try:
            if machine.process and machine.process.running():
                machine.qmp("system_powerdown")
                machine.wait_off(90)
        except (Failure, OSError, ValueError):
            self.close()
        folder = machine.lab.folder / f"{machine.name}.journal"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            of_data(machine.disk, f"rdump /log/journal {folder}")
        except Failure as failure:
            return f"--- {machine.name} has no journal: {failure}"
        files = [word for file in folder.rglob("*.journal*") for word in ("--file", file)]
        if not files:
            return f"--- {machine.name} has no journal yet"
        done = subprocess.run(["journalctl", "--no-pager", "--quiet", "--output=short-monotonic", "--lines=200", *files],
                              capture_output=True, text=True)
        return f"--- journal of {machine.name}\n{done.stdout}{done.stderr}"


def first_login(machine):
    machine.expect("Choose a password for admin", BOOT_S)
    choose_password(machine)


def choose_password(machine):
    """Answers the question of a first login, and of a recovery of a machine that was never set up."""
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 20)
        machine.send(PASSWORD)
    machine.expect(r"Set up name, .* now\? .*: $", 30)
    machine.send("no")
    machine.expect(r"junctor> $", 30)


def login(machine, prompt=r"\w+> $"):
    machine.expect("[Ll]ogin: $", BOOT_S)
    machine.send("admin")
    machine.expect("Password: ", 20)
    machine.send(PASSWORD)
    machine.expect(prompt, 30)


def configure(machine, lines):
    """A commit of these lines."""
    command(machine, "configure")
    for line in lines.splitlines():
        said = command(machine, line)
        check("%" not in said, f"{line!r} was refused: {said}")
    said = command(machine, "commit")
    check("revision" in said, f"the commit was refused: {said}")
    command(machine, "exit")


def ports_up(t, machine, more="", network=NETWORK):
    """Configures the lab's network, a phone's side and a PBX's, and waits until SIP is answered: both ends of it."""
    configure(machine, network + more)
    take_ports(machine)
    ends = t.both()
    try:
        wait_for_sip(ends[0])
    except Failure as failure:
        tells = "\n".join(command(machine, line, timeout_s=60) for line in (
            "show version", "show ports", "show trunks", "show log last 60"))
        raise Failure(f"{failure}\n{tells}") from failure
    said = command(machine, "show version")
    check("waits for" not in said, f"a program waits for a restart still: {said}")
    return ends


def take_ports(machine):
    """Ports are taken at a start of the dataplane; listeners as soon as they have their addresses."""
    command(machine, "request system restart dataplane")
    wait_until("the ports have their addresses", lambda: "10.10.2.1/24" in command(machine, "show ports"), 150, 1)


def wait_for_sip(phone, timeout_s=120):
    def answers():
        try:
            return phone.ask("OPTIONS", timeout_s=2).status == 200
        except Failure:
            return False
    wait_until("the gateway answers SIP", answers, timeout_s, 0.5)


def voice(t, a, b):
    """Sound both ways through a call that stands."""
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard_a, heard_b = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check(len(heard_a) == 10 and len(heard_b) == 10,
          f"10 packets each way were sent, {len(heard_a)} and {len(heard_b)} heard")
    for end in ends:
        end.close()


def command(machine, line, prompt=r"\n\w+(\(config\))?[>#] $", timeout_s=30):
    """What a line of the console answers."""
    machine.send(line)
    begin = machine.mark()
    machine.expect(prompt, timeout_s)
    return machine.seen[begin:]


def appliance_is_there(machine):
    """junctor-appliance starts last: calls come first. In its first minute, while the data partition grows, it may be
    slow to answer."""
    wait_until("junctor-appliance is there", lambda: not is_refusal(command(machine, "show system software")), 120, 2)


def is_refusal(said):
    """Not what is in progress (installing 20% ...)."""
    return re.search(r"^% ", said, re.MULTILINE) is not None


def shut_down(machine):
    """As its owner does it, until it is off."""
    appliance_is_there(machine)
    command(machine, "request system shutdown now", prompt="switches off")
    machine.wait_off()


def put_version(disk, slot, source):
    """Writes the version in slot A of another disk into a slot of this one, as an upgrade does it."""
    to, of = partitions(disk), partitions(source)
    with open(source, "rb") as good, open(disk, "r+b") as file:
        for part in ("root", "boot"):
            start, size = of[f"junctor-{part}-a"]
            good.seek(start)
            file.seek(to[f"junctor-{part}-{slot.lower()}"][0])
            for _ in range(size >> 20):
                file.write(good.read(1 << 20))


def choose(disk, **values):
    """Changes the boot choice (rootfs/upgrade/slots): order="B A", B_left=3."""
    start = partitions(disk)["junctor-env"][0]
    with open(disk, "r+b") as file:
        for copy in (8192, 12288):
            file.seek(start + copy)
            text = file.read(1024).decode()
            for name, value in values.items():
                text, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
                check(count == 1, f"the boot choice has no {name}: {text}")
            file.seek(start + copy)
            file.write(text.encode()[:1024].ljust(1024, b"#"))


DATA_BLOCK = 4096       # octets, as rootfs/initramfs/init makes it


def of_data(disk, *commands):
    """What debugfs says, as octets, of the data partition of a machine that is switched off. More than one: they may
    write."""
    start, _ = partitions(disk)["junctor-data"]
    words = ["-R", commands[0]] if len(commands) == 1 else ["-w", "-f", "-"]
    done = subprocess.run(["debugfs", *words, f"{disk}?offset={start}"], input="\n".join(commands).encode(),
                          capture_output=True)
    complaint = done.stderr.decode().split("\n", 1)[-1].strip()   # behind the line with its version
    check(done.returncode == 0 and not complaint, f"debugfs {commands}: {complaint}")
    return done.stdout


def flip(disk, label, at):
    """Changes one bit of a partition."""
    with open(disk, "r+b") as file:
        file.seek(partitions(disk)[label][0] + at)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def place_of(disk, label, octets):
    """Where they begin in a partition; -1 if nowhere."""
    return next(places_of(disk, label, octets), -1)


def places_of(disk, label, octets):
    start, size = partitions(disk)[label]
    with open(disk, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
        at = content.find(octets, start, start + size)
        while at >= 0:
            yield at - start
            at = content.find(octets, at + 1, start + size)


def is_given_back(disk, at):
    """Whether no file of the data partition has that octet, on a machine that is switched off."""
    block = at // DATA_BLOCK
    row = of_data(disk, f"icheck {block}").decode().splitlines()[1].split("\t")
    check(row[0] == str(block), f"debugfs tells of {row} in place of {block}")
    return row[1] == "<block not found>"


def partitions(disk):
    """First octet and size of each partition, by label."""
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], capture_output=True, text=True, check=True).stdout)
    return {p["name"]: (p["start"] * 512, p["size"] * 512) for p in table["partitiontable"]["partitions"]}

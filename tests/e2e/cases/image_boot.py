# SPDX-License-Identifier: MIT
"""How long the appliance takes from the plug to the first call, beside the plain Debian of the same kernel."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from harness.appliance import BOOT_S, LABELS, ROOT, Off, first_login, image, partitions, ports_up, shut_down
from harness.process import Failure, check
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import Vm, flash

sys.path.insert(0, str(ROOT / "tools/imaging"))
from disk import grub_by_bios  # noqa: E402  how an image gets its boot loader

CACHE = pathlib.Path(os.environ.get("JUNCTOR_TEST_CACHE", "/var/cache/junctor-tests")) / "plain-debian-12-grub"
MOST = 1.5
MIB = 1 << 20
ROOT_AT = 2 * MIB   # of the plain Debian's disk; before it lies its boot loader


CONSOLE = "ttyS0,115200"
PLAIN_ARGUMENTS = f"root=/dev/vda2 rw console={CONSOLE} quiet"
# Without a menu, which would wait.
GRUB_CFG = f"linux /boot/vmlinuz {PLAIN_ARGUMENTS}\ninitrd /boot/initrd.img\nboot"


def plain_debian(t):
    """Debian 12 with its kernel, systemd, boot loader and nothing else on a disk; made once."""
    if not (CACHE / "disk.img").exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        work = CACHE.with_name(f"{CACHE.name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        root = work / "root"
        root.mkdir(parents=True)
        for words in (["mmdebstrap", "--quiet", "--variant=minbase",
                       "--include=linux-image-amd64,systemd-sysv,udev,kmod,initramfs-tools", "bookworm", root],
                      ["sh", "-c", f"for f in vmlinuz initrd.img; do cp {root}/boot/$f-* {work}/$f; mv {root}/boot/$f-* {root}/boot/$f; done"],
                      ["sh", "-c", f"mkdir {root}/boot/grub; cat >{root}/boot/grub/grub.cfg <<'EOF'\n{GRUB_CFG}\nEOF"],
                      ["mke2fs", "-q", "-t", "ext4", "-d", root, work / "root.img", "1200M"]):
            done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
            check(done.returncode == 0, f"{words[0]}: {done.stderr[-2000:]}")
        put_on_disk(image(t).parent / "work/disk", work)
        shutil.rmtree(root)
        (work / "root.img").unlink()
        work.rename(CACHE)
    return CACHE


def put_on_disk(grub, work):
    """root.img on disk.img: bios (GRUB's core, of the packages that an image has it from) | root."""
    disk = work / "disk.img"
    with open(disk, "wb") as file:
        file.truncate(ROOT_AT + 1201 * MIB)
    table = f"label: gpt\nunit: sectors\nstart=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\n" \
            f"start={ROOT_AT // 512}, size={1200 * MIB // 512}, type=L\n"
    done = subprocess.run(["sfdisk", "--quiet", disk], input=table, capture_output=True, text=True)
    check(done.returncode == 0, f"sfdisk: {done.stderr}")
    modules = ["part_gpt", "ext2", "linux", "normal", "configfile"]
    boot, core = grub_by_bios(grub, work, "(,gpt2)/boot/grub", modules, 2048)
    with open(disk, "r+b") as file, open(work / "root.img", "rb") as root:
        file.write(boot)
        file.seek(MIB)
        file.write(core)
        file.seek(ROOT_AT)
        shutil.copyfileobj(root, file, MIB)


def plain_time(t, *extra):
    """Seconds from the start of QEMU to a login prompt of the plain Debian."""
    plain = plain_debian(t)
    disk = t.lab.folder / "plain.img"
    subprocess.run(["cp", "--sparse=always", plain / "disk.img", disk], check=True)
    machine = Vm(t.lab, disk, name="plain", extra=extra)  # without ports, which are the other's
    t.closing(Off(machine))
    machine.start()
    machine.expect("login: $", BOOT_S)
    took = machine.since_start()
    machine.power_off()
    disk.unlink()
    return took


def started_by_qemu(folder, arguments):
    """Without a boot loader, which reads slowly here."""
    return ["-kernel", folder / "vmlinuz", "-initrd", folder / "initrd.img", "-append", arguments]


def slot_a_by_qemu(t, disk):
    """Kernel, first file system and arguments of slot A, as its boot loader would start them."""
    start, size = partitions(disk)["junctor-boot-a"]
    packed, folder = t.lab.folder / "boot-a.img", t.lab.folder / "boot-a"
    with open(disk, "rb") as file:
        file.seek(start)
        packed.write_bytes(file.read(size))
    done = subprocess.run(["unsquashfs", "-q", "-d", folder, packed], capture_output=True, text=True)
    check(done.returncode == 0, f"boot-a cannot be read: {done.stderr}")
    script = (folder / "slot.cfg").read_text()
    line = re.search(r"^linux /vmlinuz (.*)$", script, re.M)[1]
    more = re.search(r"# qemu_x86\n.*?set kernel_arguments=\"(.*?)\"", script, re.S)[1]
    return started_by_qemu(folder, line.replace("$console", CONSOLE).replace("$kernel_arguments", more)
                           .replace("$slot", "A").replace("$start", "").replace("$extra", ""))


def configured(t):
    """A machine with its ports and trunks in its configuration, switched off, and both ends of it."""
    machine = Vm(t.lab, flash(image(t), t.lab.folder / "disk.img"), (t.phones, t.pbx))
    t.closing(Off(machine))
    machine.start()
    first_login(machine)
    ends = ports_up(t, machine)
    shut_down(machine)
    return machine, *ends


# What the serial line says when a part of the start is over.
PARTS = (("boot loader", "Booting"), ("kernel and first file system", "junctor: slot A starts"))


def start_to_call(machine, phone, pbx):
    """Starts it; seconds from then to the end of each part, and to the first call that is accepted. To half a second."""
    machine.start()
    took = {}
    while "SIP" not in took:
        check(machine.since_start() < BOOT_S, f"the gateway does not answer SIP: {took}\n{machine.tail()}")
        try:
            if phone.ask("OPTIONS", timeout_s=0.5).status == 200:
                took["SIP"] = machine.since_start()
        except Failure:
            pass
        while machine.read(0):
            pass
        for part, said in PARTS:
            if part not in took and said in machine.seen:
                took[part] = machine.since_start()
    call = talk(phone, pbx)
    took["the first call"] = machine.since_start()
    hang_up(*call)
    machine.expect("[Ll]ogin: $", BOOT_S)
    took["the login prompt"] = machine.since_start()
    return took


def tell(took):
    return ", ".join(f"{part} {at:.1f} s" for part, at in sorted(took.items(), key=lambda row: row[1]))


@case("e2e.image.boot-bios", timeout_s=900, cores=2, labels=LABELS)
def boot_bios(t):
    """From the plug to the first call that is accepted, by BIOS; told part by part."""
    took = start_to_call(*configured(t))
    check(set(took) > {part for part, _ in PARTS}, f"it did not tell of every part of its start: {took}")
    t.note(f"since power-on: {tell(took)}")


@case("e2e.image.boot-time", timeout_s=1800, cores=2, labels=LABELS)
def boot_time(t):
    """To the first call it takes at most 1.5 times as long as the plain Debian of the same kernel to a login prompt: both
    from the plug, by GRUB, and both started by QEMU itself. Each is measured twice, in turn: others use the machine as
    well."""
    machine, phone, pbx = configured(t)
    by_qemu = slot_a_by_qemu(t, machine.disk), started_by_qemu(plain_debian(t), PLAIN_ARGUMENTS)
    for how, ours_extra, plain_extra in (("by GRUB", [], []), ("by QEMU", *by_qemu)):
        ours, plains = [], []
        for _ in range(2):
            machine.extra = ours_extra
            ours.append(start_to_call(machine, phone, pbx))
            machine.power_off()
            plains.append(plain_time(t, *plain_extra))
        best, plain = min(ours, key=lambda took: took["the first call"]), min(plains)
        ratio = best["the first call"] / plain
        t.note(f"{how}: {tell(best)}; plain Debian's login prompt {plain:.1f} s: {ratio:.2f} times")
        check(ratio <= MOST, f"{how} the first call took {ratio:.2f} times as long as the plain Debian, more than {MOST}")

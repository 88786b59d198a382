# SPDX-License-Identifier: MIT
"""How long the appliance takes from the plug to the first call, beside the plain Debian of the same kernel."""
import os
import pathlib
import re
import shutil
import subprocess

from harness.appliance import BOOT_S, LABELS, Off, command, first_login, image, partitions, ports_up
from harness.process import Failure, check
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import Vm, flash

CACHE = pathlib.Path(os.environ.get("JUNCTOR_TEST_CACHE", "/var/cache/junctor-tests")) / "plain-debian-12"
MOST = 1.5


def plain_debian():
    """Debian 12 with its kernel, systemd and nothing else, as an ext4 file system in a file; made once."""
    if not (CACHE / "disk.img").exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        work = CACHE.with_name(f"{CACHE.name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        root = work / "root"
        root.mkdir(parents=True)
        for words in (["mmdebstrap", "--quiet", "--variant=minbase",
                       "--include=linux-image-amd64,systemd-sysv,udev,kmod,initramfs-tools", "bookworm", root],
                      ["sh", "-c", f"cp {root}/boot/vmlinuz-* {work}/vmlinuz; cp {root}/boot/initrd.img-* {work}/initrd.img"],
                      ["mke2fs", "-q", "-t", "ext4", "-d", root, work / "disk.img", "1200M"]):
            done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
            check(done.returncode == 0, f"{words[0]}: {done.stderr[-2000:]}")
        shutil.rmtree(root)
        work.rename(CACHE)
    return CACHE


def plain_time(t):
    """Seconds from the start of QEMU to a login prompt of the plain Debian."""
    plain = plain_debian()
    disk = t.lab.folder / "plain.img"
    subprocess.run(["cp", "--sparse=always", plain / "disk.img", disk], check=True)
    machine = Vm(t.lab, disk, name="plain",  # without ports, which are the other's
                 extra=started_by_qemu(plain, "root=/dev/vda rw console=ttyS0,115200 quiet"))
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
    line = re.search(r"^linux /vmlinuz (.*)$", (folder / "slot.cfg").read_text(), re.M)[1]
    return started_by_qemu(folder, line.replace("$slot", "A").replace("$extra", ""))


def configured(t):
    """A machine with its ports and trunks in its configuration, switched off, and both ends of it."""
    machine = Vm(t.lab, flash(image(t), t.lab.folder / "disk.img"), (t.phones, t.pbx))
    t.closing(Off(machine))
    machine.start()
    first_login(machine)
    ends = ports_up(t, machine)
    command(machine, "request system shutdown now", prompt="switches off")
    machine.wait_off()
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


@case("e2e.image.boot-time", timeout_s=1500, cores=2, labels=LABELS)
def boot_time(t):
    """To the first call it takes at most 1.5 times as long as the plain Debian of the same kernel to a login prompt; both
    are started by QEMU itself, and each is measured twice, in turn: others use the machine as well."""
    machine, phone, pbx = configured(t)
    machine.extra += slot_a_by_qemu(t, machine.disk)
    ours, plains = [], []
    for _ in range(2):
        ours.append(start_to_call(machine, phone, pbx))
        machine.power_off()
        plains.append(plain_time(t))
    best, plain = min(ours, key=lambda took: took["the first call"]), min(plains)
    ratio = best["the first call"] / plain
    t.note(f"without a boot loader: {tell(best)}; plain Debian's login prompt {plain:.1f} s: {ratio:.2f} times")
    check(ratio <= MOST, f"the first call took {ratio:.2f} times as long as the plain Debian, more than {MOST}")

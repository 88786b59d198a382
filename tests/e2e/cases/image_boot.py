# SPDX-License-Identifier: MIT
"""How long the appliance takes from the plug to the first call, beside the plain Debian of the same kernel."""
import os
import pathlib
import shutil
import subprocess
import time

from harness.appliance import BOOT_S, LABELS, Off, command, first_login, image, ports_up
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
    """Seconds from the start of QEMU to a login prompt of the plain Debian; QEMU starts its kernel, there is no loader."""
    plain = plain_debian()
    disk = t.lab.folder / "plain.img"
    subprocess.run(["cp", "--sparse=always", plain / "disk.img", disk], check=True)
    machine = Vm(t.lab, disk, name="plain",  # without ports, which are the other's
                 extra=["-kernel", plain / "vmlinuz", "-initrd", plain / "initrd.img", "-append",
                        "root=/dev/vda rw console=ttyS0,115200 quiet"])
    t.closing(Off(machine))
    machine.start()
    machine.expect("login: $", BOOT_S)
    took = machine.since_start()
    machine.power_off()
    disk.unlink()
    return took


def first_answer(phone, timeout_s):
    end = time.monotonic() + timeout_s
    while True:
        try:
            if phone.ask("OPTIONS", timeout_s=0.5).status == 200:
                return
        except Failure:
            check(time.monotonic() < end, "the gateway does not answer SIP")


@case("e2e.image.boot-time", timeout_s=1200, cores=2, labels=LABELS)
def boot_time(t):
    """From power-on to the first call that is accepted, broken down; at most 1.5 times as long as plain Debian takes to a
    login prompt, from the start of the kernel on both sides."""
    machine = Vm(t.lab, flash(image(t), t.lab.folder / "disk.img"), (t.phones, t.pbx))
    t.closing(Off(machine))
    machine.start()
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    command(machine, "request system shutdown now", prompt="switches off")
    machine.wait_off()
    plain = plain_time(t)
    machine.start()
    machine.expect("Booting", 60)
    loader = machine.since_start()
    first_answer(phone, BOOT_S)
    answer = machine.since_start()
    call = talk(phone, pbx)
    accepted = machine.since_start()
    machine.expect("[Ll]ogin: $", BOOT_S)
    console = machine.since_start()
    hang_up(*call)
    t.note(f"loader {loader:.1f} s, SIP answered {answer:.1f} s, first call accepted {accepted:.1f} s, login prompt seen "
           f"{console:.1f} s; plain Debian's login prompt {plain:.1f} s: {(accepted - loader) / plain:.2f} times")
    check(accepted - loader <= MOST * plain, f"{accepted - loader:.1f} s are more than {MOST} times {plain:.1f} s")

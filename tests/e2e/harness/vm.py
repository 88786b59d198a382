# SPDX-License-Identifier: MIT
"""An appliance in QEMU: a disk, a serial console, and Ethernet ports that end in the lab's namespaces.

    Vm(lab, disk).start()       power on; KVM is not used, since not every machine that has the device can run a guest
    vm.expect(r"login: ")       waits for text on the serial line; returns the match
    vm.send("show version")     types a line
    vm.attend()                 the same at a person's terminal
    vm.power_off() / reset()    pulls the plug / presses the button: nothing is told to the guest

The ports are virtio, or other cards, on an emulated IOMMU, as DPDK wants them for vfio-pci.
"""
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import time

from .lab import ip
from .process import Failure, Process, check, wait_until

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78c]|\r")
OVMF = pathlib.Path("/usr/share/OVMF")


def tap(host, name="eth0"):
    """Makes the interface of a host of the lab the other end of a port: a descriptor for QEMU."""
    ip("-n", host.netns, "link", "del", name, check=False)
    with host.enter():
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
    ip("-n", host.netns, "addr", "add", host.ip4 + "/24", "dev", name)
    ip("-n", host.netns, "addr", "add", host.ip6 + "/64", "dev", name, "nodad")
    ip("-n", host.netns, "link", "set", name, "up")
    return fd


# A card of its own, and a part of q35's chip set, which a machine may have locked.
I6300ESB = ("-device", "i6300esb")
ITCO = ("-global", "ICH9-LPC.noreboot=false")
VIRTIO_NET = "virtio-net-pci,romfile=,iommu_platform=on,disable-legacy=on,disable-modern=off"
VIRTIO_BLK = ("-device", "virtio-blk-pci,drive=disk")


class Vm:
    aloud = False       # what comes over a serial line is shown as it comes

    def __init__(self, lab, disk, hosts=(), uefi=False, memory_mb=1024, name="vm", extra=(), first_line=(),
                 watchdog=I6300ESB, cards=(VIRTIO_NET, VIRTIO_NET, VIRTIO_NET), storage=VIRTIO_BLK):
        """extra: more arguments of QEMU. first_line: those of a serial line before the console's. watchdog: those of
        the one of hardware. cards: of the ports. storage: of what the disk is connected to."""
        self.lab, self.disk, self.uefi, self.memory_mb, self.name = lab, pathlib.Path(disk), uefi, memory_mb, name
        self.extra, self.first_line, self.watchdog = list(extra), list(first_line), list(watchdog)
        self.cards, self.storage = cards, list(storage)
        self.taps = [tap(host) for host in hosts]
        self.forgets = False    # what the guest gives back to the disk (TRIM); an SSD does
        self.write_log = None   # a file that is told each write to the disk, in order: harness/write_log.py
        self.events = []        # what QEMU told of beside its answers
        self.process = None
        self.seen = ""      # what came over the serial line, escapes removed
        self._at = 0        # up to where expect() has read
        self._serial = self._qmp = None
        if uefi:
            self.vars = lab.folder / f"{name}.vars"
            shutil.copy(OVMF / "OVMF_VARS_4M.fd", self.vars)

    # What the guest has written is in the host's memory, and outlives QEMU however that ends; to wait for the host's own
    # disk would add nothing but the time that it takes on a busy machine.
    def _argv(self, folder):
        argv = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "q35,accel=tcg,kernel-irqchip=split",
                "-cpu", "max", "-smp", "2", "-m", str(self.memory_mb),
                "-device", "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on",
                "-drive", f"{self._backend()},if=none,id=disk,cache=unsafe,"
                          f"discard={'unmap' if self.forgets else 'ignore'}",
                *self.storage, *self.watchdog, "-action", "watchdog=reset"]
        if folder is None:
            argv += ["-serial", "mon:stdio"]
        else:
            argv += [*self.first_line, "-chardev", f"socket,id=serial,path={folder}/serial,server=on,wait=off", "-serial",
                     "chardev:serial", "-qmp", f"unix:{folder}/qmp,server=on,wait=off"]
        if self.uefi:
            argv += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
                     "-drive", f"if=pflash,format=raw,unit=1,file={self.vars}"]
        for n, fd in enumerate(self.taps):
            argv += ["-netdev", f"tap,id=net{n},fd={fd}",
                     "-device", f"{self.cards[n]},netdev=net{n},mac=52:54:00:00:00:{n + 1:02x}"]
        return argv + self.extra

    def _backend(self):
        if self.write_log is None:
            return f"file={self.disk},format=raw"
        return (f"driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename={self.disk},"
                f"log.driver=file,log.filename={self.write_log}")

    def start(self):
        folder = self.lab.folder / self.name
        folder.mkdir(exist_ok=True)
        for path in (folder / "serial", folder / "qmp"):
            path.unlink(missing_ok=True)
        self.seen, self._at, self.began = "", 0, time.monotonic()
        self.process = Process(self._argv(folder), self.lab.folder / f"{self.name}.log", pass_fds=self.taps)
        self.lab.processes.append(self.process)
        self._serial = self._connect(folder / "serial")
        self._qmp = self._connect(folder / "qmp").makefile("rw")
        self._qmp.readline()
        self.qmp("qmp_capabilities")
        return self

    def attend(self):
        """Power on with the serial console on this terminal, until the machine is switched off or Ctrl-A X ends QEMU."""
        return subprocess.run(self._argv(None), pass_fds=self.taps).returncode

    def _connect(self, path):
        def attempt():
            check(self.process.running(), f"QEMU ended:\n{self.process.tail()}")
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(str(path))
                return s
            except OSError:
                s.close()
                return None
        return wait_until("QEMU has made its sockets", attempt)

    def qmp(self, command, **arguments):
        self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            answer = json.loads(self._qmp.readline())
            if "event" in answer:
                self.events.append(answer["event"])
            if "return" in answer:
                return answer["return"]
            check("error" not in answer, f"QEMU refuses {command}: {answer}")

    def read(self, timeout_s=0.1):
        """Takes what the serial line has; False if nothing came."""
        if not select.select([self._serial], [], [], timeout_s)[0]:
            return False
        data = self._serial.recv(65536)
        check(data, f"QEMU closed the serial line:\n{self.tail()}")
        text = _ESCAPES.sub("", data.decode(errors="replace"))
        self.seen += text
        if Vm.aloud:
            sys.stdout.write(text)
            sys.stdout.flush()
        with open(self.lab.folder / f"{self.name}.console.log", "a", encoding="utf-8") as log:
            log.write(text)     # for who looks after a failure
        return True

    def expect(self, pattern, timeout_s=120.0):
        """Waits until the serial line has said what the expression wants, after what was expected before."""
        end = time.monotonic() + timeout_s
        expression = re.compile(pattern)
        while True:
            match = expression.search(self.seen, self._at)
            if match:
                self._at = match.end()
                return match
            if time.monotonic() > end:
                raise Failure(f"the console never said {pattern!r} within {timeout_s:g} s; {self.where()}:\n"
                              + self.tail())
            self.read()

    def send(self, line):
        self._serial.sendall(line.encode() + b"\r")

    def mark(self):
        """Where expect() has read up to, in `seen`."""
        return self._at

    def keys(self, data):
        self._serial.sendall(data)

    def tail(self, lines=40):
        return "\n".join("    | " + line for line in self.seen.splitlines()[-lines:])

    def where(self):
        """Where the CPUs of a guest that says nothing are, looked at three times: whether it waits or turns in a
        circle, and at which address."""
        try:
            seen = [f"the machine is {self.qmp('query-status')['status']}"]
            for cpu in (cpu["cpu-index"] for cpu in self.qmp("query-cpus-fast") for _ in range(3)):
                said = self.qmp("human-monitor-command", **{"command-line": "info registers", "cpu-index": cpu})
                at = re.search(r"RIP=(\w+).*HLT=(\d)", said)
                seen.append(f"CPU {cpu} {'waits' if at[2] == '1' else 'runs'} at {at[1]}" if at else said)
                time.sleep(0.2)
            return ", ".join(seen)
        except (Failure, OSError, ValueError) as failure:
            return f"QEMU does not answer: {failure}"

    def since_start(self):
        return time.monotonic() - self.began

    def reset(self):
        self.qmp("system_reset")

    def slow_disk(self, octets_per_s):
        """From now on the disk is no faster than that; 0: as fast as it can."""
        none = dict.fromkeys(("bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"), 0)
        self.qmp("block_set_io_throttle", device="disk", bps=octets_per_s, **none)

    def power_off(self):
        """The plug is pulled."""
        self.process.kill()
        self.process.popen.wait()
        for s in (self._serial, self._qmp):
            if s is not None:
                s.close()

    def wait_off(self, timeout_s=180):
        """Until the guest has switched itself off."""
        end = time.monotonic() + timeout_s
        while self.process.running():
            if time.monotonic() > end:
                raise Failure(f"the machine does not switch itself off; {self.where()}:\n{self.tail()}")
            try:
                self.read()
            except (Failure, OSError):
                time.sleep(0.1)


def flash(image, disk, size_mb=1536):
    """A new disk with the image on it, as `dd` would do it; the rest of the disk is empty."""
    subprocess.run(["cp", "--sparse=always", image, disk], check=True)
    with open(disk, "r+b") as file:
        file.truncate(size_mb << 20)
    return disk

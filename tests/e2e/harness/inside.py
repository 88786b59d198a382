# SPDX-License-Identifier: MIT
"""Ways into an appliance in QEMU that the product does not have.

    Inside(vm).run("systemctl ...")   a command as root, in an image with tests/e2e/overlay (tools/image --overlay)
    Debugger(vm).hang()               every core spins with interrupts off, as a kernel does that hangs; any image

Both give a Vm arguments before its start (`arguments(folder)`).
"""
import re
import select
import socket

from .process import check


class Inside:
    """The serial line beside the console's, where the overlay has a shell."""

    @staticmethod
    def arguments(folder):
        return ["-chardev", f"socket,id=inside,path={folder}/inside,server=on,wait=off", "-serial", "chardev:inside"]

    def __init__(self, folder):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"{folder}/inside")
        self._text = ""

    def said(self):
        """What came unasked."""
        self._socket.settimeout(0.5)
        try:
            while data := self._socket.recv(65536):
                self._text += data.decode(errors="replace")
        except TimeoutError:
            pass
        return self._text

    def run(self, line, timeout_s=60, fails=False):
        """What the command says; its status must be 0."""
        self._text = ""
        self._socket.settimeout(timeout_s)
        self._socket.sendall(line.encode() + b"\n")
        while True:
            ended = re.search(r"(?:^|\n)ended with (\d+)\r?\n", self._text)
            if ended:
                said = self._text[:ended.start()]
                check(fails or ended[1] == "0", f"{line!r} ended with {ended[1]}: {said}")
                return said.replace("\r", "")
            data = self._socket.recv(65536)
            check(data, "QEMU closed the second serial line")
            self._text += data.decode(errors="replace")

    def close(self):
        self._socket.close()


class Debugger:
    """As much of GDB's remote protocol as it takes to stop a kernel; QEMU's stub sees memory as each core does."""
    FLAGS, POINTER = 17, 16     # numbers of the registers eflags and rip
    INTERRUPTS = 1 << 9
    SPIN = "ebfe"               # jmp to itself

    @staticmethod
    def arguments(folder):
        return ["-gdb", f"unix:path={folder}/gdb,server=on,wait=off"]

    def __init__(self, folder):
        self._path, self._socket = f"{folder}/gdb", None

    def _ask(self, text):
        self._socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())
        seen = b""
        while True:
            seen += self._socket.recv(65536)
            answer = re.search(rb"\$([^#]*)#..", seen)
            if answer:
                self._socket.sendall(b"+")
                return answer[1].decode()

    def hang(self):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(self._path)     # the machine stands while somebody is there
        while select.select([self._socket], [], [], 1)[0]:
            self._socket.recv(65536)         # that it stands, which nobody has asked
        self._ask("?")
        self._ask("qXfer:features:read:target.xml:0,ffb")     # who has not read it may not name registers
        cores = self._ask("qfThreadInfo")
        check(cores.startswith("m"), f"no cores: {cores}")
        for core in cores[1:].split(","):
            check(self._ask(f"Hg{core}") == "OK", f"core {core} cannot be chosen")
            pointer = int.from_bytes(bytes.fromhex(self._ask(f"p{self.POINTER:x}")), "little")
            flags = int.from_bytes(bytes.fromhex(self._ask(f"p{self.FLAGS:x}")), "little") & ~self.INTERRUPTS
            check(self._ask(f"P{self.FLAGS:x}={flags.to_bytes(4, 'little').hex()}") == "OK", "flags cannot be set")
            check(self._ask(f"M{pointer:x},2:{self.SPIN}") == "OK", f"no code at {pointer:x} of core {core}")
        self._ask("D")
        self._socket.close()

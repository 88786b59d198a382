# SPDX-License-Identifier: MIT
"""Lab: three network namespaces, a phone side and a PBX side, with the gateway between them.

    <lab>-phones                     <lab>-gw                            <lab>-pbx
     eth0 10.10.1.2  ==== veth-phones (DPDK)  veth-pbx (DPDK) ====  eth0 10.10.2.2
          fd00:1::2             phones           pbx (TAPs)              fd00:2::2
                              10.10.1.1        10.10.2.1
                              fd00:1::1        fd00:2::1

The names carry the test's process id, so any number of labs stand side by side, and what a killed test left behind is
known by its dead process and removed by the next. Nothing outside the namespaces is touched.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from .process import Failure, Process

SIDES = ("phones", "pbx")
NETS = {"phones": ("10.10.1.", "fd00:1::"), "pbx": ("10.10.2.", "fd00:2::")}


def ip(*args, check=True):
    done = subprocess.run(["ip", *args], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise Failure(f"ip {' '.join(args)}: {done.stderr.strip()}")
    return done.stdout


def namespaces():
    return [line.split()[0] for line in ip("netns", "list").splitlines() if line]


def remove_namespace(name):
    """Ends what still runs in it, then takes it away."""
    for pid in ip("netns", "pids", name, check=False).split():
        try:
            os.kill(int(pid), 9)
        except ProcessLookupError:
            pass
    ip("netns", "del", name, check=False)


def remove_orphans():
    for name in namespaces():
        match = re.fullmatch(r"jn(\d+)-\w+", name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            remove_namespace(name)


class Host:
    """One namespace: a machine of the lab."""

    def __init__(self, lab, side):
        self.lab = lab
        self.side = side
        self.netns = f"{lab.name}-{side}"
        net4, net6 = NETS.get(side, (None, None))
        self.ip4, self.ip6 = (net4 + "2", net6 + "2") if net4 else (None, None)
        self.gateway4, self.gateway6 = (net4 + "1", net6 + "1") if net4 else (None, None)

    def argv(self, argv):
        return ["ip", "netns", "exec", self.netns, *map(str, argv)]

    def start(self, argv, name, **kwargs):
        """Starts a program in the namespace; its output goes to <lab folder>/<name>.log."""
        process = Process(self.argv(argv), self.lab.folder / f"{name}.log", **kwargs)
        self.lab.processes.append(process)
        return process

    def run(self, argv, timeout_s=30, check=True):
        done = subprocess.run(self.argv(argv), capture_output=True, text=True, timeout=timeout_s)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(map(str, argv))}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def enter(self):
        """Moves this process's calling thread into the namespace (for sockets of a Python test)."""
        return _Inside(self.netns)

    def add_address(self, last):
        """One more host address on the peer's interface, for a second peer: .3 and ::3."""
        net4, net6 = NETS[self.side]
        ip("-n", self.netns, "addr", "add", f"{net4}{last}/24", "dev", "eth0")
        ip("-n", self.netns, "addr", "add", f"{net6}{last:x}/64", "dev", "eth0", "nodad")
        return f"{net4}{last}"


class _Inside:
    def __init__(self, netns):
        self.netns = netns

    def __enter__(self):
        self._back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.netns}", os.O_RDONLY)
        _setns(there)
        os.close(there)

    def __exit__(self, *_):
        _setns(self._back)
        os.close(self._back)


def _setns(fd):
    import ctypes
    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).setns(fd, clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Lab:
    """Made by create() or `with`; taken away by destroy(), with every process that was started in it."""

    def __init__(self, name=None, folder=None):
        self.name = name or f"jn{os.getpid()}"
        self.processes = []
        self._own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="junctor-e2e."))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.phones, self.pbx, self.gw = (Host(self, s) for s in (*SIDES, "gw"))

    def __enter__(self):
        try:
            self.create()
        except BaseException:
            self.destroy()
            raise
        return self

    def __exit__(self, kind, *_):
        self.destroy(keep_folder=kind is not None)

    def create(self):
        remove_orphans()
        for host in (self.gw, self.phones, self.pbx):
            ip("netns", "add", host.netns)
            ip("-n", host.netns, "link", "set", "lo", "up")
        for host in (self.phones, self.pbx):
            self._wire(host)
        return self

    def _wire(self, host):
        port = f"veth-{host.side}"
        gw = self.gw.netns
        ip("link", "add", "eth0", "netns", host.netns, "type", "veth", "peer", "name", port, "netns", gw)
        # The port belongs to the dataplane: the kernel must not speak on it. Checksums are filled in by the
        # sender, since no hardware is there to do it later.
        self.gw.run(["sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{port}/disable_ipv6"])
        ip("-n", gw, "link", "set", port, "arp", "off")
        for netns, device in ((host, "eth0"), (self.gw, port)):
            netns.run(["ethtool", "-K", device, "tx", "off", "rx", "off", "gro", "off", "gso", "off", "tso", "off"])
        ip("-n", gw, "link", "set", port, "up")
        ip("-n", host.netns, "addr", "add", host.ip4 + "/24", "dev", "eth0")
        ip("-n", host.netns, "addr", "add", host.ip6 + "/64", "dev", "eth0", "nodad")
        ip("-n", host.netns, "link", "set", "eth0", "up")

    def destroy(self, keep_folder=False):
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.popen.wait()
        for name in namespaces():
            if re.fullmatch(re.escape(self.name) + r"-\w+", name):
                remove_namespace(name)
        if self._own_folder and not keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

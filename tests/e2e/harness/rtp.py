# SPDX-License-Identifier: MIT
"""RTP ends: one in Python for tests that look at single packets, and rtp-load for many streams."""
import json
import os
import select
import socket
import struct
import subprocess
import time

from .process import Failure, check


class RtpEnd:
    """A UDP socket that sends and receives RTP, packet by packet."""

    def __init__(self, host, port, family=4, ip=None, ssrc=0x11223344, payload_type=0):
        self.ip = ip or (host.ip4 if family == 4 else host.ip6)
        with host.enter():
            self.socket = socket.socket(socket.AF_INET6 if ":" in self.ip else socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((self.ip, port))
        self.port = port
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.sequence = 1000
        self.marked = 0

    def close(self):
        self.socket.close()

    def packet(self, payload, payload_type=None):
        self.sequence += 1
        kind = self.payload_type if payload_type is None else payload_type
        return struct.pack("!BBHII", 0x80, kind, self.sequence & 0xffff,
                           (self.sequence * 160) & 0xffffffff, self.ssrc) + payload

    def send(self, to, payload=b"\xff" * 160, payload_type=None):
        self.socket.sendto(self.packet(payload, payload_type), to)

    def receive(self, timeout_s=1.0):
        """(data, sender) or None."""
        ready, _, _ = select.select([self.socket], [], [], timeout_s)
        return self.socket.recvfrom(2048) if ready else None

    def drain(self, seconds=0.2):
        """Everything that comes until nothing has come for so long."""
        out = []
        while (got := self.receive(seconds)) is not None:
            out.append(got[0])
        return out


def settle(a, b, to_a, to_b):
    """An answer and what the dataplane makes of it are a moment apart: sends until both ends hear."""
    for _ in range(25):
        a.send(to_a)
        b.send(to_b)
        if a.receive(0.02) and b.receive(0.02):
            break
    a.drain(0.05)
    b.drain(0.05)


def hear(end, name, count):
    """What comes with that name; what a machine that stood still for a moment brings late, too."""
    heard = []
    while (got := end.receive(0.2 if len(heard) >= count else 2)) is not None:
        if got[0][12:12 + len(name)] == name:
            heard.append(got[0])
    return heard


def exchange(a, b, to_a, to_b, count=10, gap_s=0.02):
    """Both ends send `count` packets, each named; returns what each heard of the other's."""
    settle(a, b, to_a, to_b)
    for n in range(count):
        a.send(to_a, b"from-a-%04d" % n + b"\xff" * 149)
        b.send(to_b, b"from-b-%04d" % n + b"\xff" * 149)
        time.sleep(gap_s)
    return hear(a, b"from-b-", count), hear(b, b"from-a-", count)


class RtpLoad:
    """The rtp-load program at one side: N streams, `report` says packet by packet what came."""

    def __init__(self, host, build, streams, port, ids_from, step=4, ip=None):
        self.host = host
        self.streams = streams
        self.port = port
        self.step = step
        argv = host.argv(map(str, [os.path.join(build, "bin", "rtp-load"), "--bind", ip or host.ip4, "--port", port, "--step", step,
                          "--streams", streams, "--id", ids_from]))
        self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        host.lab.processes.append(self)
        self.pid = self.popen.pid

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()

    def tell(self, *words):
        try:
            self.popen.stdin.write(" ".join(map(str, words)) + "\n")
            self.popen.stdin.flush()
        except BrokenPipeError:
            raise Failure(f"rtp-load ended with {self.popen.wait()}") from None

    def destination(self, index, ip, port):
        self.tell("dest", index, ip, port)

    def report(self):
        self.tell("report")
        ready, _, _ = select.select([self.popen.stdout], [], [], 10)
        check(ready, "rtp-load gives no report")
        return json.loads(self.popen.stdout.readline())


def judge(receivers, senders, what):
    """Each stream that was sent is heard whole, by one receiver, once. Returns (packets, lost)."""
    sent = {s["id"]: s["sent"] for s in senders}
    packets = lost = 0
    for index, stream in enumerate(receivers):
        check(stream["sender"] in sent, f"{what}: stream {index} hears nobody of the other side ({stream})")
        check(stream["foreign"] == 0, f"{what}: stream {index} heard {stream['foreign']} packets of another call")
        check(stream["twice"] == 0, f"{what}: stream {index} heard {stream['twice']} packets twice")
        packets += stream["received"]
        lost += sent.pop(stream["sender"]) - stream["received"]
    check(not sent, f"{what}: nobody hears streams {sorted(sent)}")
    return packets, lost

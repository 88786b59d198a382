# SPDX-License-Identifier: MIT
"""`test call loopback`: the gateway calls itself through both planes, and needs nobody else."""
import json
import socket
import struct
import subprocess

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

LINK = "junctor-dataplane is not there"


def alone():
    """Ports and listeners alone: no trunk, no route; one call of two legs may be."""
    config = basic_config()
    del config["trunks"], config["routes"]
    config["sip"]["max_calls"] = 1
    config["dataplane"]["max_legs"] = 2
    return config


class Loopback:
    """A `junctor test call loopback` that runs beside the test."""

    def __init__(self, gateway, *words):
        argv = gateway.lab.gw.argv([f"{gateway.bin}/junctor", "--run-dir", gateway.run_dir, "test", "call", "loopback", *words])
        self.process = subprocess.Popen(list(map(str, argv)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, status=0, timeout_s=25):
        text, _ = self.process.communicate(timeout=timeout_s)
        check(self.process.returncode == status, f"test call loopback ended with {self.process.returncode}:\n{text}")
        return text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def states(gateway):
    return sorted(call["state"] for call in gateway.calls())


def wait_lasts(gateway):
    wait_until("the call of the gateway with itself lasts", lambda: states(gateway) == ["echoing", "established", "hearing"], 5)


def frame(gateway, raw, sender, port):
    """RTP from 127.0.0.1 to 127.0.0.1, on the wire."""
    mac = bytes.fromhex(gateway.show("ports")[0]["mac"].replace(":", ""))
    voice = struct.pack("!BBHII", 0x80, 8, 1, 160, 0xbad) + b"\x2a" * 160
    udp = struct.pack("!HHHH", sender, port, 8 + len(voice), 0) + voice
    address = socket.inet_aton("127.0.0.1")
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + 2 * address
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xffff) + (total >> 16)
    header = header[:10] + struct.pack("!H", ~total & 0xffff) + header[12:]
    return mac + raw.getsockname()[4] + b"\x08\x00" + header + udp


def is_relayed(sessions):
    """One of the three has two legs of its own, and hears a second of voice on each."""
    check(len(sessions) == 3, f"show media: {sessions}")
    return any(all(leg["packets_received"] >= 50 for leg in s["legs"]) for s in sessions)


@case("e2e.test-call.loopback")
def loopback(t):
    """Without a trunk or a peer: the tone is made, relayed, echoed and relayed again, and is heard as it
    was; while it lasts it is shown, and nothing is left of it."""
    gateway = t.gateway(alone())
    ports = gateway.show("ports")
    test = t.closing(Loopback(gateway, "seconds", "4"))
    wait_lasts(gateway)
    wait_until("voice is relayed both ways", lambda: is_relayed(gateway.media()), 5)
    check(gateway.show("trunks") == [], "its trunk is shown")
    check("a loopback call lasts already" in t.closing(Loopback(gateway)).end(status=1), "there may be two at once")
    text = test.end()
    t.note(text.strip().replace("\n", "\n  "))
    for line in ("the gateway calls itself (127.0.0.1:", "hears a tone of 1004 Hz at -10.", "0 lost (0.0 %)",
                 "heard     a tone of 1004 Hz at -10.", "passed    both planes"):
        check(line in text, f"{line!r} is not in the report:\n{text}")

    short = json.loads(t.closing(Loopback(gateway, "seconds", "2", "|", "json")).end())
    heard = short["heard"]
    check(short["loopback_heard"] and heard["tone_permille"] > 900, f"in two seconds: {short}")
    check(abs(heard["tone_hz_x10"] - 10040) <= 20 and abs(heard["tone_dbm0_x10"] + 100) <= 3, f"in two seconds: {heard}")
    gateway.wait_no_calls()
    check(gateway.media() == [] and gateway.records() == [], "something is left of it")
    check(gateway.show("trunks") == [] and not gateway.show("version").get("listeners_waiting"), "something is left of it")
    after = gateway.show("ports")
    check([p["name"] for p in after] == [p["name"] for p in ports], f"the ports are {after}")
    sent = [b["packets_sent"] - a["packets_sent"] for a, b in zip(ports, after)]
    check(max(sent) < 50, f"{sent} packets left on the wires meanwhile")


@case("e2e.test-call.loopback-beside", timeout_s=90)
def beside(t):
    """A call between peers hears nothing of it; voice from a wire to 127.0.0.1, as from it, is nobody's."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)
    test = t.closing(Loopback(gateway, "seconds", "6"))
    wait_until("three calls more", lambda: len(gateway.calls()) == 4, 5)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    # Voice from the wire to each port of the loop: nothing but a frame by hand would bring it there.
    before = gateway.counter("rtp_classify.loopback")
    with t.phones.enter():
        raw = t.closing(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        raw.bind(("eth0", 0))
    ports = range(16384, 16392, 2)      # the first of the range, as there was no such call before
    for port in ports:
        for other in ports:
            raw.send(frame(gateway, raw, other, port))
    wait_until("it is counted", lambda: gateway.counter("rtp_classify.loopback") == before + 16, 5)
    text = test.end()
    check("passed    both planes" in text and " 0 lost" in text, text)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)
    gateway.wait_no_calls()
    check(len(gateway.records()) == 1, f"records: {gateway.records()}")


@case("e2e.test-call.loopback-planes", timeout_s=90)
def planes(t):
    """Without a dataplane it says so; one that dies meanwhile, and comes back, is heard again; a control that dies
    leaves nothing behind."""
    gateway = t.gateway(alone())
    test = t.closing(Loopback(gateway, "seconds", "12"))
    wait_lasts(gateway)
    gateway.kill_dataplane()
    check(LINK in t.closing(Loopback(gateway)).end(status=1), "without a dataplane")
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)
    text = test.end(timeout_s=30)
    check("heard     a tone of 1004 Hz" in text, text)

    test = t.closing(Loopback(gateway, "seconds", "60"))
    wait_lasts(gateway)
    gateway.kill_control()
    gateway.start_control()
    test.end(status=1)
    check(gateway.calls() == [] and gateway.media() == [] and gateway.records() == [], "something is left of it")
    check("passed    both planes" in t.closing(Loopback(gateway, "seconds", "2")).end(), "after the restart")

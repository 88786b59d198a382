# SPDX-License-Identifier: MIT
"""Voice: wrong sources, floods, payload types, RTCP, marks, VLANs, time-outs."""
import socket
import struct
import threading
import time

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


def voice_ends(t):
    return [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]


def destinations(a, b):
    return (a.media.ip, a.media.port), (b.media.ip, b.media.port)


@case("e2e.media.wrong-source")
def wrong_source(t):
    """RTP from another address or port during a call reaches nobody and is counted."""
    t.phones.add_address(66)
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    to_a, to_b = destinations(a, b)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    before = gateway.counter("wrong_source")
    other_port = t.closing(RtpEnd(t.phones, 20002, ssrc=1))
    other_host = t.closing(RtpEnd(t.phones, 20000, ip="10.10.1.66", ssrc=2))
    from_pbx = t.closing(RtpEnd(t.pbx, 30004, ssrc=3))
    for n in range(50):
        other_port.send(to_a, b"wrong-p" + bytes(153))
        other_host.send(to_a, b"wrong-h" + bytes(153))
        from_pbx.send(to_b, b"wrong-x" + bytes(153))
        time.sleep(0.005)
    for end in (*ends, other_port, other_host, from_pbx):
        wrong = [p for p in end.drain(0.3) if p[12:17] == b"wrong"]
        check(not wrong, f"{len(wrong)} packets of a wrong source reached {end.ip}:{end.port}")
    wait_until("150 packets of wrong sources are counted",
               lambda: gateway.counter("wrong_source") - before == 150, 5)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"after them: heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


@case("e2e.media.faster-source")
def faster_source(t):
    """Whoever sends before the peer does has nothing of the call once the peer speaks from where it said."""
    t.phones.add_address(66)
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    to_a, to_b = destinations(a, b)
    thief = t.closing(RtpEnd(t.phones, 20000, ip="10.10.1.66", ssrc=2))
    for _ in range(50):
        thief.send(to_a, b"stolen" + bytes(154))
        time.sleep(0.005)
    ends = voice_ends(t)
    exchange(*ends, to_a, to_b)
    thief.drain(0.3)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    check(not thief.drain(0.3), "the faster source hears the call")
    hang_up(a, b)


@case("e2e.media.signalled-source-only")
def signalled_source_only(t):
    """A trunk that learns no source: whoever sends first from elsewhere reaches nobody, and is counted."""
    t.phones.add_address(66)
    config = basic_config()
    config["trunks"][0]["learn_media_source"] = False
    gateway = t.gateway(config)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    to_a, to_b = destinations(a, b)
    thief = t.closing(RtpEnd(t.phones, 20000, ip="10.10.1.66", ssrc=2))
    def strange(count):
        for _ in range(count):
            thief.send(to_a, b"wrong" + bytes(155))
            time.sleep(0.005)
        return gateway.counter("wrong_source")
    wait_until("the dataplane knows of the call", lambda: strange(1) > 0, 5)
    before = strange(0)
    strange(20)
    wait_until("20 packets of a wrong source are counted",
               lambda: gateway.counter("wrong_source") - before >= 20, 5)
    check(not ends[1].drain(0.3), "voice from elsewhere reached the other side")
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


@case("e2e.media.flood", cores=2)
def flood(t):
    """A flood to ports of no call does not slow or thin a call beside it."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    to_a, to_b = destinations(a, b)
    exchange(*ends, to_a, to_b, count=3)
    stop = threading.Event()
    sent = [0]

    def attack():
        end = RtpEnd(t.phones, 40000)
        packet = end.packet(bytes(160))
        while not stop.is_set():
            for port in range(16384, 17384, 2):
                if port != a.media.port:
                    end.socket.sendto(packet, (a.media.ip, port))
                    sent[0] += 1
            time.sleep(0.01)
        end.close()
    thread = threading.Thread(target=attack)
    thread.start()
    try:
        heard = exchange(*ends, to_a, to_b, count=150)
    finally:
        stop.set()
        thread.join()
    t.note(f"{sent[0]} packets to unknown ports beside 150 of the call")
    check(sent[0] > 10000, "there was no flood")
    check([len(h) for h in heard] == [150, 150], f"heard {[len(h) for h in heard]} of 150 beside a flood")
    hang_up(a, b)
    check(gateway.dataplane.running(), "junctor-dataplane died")


@case("e2e.media.garbage")
def garbage(t):
    """Octets that are no RTP or RTCP, on the ports of a call: nothing dies, the call goes on."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    rtcp = t.closing(RtpEnd(t.phones, 20001))
    to_a, to_b = destinations(a, b)
    exchange(*ends, to_a, to_b, count=3)
    broken = [b"", b"\x80", b"\x80" * 11, b"\xff" * 1400, b"\x8f\x00" + b"\0" * 10, b"\xb0\x00" + b"\0" * 9 + b"\xff",
              struct.pack("!BBHII", 0x90, 0, 1, 1, 1) + b"\xbe\xde\xff\xff", b"\x00" * 172]
    for data in broken:
        ends[0].socket.sendto(data, to_a)
    for data in broken + [b"\x81\xc8\xff\xff" + bytes(24), b"\x81\xc8\x00\x06" + bytes(4), b"\x9f\xc9\x00\x01" + bytes(4),
                          b"\x81\xca\x00\x01\x00\x00\x00\x01\xff\xff", b"\x80\xcb\x00\x00" * 50]:
        rtcp.socket.sendto(data, (to_a[0], to_a[1] + 1))
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"after garbage: heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)
    check(gateway.dataplane.running(), "junctor-dataplane died")


@case("e2e.media.payload-types")
def payload_types(t):
    """telephone-event is 96 on one side and 101 on the other; PCMA is the same on both; what nobody agreed on is dropped."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx, offer=phone.sdp(20000, formats="8 96"), answer=pbx.sdp(30000, formats="8 101"))
    ends = voice_ends(t)
    to_a, to_b = destinations(a, b)
    for end in ends:
        end.payload_type = 8
    exchange(*ends, to_a, to_b, count=3)
    ends[0].send(to_a, b"\x05\x0a\x00\xa0", payload_type=96)
    ends[0].send(to_a, b"unknown" + bytes(20), payload_type=77)
    got = ends[1].drain()
    # Its answer says 101, whatever number it was offered (RFC 3264, 5.1).
    check([p[1] & 0x7f for p in got] == [101],
          f"the other side heard payload types {[p[1] & 0x7f for p in got]}")
    hang_up(a, b)


def rtcp_packets(data):
    """The packets of a compound, each as (type, count, what follows its first word); they must fill it."""
    out, rest = [], data
    while rest:
        first, kind, words = struct.unpack("!BBH", rest[:4])
        check(first >> 6 == 2 and len(rest) >= 4 * words + 4, f"no RTCP: {rest.hex()} of {data.hex()}")
        out.append((kind, first & 31, rest[4:4 * words + 4]))
        rest = rest[4 * words + 4:]
    return out


@case("e2e.media.rtcp", timeout_s=60)
def rtcp_reports(t):
    """Each leg gets sender reports of what was sent to it and reports on what it sent; with statistics and MOS."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    reports = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20001), (t.pbx, 30001))]
    to_a, to_b = destinations(a, b)
    got, names = [None, None], []
    end = time.monotonic() + 20
    while not all(got) and time.monotonic() < end:
        exchange(*ends, to_a, to_b, count=25)
        for n, report in enumerate(reports):
            for data in report.drain(0.01):
                parts = rtcp_packets(data)
                if parts[0][0] == 200 and parts[0][1] >= 1:
                    got[n] = parts
    for n, side in enumerate(("phones", "pbx")):
        check(got[n] is not None, f"{side}: no SR with a report block in 20 s")
        kinds = [kind for kind, _, _ in got[n]]
        check(kinds == [200, 202], f"{side}: a report is made of {kinds}, not of SR and SDES (RFC 3550, 6.1)")
        report, description = got[n][0][2], got[n][1][2]
        ssrc, = struct.unpack("!I", report[24:28])
        check(ssrc == ends[n].ssrc, f"{side}: the SR reports on SSRC {ssrc:#x}, not on ours")
        check(description[:4] == report[:4], f"{side}: SDES speaks for another SSRC than the SR")
        # The first item of the first chunk: CNAME (1), its length, a text (RFC 3550, 6.5.1).
        kind, size = description[4], description[5]
        name = description[6:6 + size]
        check(kind == 1 and 0 < size == len(name), f"{side}: SDES has no CNAME: {description.hex()}")
        check(t.phones.gateway4.encode() not in name and t.pbx.gateway4.encode() not in name and
              t.phones.ip4.encode() not in name and t.pbx.ip4.encode() not in name, f"{side}: CNAME is {name}")
        names.append(name)
    check(names[0] != names[1], "one CNAME on both sides tells them of each other")
    media = gateway.media()[0]
    check(len(media["legs"]) == 2, "show media has not two legs")
    for leg in media["legs"]:
        check(leg["packets_received"] >= 25 and leg["packets_lost"] == 0, f"show media says {leg}")
        check(leg["mos_x100"] > 400, f"a clean leg has MOS {leg['mos_x100'] / 100}")
    hang_up(a, b)


@case("e2e.media.dscp")
def dscp(t):
    """Voice is marked as configured."""
    t.gateway(dscp=34)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = voice_ends(t)
    to_a, to_b = destinations(a, b)
    ends[1].socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    exchange(ends[0], ends[1], to_a, to_b, count=2)
    ends[0].send(to_a)
    _, extra, _, _ = ends[1].socket.recvmsg(2048, 64)
    tos = next(data[0] for level, kind, data in extra if level == socket.IPPROTO_IP and kind == socket.IP_TOS)
    check(tos >> 2 == 34, f"DSCP is {tos >> 2}")
    hang_up(a, b)


@case("e2e.media.timeout", timeout_s=60)
def timeout(t):
    """A call without any packet is ended by the gateway: BYE to both, a record that says so."""
    gateway = t.gateway(timeout_s=3)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    exchange(*voice_ends(t), *destinations(a, b), count=5)
    for call in (a, b):
        call.expect("BYE", 15)
        call.reply(200)
    gateway.wait_no_calls()
    check(gateway.records()[0]["ended_by"] == "gateway", f"the record says {gateway.records()[0]}")


class VlanEnd:
    """A host on a VLAN, made of raw frames (this kernel may know no VLANs): answers ARP, sends and hears UDP."""

    def __init__(self, host, vlan, ip):
        self.vlan, self.ip = vlan, socket.inet_aton(ip)
        with host.enter():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.bind(("eth0", 0))
            # The kernel takes the tag off and tells it beside the frame.
            self.socket.setsockopt(263, 8, 1)       # SOL_PACKET, PACKET_AUXDATA
        self.mac = self.socket.getsockname()[4]
        self.heard = []

    def close(self):
        self.socket.close()

    def _frame(self, to, kind, payload):
        self.socket.send(to + self.mac + struct.pack("!HHH", 0x8100, self.vlan, kind) + payload)

    def serve(self, seconds):
        """Answers ARP for its address and keeps the UDP that it hears, for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame, extra, _, sender = self.socket.recvmsg(2048, 64)
            except TimeoutError:
                return
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            tag = None
            if frame[12:14] == b"\x81\x00":
                tag, frame = struct.unpack("!H", frame[14:16])[0], frame[:12] + frame[16:]
            for level, kind, data in extra:
                status, *_, tci, _ = struct.unpack("=IIIHHHH", data[:20])
                if kind == 8 and status & 0x10:
                    tag = tci
            if tag is None or tag & 0xfff != self.vlan:
                continue
            self._take(frame)

    def _take(self, frame):
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x01" and frame[38:42] == self.ip:
            reply = frame[14:20] + b"\x00\x02" + self.mac + self.ip + frame[22:32]
            self._frame(frame[6:12], 0x0806, reply)
        elif frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[30:34] == self.ip:
            source, destination, size = struct.unpack("!HHH", frame[34:40])
            self.heard.append((frame[6:12], socket.inet_ntoa(frame[26:30]), source, destination, frame[42:34 + size]))

    def send_udp(self, mac, ip, source, destination, payload):
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, self.ip, socket.inet_aton(ip))
        total = sum(struct.unpack("!10H", head))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:]
        self._frame(mac, 0x0800, head + struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload)


@case("e2e.media.vlan")
def vlan(t):
    """The PBX sends its voice on VLAN 100, with signalling untagged: tags are pushed and taken off by the dataplane."""
    config = basic_config()
    config["interfaces"][1]["vlans"] = [{"id": 100, "addresses": ["10.10.100.1/24"]}]
    config["trunks"][1]["media_address"] = "10.10.100.1"
    t.gateway(config)
    phone, pbx = t.both()
    host = t.closing(VlanEnd(t.pbx, 100, "10.10.100.2"))
    server = threading.Thread(target=host.serve, args=(4,))
    server.start()
    answer = pbx.sdp(30000).replace("c=IN IP4 10.10.2.2", "c=IN IP4 10.10.100.2")
    a, b = talk(phone, pbx, answer=answer)
    check(b.media.ip == "10.10.100.1", f"the PBX was told to send voice to {b.media.ip}")
    end = t.closing(RtpEnd(t.phones, 20000))
    for n in range(40):
        end.send((a.media.ip, a.media.port), b"to-vlan" + bytes(153))
        time.sleep(0.02)
    server.join()
    voice = [h for h in host.heard if h[4][12:19] == b"to-vlan"]
    check(len(voice) >= 35, f"{len(voice)} of 40 packets came on the VLAN")
    mac, ip, source, destination, _ = voice[0]
    check((ip, source, destination) == ("10.10.100.1", b.media.port, 30000), f"they came from {ip}:{source} to {destination}")
    far = RtpEnd.__new__(RtpEnd)
    far.sequence, far.payload_type, far.ssrc = 1, 0, 7
    end.drain(0.05)
    for n in range(20):
        host.send_udp(mac, "10.10.100.1", 30000, b.media.port, far.packet(b"of-vlan" + bytes(153)))
        time.sleep(0.01)
    heard = [p for p in end.drain() if p[12:19] == b"of-vlan"]
    check(len(heard) == 20, f"{len(heard)} of 20 packets came from the VLAN")
    hang_up(a, b)

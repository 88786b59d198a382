# SPDX-License-Identifier: MIT
"""Captures started at the console, with calls up, read by tshark."""
import json
import subprocess
import time

from harness.account import Account
from harness.gateway import basic_config
from harness.process import Failure, check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

from .survive import PAIR, Calls


def capture(gateway, *words):
    """The state that `capture ...` or `show capture` answers."""
    return json.loads(gateway.junctor(*words, "|", "json"))


def start(gateway, *words):
    state = capture(gateway, "capture", "start", *words)
    check(state["is_running"], f"the capture does not run: {state}")
    return state


def export(t, gateway, name="capture.pcapng"):
    path = t.lab.folder / name
    said = capture(gateway, "capture", "export", str(path))
    check(said["octets"] == path.stat().st_size, f"{said['octets']} octets are said, {path.stat().st_size} are there")
    return path


def tshark(path, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", str(path), "-o", "rtp.heuristic_rtp:TRUE", *arguments],
                          capture_output=True, text=True, timeout=60)
    check(done.returncode == 0 and "cut short" not in done.stderr, f"tshark cannot read {path}: {done.stderr}")
    return done.stdout


def rows(path, what, *fields):
    """The fields of each packet that fits the display filter, as tuples."""
    more = [word for field in fields for word in ("-e", field)]
    # ICMP carries the head of another packet, whose fields are not meant.
    text = tshark(path, "-Y", what if what == "frame" else f"({what}) && !icmp && !icmpv6", "-T", "fields", "-E", "separator=|", *more)
    return [tuple(line.split("|")) for line in text.splitlines()]


def sip_of(path):
    """Each SIP message of a capture: (interface, sent by the gateway, its octets)."""
    return [(name, flag.endswith("2"), bytes.fromhex(octets.replace(":", "")))
            for name, flag, octets in rows(path, "sip && udp", "frame.interface_name", "frame.packet_flags", "udp.payload")]


def read_all(*agents):
    """What came and was not asked for (a 100, a repetition) goes into the agents' logs."""
    for agent in agents:
        agent.next(lambda m: False, 0.3)


def expect_messages(path, agents, call_ids=(None, None)):
    """Every message that an agent sent or heard is there once, in its direction, on its interface; and no other."""
    seen = sip_of(path)
    for agent, call_id in zip(agents, call_ids):
        for mark, sent in ((">", False), ("<", True)):
            wanted = sorted(d for _, m, d in agent.log if m == mark and (call_id is None or call_id.encode() in d))
            got = sorted(d for name, s, d in seen if name == agent.host.side and s == sent)
            check(wanted, f"{agent.host.side} {mark} nothing")
            check(got == wanted, f"{agent.host.side}{mark}: {len(wanted)} messages passed, {len(got)} are captured:\n"
                  + "\n".join(d.split(b"\r\n")[0].decode() for d in got))


def leg_at(gateway, local):
    """How many RTP packets the leg at that address of the gateway received and sent."""
    leg, = [m for s in gateway.media() for m in s["legs"] if (m["local"]["ip"], m["local"]["port"]) == local]
    return [leg["packets_received"], leg["packets_sent"]]


@case("e2e.capture.interface", timeout_s=90)
def interface(t):
    """Everything but voice of a call, each packet once: SIP whole in both directions; then one interface alone, with
    media, with exactly the RTP that passed."""
    gateway = t.gateway()
    phone, pbx = t.both()
    state = start(gateway)
    check(state["what"] == "all interfaces, without media", state["what"])
    began = time.time()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    read_all(phone, pbx)
    state = capture(gateway, "capture", "stop")
    check(not state["is_running"] and state["ended_by"] == "it was stopped" and state["lost"] == 0, str(state))
    path = export(t, gateway)
    expect_messages(path, (phone, pbx))
    media_ports = {to_a[1], to_a[1] + 1, to_b[1], to_b[1] + 1}
    ports = {int(p) for row in rows(path, "udp", "udp.srcport", "udp.dstport") for p in row}
    check(not media_ports & ports, "voice is captured, and nobody asked for it")
    everything = rows(path, "frame", "frame.time_epoch", "frame.interface_name")
    check(len(everything) == state["packets"], f"{len(everything)} packets, {state['packets']} are said")
    check(all(began - 1 < float(time_) < time.time() + 1 for time_, _ in everything), "a packet has a wrong time")
    text = subprocess.run(["capinfos", str(path)], capture_output=True, text=True).stdout
    check("pcapng" in text and "nanoseconds" in text and "Name = phones" in text, text)

    start(gateway, "interface", "pbx", "with-media")
    before = leg_at(gateway, to_b)
    exchange(*ends, to_a, to_b)
    time.sleep(0.3)
    after = leg_at(gateway, to_b)
    capture(gateway, "capture", "stop")
    path = export(t, gateway, "pbx.pcapng")
    passed = [x - y for x, y in zip(after, before)]
    port = to_b[1]
    got = [len(rows(path, f"udp.{end}port == {port}", "frame.number")) for end in ("dst", "src")]
    check(got == passed, f"of the leg {port} {passed} RTP packets were received and sent, {got} are captured")
    check({name for name, in rows(path, "frame", "frame.interface_name")} == {"pbx"}, "another interface is captured")
    hang_up(a, b)


@case("e2e.capture.call", timeout_s=90)
def one_call(t):
    """Of two calls one: its SIP on both legs, its voice and no other; it ends with the call."""
    gateway = t.gateway()
    phone, pbx = t.both()
    second_phone = t.agent(t.phones, port=5070)
    other, other_b = talk(second_phone, pbx, offer=second_phone.sdp(21000), answer=pbx.sdp(31000))
    # A call that is still being set up: its second leg's answers come after the start.
    a = phone.invite("1001", phone.sdp(20000))
    b = pbx.expect_call()
    b.reply(180)
    a.expect(180)
    call, = [c["id"] for c in gateway.calls() if any(leg["call_id"] == a.call_id for leg in c["legs"])]
    read_all(phone, pbx)
    skip = [len(phone.log), len(pbx.log)]
    state = start(gateway, "call", call[:8], "with-media", "max-size", "10", "seconds", "60")
    check(call in state["what"] and state["user"], str(state))
    b.reply(200, pbx.sdp(30000))
    ok = a.expect(200)
    a.ack()
    b.expect("ACK")
    to_a, to_b = (ok.sdp().ip, ok.sdp().port), (b.invite.sdp().ip, b.invite.sdp().port)
    wait_until("the dataplane knows of the call", lambda: sum(len(s["legs"]) for s in gateway.media()) == 4, 5)
    other_to = (other.media.ip, other.media.port), (other_b.media.ip, other_b.media.port)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    other_ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 21000), (t.pbx, 31000))]
    exchange(*ends, to_a, to_b)
    heard = exchange(*other_ends, *other_to)
    check([len(h) for h in heard] == [10, 10], f"the other call heard {[len(h) for h in heard]} of 10")
    exchange(*ends, to_a, to_b)
    legs = [leg_at(gateway, to) for to in (to_a, to_b)]
    check(min(map(min, legs)) >= 20, f"packets received and sent by the legs: {legs}")
    hang_up(a, b)
    hang_up(other_b, other)
    wait_until("the capture ends with its call", lambda: not capture(gateway, "show", "capture")["is_running"], 10)
    state = capture(gateway, "show", "capture")
    check(state["ended_by"] == "the call has ended" and state["lost"] == 0, str(state))
    path = export(t, gateway)
    read_all(phone, pbx)
    del phone.log[:skip[0]], pbx.log[:skip[1]]
    expect_messages(path, (phone, pbx), (a.call_id, b.call_id))
    ids = {i for i, in rows(path, "sip", "sip.Call-ID")}
    check(ids == {a.call_id, b.call_id}, f"the capture has the calls {ids}")
    for (ip, port), wanted in zip((to_a, to_b), legs):
        mine = [len(rows(path, f"ip.{end} == {ip} && udp.{end}port == {port}", "frame.number")) for end in ("dst", "src")]
        check(mine == wanted, f"leg {ip}:{port}: {wanted} packets were received and sent, {mine} are captured")
    mine = {to_a[1], to_b[1]}
    others = {other_to[0][1], other_to[1][1]}
    ports = {int(p) for row in rows(path, "udp", "udp.srcport", "udp.dstport") for p in row}
    check(not others & ports, "voice of the other call is captured")
    check(mine <= ports, "voice of the call is not captured")


@case("e2e.capture.late-leg", timeout_s=60)
def late_leg(t):
    """A call tries another peer after the capture began, over TCP: the INVITE of that leg is in the capture."""
    second = t.pbx.add_address(3)
    config = basic_config()
    config["trunks"].append(dict(config["trunks"][1], name="second", transport="TCP", peers=[{"address": second}]))
    config["routes"][0]["to"] = ["pbx", "second"]
    gateway = t.gateway(config)
    phone, pbx = t.both()
    other = t.agent(t.pbx, ip=second, transport="TCP")
    a = phone.invite("1001", phone.sdp(20000))
    b = pbx.expect_call()
    b.reply(180)
    a.expect(180)
    start(gateway, "call", gateway.calls()[0]["id"])
    b.reply(503)
    b.expect("ACK")
    c = other.expect_call()
    c.reply(200, other.sdp(30000))
    a.expect(200)
    a.ack()
    c.expect("ACK")
    hang_up(a, c)
    time.sleep(0.3)
    capture(gateway, "capture", "stop")
    path = export(t, gateway)
    requests = [(source, method) for source, method in rows(path, "sip.Method", "ip.dst", "sip.Method")]
    check(requests.count((second, "INVITE")) == 1, f"the requests are {requests}")
    check([m for d, m in requests if d == second] == ["INVITE", "ACK", "BYE"], f"the requests are {requests}")
    check((pbx.ip, "ACK") in requests, f"the requests are {requests}")


@case("e2e.capture.limits", timeout_s=90)
def limits(t):
    """A capture ends at its size and at its time; a second one is refused; none is lost by a killed dataplane."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)
    start(gateway, "with-media", "max-size", "1")
    for wrong in (("capture", "start"), ("capture", "export", str(t.lab.folder / "early.pcapng")),
                  ("capture", "start", "call", "none")):
        try:
            gateway.junctor(*wrong)
        except Failure as failure:
            t.note(str(failure))
        else:
            raise Failure(f"{' '.join(wrong)} is not refused")
    payload = bytes(1300)
    end = time.monotonic() + 30
    while capture(gateway, "show", "capture")["is_running"] and time.monotonic() < end:
        for _ in range(50):
            ends[0].send(to_a, payload)
            time.sleep(0.0005)
    state = capture(gateway, "show", "capture")
    check(state["ended_by"] == "its largest size was reached", str(state))
    check(900_000 < state["octets"] <= 1 << 20, f"the file has {state['octets']} octets")
    path = export(t, gateway, "full.pcapng")
    check(len(rows(path, "frame", "frame.number")) == state["packets"], "the file has not the packets that are said")

    start(gateway, "seconds", "1")
    wait_until("its time is over", lambda: not capture(gateway, "show", "capture")["is_running"], 5)
    check(capture(gateway, "show", "capture")["ended_by"] == "its time is over", "it ended otherwise")

    start(gateway, "with-media")
    exchange(*ends, to_a, to_b)
    time.sleep(0.5)  # what is older than this is in the file, whatever happens
    gateway.kill_control()
    gateway.start_control()
    check(capture(gateway, "show", "capture")["is_running"], "a restart of junctor-control ended it")
    gateway.kill_dataplane()
    gateway.start_dataplane()
    wait_until("control has the dataplane again", lambda: gateway.show("version")["dataplane_connected"], 10)
    wait_until("it is told what became of it", lambda: not capture(gateway, "show", "capture")["is_running"], 10)
    state = capture(gateway, "show", "capture")
    check(state["ended_by"] == "the dataplane was restarted", str(state))
    path = export(t, gateway, "killed.pcapng")
    voice = rows(path, f"udp.dstport == {to_a[1]}", "frame.number")
    check(len(voice) >= 10, f"{len(voice)} packets of voice are left of it")
    start(gateway)
    capture(gateway, "capture", "stop")
    hang_up(a, b)


@case("e2e.capture.under-load", timeout_s=240, cores=2)
def under_load(t):
    """Everything of 200 calls is captured, voice as well: it costs the calls no packet, and the file has as many as the
    dataplane received and sent meanwhile."""
    calls = Calls(t, hold_ms=30000)
    calls.establish()
    gateway = calls.gateway
    account = Account(gateway)
    calls.tell("start")
    time.sleep(1)
    start(gateway, "with-media", "max-size", "400")
    begun = account.passed()
    time.sleep(5)
    passed = sum(account.passed()) - sum(begun)
    state = capture(gateway, "capture", "stop")
    time.sleep(1)
    calls.tell("stop")
    time.sleep(0.5)
    packets = calls.settle(account)
    t.note(f"{passed} packets passed while it ran; captured {state['packets']}, lost to the capture {state['lost']}")
    check(packets > 2 * 2 * PAIR * 50 * 2, f"only {packets} packets were heard")
    check(state["packets"] > 0.5 * passed, f"only {state['packets']} packets are captured, {passed} passed")
    check(state["packets"] + state["lost"] >= passed,
          f"{state['packets']} packets are captured and {state['lost']} said to be lost to it, but {passed} passed")
    path = export(t, gateway)
    text = subprocess.run(["capinfos", "-Tm", "-c", str(path)], capture_output=True, text=True).stdout
    check(str(state["packets"]) in text, f"capinfos says {text}")
    calls.end()
    gateway.wait_no_calls(20)

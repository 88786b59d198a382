# SPDX-License-Identifier: MIT
"""Changes during a call: hold in all its forms, resume, UPDATE, offerless re-INVITE, glare."""
import time

from harness.message import make_sdp
from harness.process import check
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

# How a peer says hold in an offer; what the other side may be told; how that one answers. The fourth form, an answer of
# recvonly, is hold_by_answer().
FORMS = [
    ("sendonly", {"direction": "sendonly"}, ("sendonly", "inactive"), "recvonly"),
    ("inactive", {"direction": "inactive"}, ("inactive", "sendonly"), "inactive"),
    ("c=0.0.0.0", {"ip": "0.0.0.0"}, ("sendonly", "inactive"), "recvonly"),
]
PORTS = {"phones": 20000, "pbx": 30000}


def reinvite(first, second, offer, answer):
    """A re-INVITE of one end; the other gets one if the gateway has something to tell it. Returns both
    descriptions: what the other was offered (or None), what the first was answered."""
    first.send_request("INVITE", offer)
    agent = second.agent
    message = agent.next(lambda m: m.get("call-id") == second.call_id and not m.is_response, 1.0)
    offered = None
    if message is not None:
        check(message.method in ("INVITE", "UPDATE"), f"{message} came instead of a re-INVITE")
        second.request = message
        offered = message.sdp()
        second.reply(200, answer)
    ok = first.expect(200).sdp()
    first.ack()
    if message is not None and message.method == "INVITE":
        second.expect("ACK")
    return offered, ok


def hold_by(t, a, b, holder):
    first, second = (a, b) if holder == "phones" else (b, a)
    mine, theirs = first.agent, second.agent
    version = 2
    for name, how, told, answered in FORMS:
        offer = make_sdp(how.get("ip", mine.ip), PORTS[mine.host.side], direction=how.get("direction", ""), version=version)
        offered, ok = reinvite(first, second, offer, theirs.sdp(PORTS[theirs.host.side], direction=answered, version=version))
        check(offered is not None, f"hold by {name}: the other side was told nothing")
        check(offered.direction in told, f"hold by {name}: the other side was told {offered.direction}")
        check(ok.direction in ("recvonly", "inactive"), f"hold by {name} was answered with {ok.direction}")
        check(ok.ip != "0.0.0.0", f"hold by {name} was answered with c=0.0.0.0 (RFC 3264, 8.4 is for old peers only)")
        resume(t, a, b, first, name, version + 1)
        version += 2
    for answers_in in ("200", "ACK"):
        hold_by_answer(first, second, answers_in, version)
        resume(t, a, b, first, f"an answer of recvonly in the {answers_in}", version + 1, formats="8 101")
        version += 2


def hold_by_answer(first, second, answers_in, version):
    """The holder says recvonly not in an offer but in the answer to one: to what the other side offers anew (other
    codecs), or to what it asked the gateway to offer. The other side is told that nothing will come to it."""
    def sdp(call, **how):
        return call.agent.sdp(PORTS[call.agent.host.side], formats="8 101", version=version, **how)
    if answers_in == "200":
        offered, told = reinvite(second, first, sdp(second), sdp(first, direction="recvonly"))
        check(offered is not None and offered.formats[0] == "8", "the new codecs were not offered to the holder")
        second.settle()
    else:
        first.send_request("INVITE")
        offered = first.expect(200).sdp()
        first.ack(sdp(first, direction="recvonly"))
        told = second.expect("INVITE").sdp()
        second.reply(200, sdp(second, direction="sendonly"))
        second.expect("ACK")
    check(offered.direction == "sendrecv", f"the holder was offered {offered.direction}")
    check(told.direction in ("recvonly", "inactive"), f"hold in the {answers_in}: the other side was told {told.direction}")


def resume(t, a, b, first, name, version, formats="0 8 101"):
    """The holder takes the call back; then both hear each other."""
    second = b if first is a else a

    def sdp(call):
        return call.agent.sdp(PORTS[call.agent.host.side], formats=formats, version=version)
    offered, ok = reinvite(first, second, sdp(first), sdp(second))
    check(ok.direction == "sendrecv", f"resume after {name} was answered with {ok.direction}")
    check(offered is not None, f"resume after {name}: the other side was told nothing")
    check(offered.direction == "sendrecv", f"resume after {name}: the other side was told {offered.direction}")
    ends = [t.closing(RtpEnd(call.agent.host, PORTS[call.agent.host.side], payload_type=int(formats[0])))
            for call in (a, b)]
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"after hold by {name} and resume: heard {[len(h) for h in heard]} of 10")
    for end in ends:
        end.close()


@case("e2e.call.hold-by-caller")
def hold_by_caller(t):
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    hold_by(t, a, b, "phones")
    hang_up(a, b)
    check(gateway.counter("protocol_error") == 0, "a protocol error was counted")


@case("e2e.call.hold-by-callee")
def hold_by_callee(t):
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    hold_by(t, a, b, "pbx")
    hang_up(b, a)


@case("e2e.call.hold-keeps-rtcp")
def hold_keeps_rtcp(t):
    """On hold no voice, but RTCP goes on to both sides: some peers end a call without it after 30 s."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    rtcp = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20001), (t.pbx, 30001))]
    reinvite(a, b, phone.sdp(20000, direction="inactive", version=2), pbx.sdp(30000, direction="inactive", version=2))
    for end in rtcp:
        end.drain(0.05)
    for side, end in zip(("phones", "pbx"), rtcp):
        got = end.receive(12)
        check(got is not None, f"{side}: no RTCP in 12 s on hold")
        check(got[0][1] in (200, 201), f"{side}: what came on the RTCP port is no SR or RR: {got[0][:8].hex()}")
    hang_up(a, b)


@case("e2e.call.offerless-reinvite")
def offerless_reinvite(t):
    """A re-INVITE without SDP is answered with an offer; the answer comes in the ACK; voice goes on."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    a.send_request("INVITE")
    message = pbx.next(lambda m: m.get("call-id") == b.call_id and not m.is_response, 1.0)
    if message is not None:
        b.request = message
        b.reply(200, pbx.sdp(30000, version=1))
    offer = a.expect(200).sdp()
    check(offer.direction == "sendrecv" and offer.port == a.media.port, f"the offer says {offer.text}")
    a.ack(phone.sdp(20000, version=2))
    if message is not None:
        b.expect("ACK")
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(b, a)


@case("e2e.call.update")
def update(t):
    """UPDATE with an offer in a call, and one without (a session refresh): both are answered."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    a.send_request("UPDATE")
    a.expect(200)
    a.send_request("UPDATE", phone.sdp(20000, direction="sendonly", version=2))
    message = pbx.next(lambda m: m.get("call-id") == b.call_id and not m.is_response, 1.0)
    if message is not None:
        b.request = message
        b.reply(200, pbx.sdp(30000, direction="recvonly", version=2))
    ok = a.expect(200).sdp()
    check(ok.direction in ("recvonly", "inactive"), f"hold by UPDATE was answered with {ok.direction}")
    if message is not None and message.method == "INVITE":
        b.expect("ACK")
    hang_up(a, b)


@case("e2e.call.glare")
def glare(t):
    """Both ends send a re-INVITE at once: one or both get 491 (RFC 3261, 14.1), and the call lives on."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    a.send_request("INVITE", phone.sdp(20000, direction="sendonly", version=2))
    b.send_request("INVITE", pbx.sdp(30000, direction="sendonly", version=2))
    finals = {}
    end = time.monotonic() + 10
    while len(finals) < 2:
        check(time.monotonic() < end, f"a re-INVITE has no final response; only {finals}")
        for call in (a, b):
            message = call.agent.next(lambda m, c=call: m.get("call-id") == c.call_id and m.status != 100, 0.1)
            if message is None:
                continue
            if message.method == "INVITE" and not message.is_response:
                busy = call not in finals       # ours is under way: 491 (RFC 3261, 14.2)
                call.reply(491 if busy else 200, None if busy else call.agent.sdp(
                    20000 if call is a else 30000, direction="recvonly", version=2), request=message)
            elif message.status >= 200:
                finals[call] = message
                call.ack() if message.status == 200 else call.ack_failure(message)
    statuses = [finals[call].status for call in (a, b)]
    check(set(statuses) <= {200, 491} and 491 in statuses, f"glare ended in {statuses}")
    hang_up_after_glare(a, b)


def hang_up_after_glare(a, b):
    """As hang_up, but re-INVITEs that the gateway tries again after its 491 may come first."""
    a.send_request("BYE")
    while True:
        message = b.agent.next(lambda m: m.get("call-id") == b.call_id and not m.is_response, 5)
        check(message is not None, "BYE does not come through after glare")
        if message.method == "BYE":
            b.reply(200, request=message)
            break
        if message.method == "INVITE":
            b.reply(491, request=message)
    ok = a.agent.next(lambda m: m.get("call-id") == a.call_id and m.status >= 200 and m.method == "BYE", 5)
    check(ok is not None and ok.status == 200, f"BYE after glare got {ok}")

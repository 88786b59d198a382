# SPDX-License-Identifier: MIT
"""Where calls go: routes, the next target, nobody there, rewritten numbers, loops."""
import re

from harness.gateway import basic_config
from harness.message import finish
from harness.process import check
from harness.registry import case
from harness.sip import hang_up


def failover_config():
    """Calls to the PBX: first the peer .2 (trunk pbx), then .3 (trunk second)."""
    config = basic_config()
    config["trunks"][1]["response_timeout_ms"] = 800
    second = dict(config["trunks"][1], name="second", peers=[{"address": "10.10.2.3"}])
    config["trunks"].append(second)
    config["routes"][0]["to"] = ["pbx", "second"]
    return config


@case("e2e.call.failover-no-answer")
def failover_silence(t):
    """The first peer says nothing at all: the next is tried after response_timeout_ms."""
    t.pbx.add_address(3)
    t.gateway(failover_config())
    phone = t.agent(t.phones)
    dead, second = t.agent(t.pbx), t.agent(t.pbx, ip="10.10.2.3")
    a = phone.invite("1001", phone.sdp())
    b = second.expect_call(5)
    dead.expect_call()
    b.reply(200, second.sdp(30000))
    a.expect(200)
    a.ack()
    b.expect("ACK")
    hang_up(a, b)


@case("e2e.call.failover-503")
def failover_503(t):
    """503 and 500: the next route; 486: the caller's."""
    t.pbx.add_address(3)
    t.gateway(failover_config())
    phone = t.agent(t.phones)
    first, second = t.agent(t.pbx), t.agent(t.pbx, ip="10.10.2.3")
    for status in (503, 500):
        a = phone.invite("1001", phone.sdp())
        b = first.expect_call()
        b.reply(status)
        b.expect("ACK")
        c = second.expect_call()
        c.reply(486)
        c.expect("ACK")
        a.ack_failure(a.expect(486))
    a = phone.invite("1001", phone.sdp())
    b = first.expect_call()
    b.reply(486)
    b.expect("ACK")
    a.ack_failure(a.expect(486))
    second.expect_no_call()


@case("e2e.call.no-answer")
def no_answer(t):
    """Nobody answers: after answer_timeout_s the called side is cancelled, the caller gets 408 or 480."""
    config = basic_config()
    config["trunks"][1]["answer_timeout_s"] = 5
    t.gateway(config)
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp())
    b = pbx.expect_call()
    b.reply(180)
    a.expect(180)
    invite = b.request
    b.expect("CANCEL", 10)
    b.reply(200)
    b.reply(487, request=invite)
    b.expect("ACK")
    final = a.expect(None, 5)
    check(final.status in (408, 480), f"the caller got {final}")
    a.ack_failure(final)


@case("e2e.call.no-route")
def no_route(t):
    config = basic_config()
    config["routes"][0]["called"] = "_1XXX"
    t.gateway(config)
    phone = t.agent(t.phones)
    a = phone.invite("5001", phone.sdp())
    final = a.expect(None)
    check(final.status == 404, f"a number of no route got {final}")
    a.ack_failure(final)


@case("e2e.call.number-rewriting")
def rewriting(t):
    config = basic_config()
    config["routes"][0].update(called="_0X.", strip=1, prefix="+49")
    t.gateway(config)
    phone, pbx = t.both()
    a = phone.invite("0301234", phone.sdp())
    b = pbx.expect_call()
    check(b.invite.uri.startswith("sip:+49301234@"), f"the called side got {b.invite.uri}")
    b.reply(404)
    b.expect("ACK")
    a.ack_failure(a.expect(404))


@case("e2e.call.max-forwards-and-loops")
def loops(t):
    """Max-Forwards 0 gets 483; a call that comes back from the called side gets 482, and rings nowhere again."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp(), headers=())
    b = pbx.expect_call()
    check(int(b.invite.get("max-forwards")) < 70, "Max-Forwards does not count down")
    b.reply(486)
    b.expect("ACK")
    a.ack_failure(a.expect(486))
    text = phone.log[0][2].decode().replace("Max-Forwards: 70", "Max-Forwards: 0")
    text = text.replace(a.call_id, "zero" + a.call_id).replace("branch=z9hG4bK", "branch=z9hG4bKzero")
    phone.send(text)
    response = phone.next(lambda m: m.status >= 200, 5)
    check(response is not None and response.status == 483, f"Max-Forwards 0 got {response}")
    loops_back(gateway, phone, pbx)


def loops_back(gateway, phone, pbx):
    """The called side is a proxy that sends the call on to us: its Via above ours, everything else as it was."""
    a = phone.invite("1001", phone.sdp())
    b = pbx.expect_call()
    looped = b.invite.data.decode().replace(f"@{pbx.ip}", f"@{pbx.gateway}", 1)
    looped = looped.replace("Via:", f"Via: {pbx.via('z9hG4bKcomesback')}\r\nVia:", 1)
    looped = re.sub(r"Max-Forwards: \d+", lambda m: f"Max-Forwards: {int(m[0].split()[1]) - 1}", looped)
    check(looped.startswith(f"INVITE sip:1001@{pbx.gateway}"), f"the call did not name the called side: {looped}")
    pbx.send(looped)
    refusal = pbx.next(lambda m: m.status >= 200, 5)
    check(refusal is not None and refusal.status == 482, f"a call that comes back got {refusal}")
    pbx.send(finish([f"ACK sip:1001@{pbx.gateway} SIP/2.0", f"Via: {pbx.via('z9hG4bKcomesback')}", "Max-Forwards: 70",
                     f"From: {refusal.get('from')}", f"To: {refusal.get('to')}", f"Call-ID: {refusal.get('call-id')}",
                     f"CSeq: {refusal.cseq} ACK"], None))
    pbx.expect_no_call()
    phone.expect_no_call(0.2)
    check(gateway.counter("sip.loop") == 1, "the loop was not counted")
    # The call itself is none the worse for it.
    b.reply(200, pbx.sdp(30000))
    a.expect(200)
    a.ack()
    b.expect("ACK")
    hang_up(a, b)

# SPDX-License-Identifier: MIT
"""Calls, message by message: set-up, refusal, cancellation, repeated messages, offers in other places."""
import re

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


def whole_call(t, transport="UDP", family=4):
    """A call with voice both ways, each end ends one; then the records say so."""
    gateway = t.gateway(transport=transport, family=family)
    phone, pbx = t.both(transport=transport, family=family)
    for ender in ("caller", "callee"):
        a, b = talk(phone, pbx)
        ends = [t.closing(RtpEnd(h, p, family)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
        heard_a, heard_b = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
        check(len(heard_a) == 10 and len(heard_b) == 10,
              f"10 packets each way were sent, {len(heard_a)} and {len(heard_b)} heard")
        hang_up(*((a, b) if ender == "caller" else (b, a)))
        gateway.wait_no_calls()
        record = gateway.records()[0]
        check(record["ended_by"] == ender and record["sip_status"] == 200, f"the record says {record}")
        for end in ends:
            end.close()
    return gateway


@case("e2e.call.udp")
def call_udp(t):
    whole_call(t)


@case("e2e.call.tcp")
def call_tcp(t):
    whole_call(t, transport="TCP")


@case("e2e.call.udp-ipv6")
def call_udp_ipv6(t):
    whole_call(t, family=6)


@case("e2e.call.tcp-ipv6")
def call_tcp_ipv6(t):
    whole_call(t, transport="TCP", family=6)


@case("e2e.call.100-at-once")
def call_100(t):
    """100 comes although the called side says nothing."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp())
    a.expect(100, 1)
    b = pbx.expect_call()
    b.reply(486)
    b.expect("ACK")
    a.ack_failure(a.expect(486))


def branches_of(agent):
    """The unique part of every branch that an agent saw or sent."""
    wire = b"".join(data for _, _, data in agent.log).decode()
    return set(re.findall(r"branch=z9hG4bK([\w.-]+)", wire))


@case("e2e.call.hides-the-other-side")
def call_hides(t):
    """Nothing of one side is seen on the other: Call-ID, tags, branches, addresses in any header or SDP."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx, headers=["User-Agent: Secret-Phone 10.10.1.2"])
    a.send_request("INVITE", phone.sdp(20000, direction="sendonly", version=2))
    b.expect("INVITE")
    b.reply(200, pbx.sdp(30000, direction="recvonly", version=2))
    a.expect(200)
    a.ack()
    b.expect("ACK")
    hang_up(b, a)
    for agent, other, names in ((phone, t.pbx, (b,)), (pbx, t.phones, (a,))):
        wire = b"".join(data for _, way, data in agent.log if way == "<").decode()
        for call in names:
            tags = re.findall(r"tag=([\w.-]+)", call.local)
            branches = branches_of(call.agent)
            check(len(branches) >= 4, f"only {len(branches)} branches are on the other side's wire")
            for secret in (call.call_id, *tags, *branches, other.ip4, other.gateway4):
                check(secret not in wire, f"{agent.host.side} saw {secret} of the other side")


@case("e2e.call.early-media")
def early_media(t):
    """183 with SDP: the caller hears the called side before the answer; then 180 without, several of them."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp(20000))
    b = pbx.expect_call()
    b.reply(183, pbx.sdp(30000))
    early = a.expect(183).sdp()
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    offer = b.invite.sdp()
    heard, _ = exchange(*ends, (early.ip, early.port), (offer.ip, offer.port))
    check(len(heard) == 10, f"10 packets of early media were sent, {len(heard)} heard")
    b.reply(180)
    a.expect(180)
    b.reply(200, pbx.sdp(30000))
    a.expect(200)
    a.ack()
    b.expect("ACK")
    hang_up(a, b)


@case("e2e.call.busy")
def busy(t):
    gateway = t.gateway()
    phone, pbx = t.both()
    for status in (486, 404, 480, 603, 488):
        a = phone.invite("1001", phone.sdp())
        b = pbx.expect_call()
        b.reply(status)
        b.expect("ACK")
        a.ack_failure(a.expect(status))
        wait_until("the record is written", lambda s=status: gateway.records()[:1] and
                   gateway.records()[0]["sip_status"] == s)


@case("e2e.call.cancel")
def cancel(t):
    """CANCEL before and after ringing; 487 to the caller, CANCEL to the called side."""
    t.gateway()
    phone, pbx = t.both()
    for ring in (False, True):
        a = phone.invite("1001", phone.sdp())
        b = pbx.expect_call()
        if ring:
            b.reply(180)
            a.expect(180)
        else:
            b.reply(100)
        a.cancel()
        got = {a.expect(None).name, a.expect(None).name}
        check(got == {"200 (CANCEL)", "487 (INVITE)"}, f"the caller got {got}")
        invite = b.request
        b.expect("CANCEL")
        b.reply(200)
        b.reply(487, request=invite)
        b.expect("ACK")


@case("e2e.call.cancel-crosses-200")
def cancel_crosses_200(t):
    """The called side answers while CANCEL is under way (RFC 5407, 3.1.2): the gateway takes the 200 and says BYE."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp())
    b = pbx.expect_call()
    b.reply(180)
    a.expect(180)
    invite = b.request
    a.cancel()
    b.expect("CANCEL")
    b.reply(200, pbx.sdp(30000), request=invite)
    b.reply(481)                            # to the CANCEL: it came too late
    got = [b.expect("ACK").name, b.expect("BYE").name]
    b.reply(200)
    check(got == ["ACK", "BYE"], f"the called side got {got}")
    names = {a.expect(None).name, a.expect(None).name}
    check(names == {"200 (CANCEL)", "487 (INVITE)"}, f"the caller got {names}")


@case("e2e.call.bye-from-both")
def bye_both(t):
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    a.send_request("BYE")
    b.send_request("BYE")
    a_names, b_names = set(), set()
    for call, names in ((a, a_names), (b, b_names)):
        while "200" not in names:
            message = call.agent.next(lambda m, c=call: m.get("call-id") == c.call_id, 5)
            check(message is not None, f"{call.agent.host.side}: its BYE is not answered")
            names.add(str(message.status or message.method))
            if message.method == "BYE" and not message.is_response:
                call.reply(200, request=message)


@case("e2e.call.200-is-repeated-until-ack")
def lost_ack(t):
    """No ACK comes: the gateway repeats its 200 (RFC 3261, 13.3.1.4); a late ACK is enough."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp())
    b = pbx.expect_call()
    b.reply(200, pbx.sdp(30000))
    a.expect(200)

    def repeated():
        phone.silence(0.2)
        return sum(d.startswith(b"SIP/2.0 200") for _, w, d in phone.log if w == "<") >= 3
    wait_until("200 came three times", repeated, 10)
    a.ack()
    b.expect("ACK")
    hang_up(a, b)


@case("e2e.call.repeated-200-is-acked-again")
def repeated_200(t):
    """The called side did not get our ACK and repeats its 200: it gets the ACK again."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp())
    b = pbx.expect_call()
    answer = pbx.sdp(30000)
    b.reply(200, answer)
    a.expect(200)
    a.ack()
    b.expect("ACK")
    invite = b.invite
    for _ in range(2):
        before = sum(d.startswith(b"ACK") for _, w, d in pbx.log if w == "<")
        b.reply(200, answer, request=invite)

        def acked(count=before):
            pbx.next(lambda m: m.method == "ACK", 0.1)
            return sum(d.startswith(b"ACK") for _, w, d in pbx.log if w == "<") > count
        wait_until("the ACK is sent again", acked)
    hang_up(a, b)


@case("e2e.call.offerless")
def offerless(t):
    """INVITE without SDP: the offer comes in the 200, the answer in the ACK, on both sides."""
    t.gateway()
    phone, pbx = t.both()
    a = phone.invite("1001")
    b = pbx.expect_call()
    check(not b.invite.body, "the called side got an offer that nobody made")
    b.reply(180)
    a.expect(180)
    b.reply(200, pbx.sdp(30000))
    offer = a.expect(200).sdp()
    check(offer.port, "the caller got no offer in the 200")
    a.ack(phone.sdp(20000))
    answer = b.expect("ACK").sdp()
    check(answer.port, "the called side got no answer in the ACK")
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (offer.ip, offer.port), (answer.ip, answer.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(b, a)


@case("e2e.call.offerless-to-one-that-wants-an-offer")
def offerless_made_up(t):
    """The called side takes no INVITE without SDP (trunk delayed_offer false): the gateway makes the offer."""
    config = basic_config()
    config["trunks"][1]["delayed_offer"] = False
    t.gateway(config)
    phone, pbx = t.both()
    a = phone.invite("1001")
    b = pbx.expect_call()
    check(b.invite.body, "the called side got no offer")
    b.reply(200, pbx.sdp(30000))
    offer = a.expect(200).sdp()
    a.ack(phone.sdp(20000))
    b.expect("ACK")
    sent = b.invite.sdp()
    # Where nothing else is known yet the gateway may offer again, to tell the called side what the caller chose.
    while (message := b.agent.next(lambda m: m.get("call-id") == b.call_id, 0.5)) is not None:
        if message.method == "INVITE" and not message.is_response:
            b.request = message
            b.reply(200, pbx.sdp(30000, version=2))
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (offer.ip, offer.port), (sent.ip, sent.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


@case("e2e.call.unknown-methods")
def unknown_methods(t):
    """OPTIONS is answered 200, an unknown method 501, one that is not for us 405 with Allow; a request of no call 481."""
    t.gateway()
    phone, pbx = t.both()
    check(phone.ask("OPTIONS").status == 200, "OPTIONS is not answered with 200")
    for method, status in (("FROBNICATE", 501), ("SUBSCRIBE", 405), ("BYE", 481)):
        response = phone.ask(method)
        check(response.status == status, f"{method} got {response}")
        check(response.status != 405 or response.get("allow"), "405 came without Allow (RFC 3261, 21.4.6)")
    a, b = talk(phone, pbx)
    a.send_request("FROBNICATE")
    check(a.expect(None).status == 501, "an unknown method in a call was not refused")
    hang_up(a, b)


@case("e2e.call.info")
def info(t):
    """INFO: a digit passes both ways, its answer as well; a description gets 415, an Info-Package 469."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    digit = "Signal=5\r\nDuration=160\r\n"
    for first, second in ((a, b), (b, a)):
        for status in (200, 415):
            first.send_request("INFO", digit, ["Content-Type: application/dtmf-relay"])
            heard = second.expect("INFO")
            check(heard.get("content-type") == "application/dtmf-relay", f"it came as {heard.get('content-type')}")
            check(heard.body == digit, f"the digit came as {heard.body!r}")
            second.reply(status)
            first.expect(status)
        for body, headers, status in ((first.agent.sdp(), ["Content-Type: application/sdp"], 415),
                                      (digit, ["Content-Type: application/dtmf-relay", "Info-Package: nothing"], 469)):
            first.send_request("INFO", body, headers)
            refusal = first.expect(None)
            check(refusal.status == status, f"INFO with {headers} got {refusal}")
            check(status != 415 or "dtmf-relay" in refusal.get("accept"), "415 does not say what is taken (RFC 3261, 21.4.13)")
            second.silence(0.3, f"INFO with {headers}")
    hang_up(a, b)

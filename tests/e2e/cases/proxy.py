# SPDX-License-Identifier: MIT
"""A proxy that we did not write between the gateway and a user agent: Kamailio, in the way or out of it."""
from harness.process import check
from harness.proxy import Kamailio
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up

FAR = "10.10.2.66"


def behind(t, record_route):
    """The agents of both sides, that of the PBX behind a proxy."""
    t.pbx.add_address(66)
    phone, far = t.agent(t.phones), t.agent(t.pbx, ip=FAR)
    proxy = t.closing(Kamailio(t.pbx, FAR, record_route))
    far.gateway = t.pbx.ip4
    return phone, far, proxy


def set_up(caller, called):
    a = caller.invite("1001", caller.sdp(20000 if caller.ip != FAR else 30000))
    b = called.expect_call()
    b.reply(180)
    a.expect(180)
    b.reply(200, called.sdp(20000 if called.ip != FAR else 30000))
    ok = a.expect(200)
    a.media, b.media = ok.sdp(), b.invite.sdp()
    return a, b


def hold_and_resume(holder, held, agent_of_holder, agent_of_held, port, held_port):
    for version, direction, answer in ((2, "sendonly", "recvonly"), (3, "sendrecv", "sendrecv")):
        holder.send_request("INVITE", agent_of_holder.sdp(port, version=version, direction=direction))
        held.expect("INVITE")
        held.reply(200, agent_of_held.sdp(held_port, version=version, direction=answer))
        holder.expect(200)
        holder.ack()
        held.expect("ACK")
    holder.settle()


@case("e2e.peer.kamailio")
def in_the_way(t):
    """Record-Route: every message takes the proxy; calls and hold from both sides, CANCEL, a failure."""
    gateway = t.gateway()
    phone, far, _ = behind(t, record_route=True)
    for caller, called in ((phone, far), (far, phone)):
        a, b = set_up(caller, called)
        a.ack()
        b.expect("ACK")
        a.settle()
        phone_end, far_end = (a, b) if caller is phone else (b, a)
        ends = t.closing(RtpEnd(t.phones, 20000)), t.closing(RtpEnd(t.pbx, 30000, ip=FAR))
        to = [(c.media.ip, c.media.port) for c in (phone_end, far_end)]
        heard = exchange(*ends, *to)
        check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
        hold_and_resume(phone_end, far_end, phone, far, 20000, 30000)
        hold_and_resume(far_end, phone_end, far, phone, 30000, 20000)
        hang_up(b, a)
        for end in ends:
            end.close()
    for caller, called in ((phone, far), (far, phone)):
        a = caller.invite("1001", caller.sdp(20000))
        b = called.expect_call()
        b.reply(180)
        a.expect(180)
        a.cancel()
        a.expect(200)
        a.ack_failure(a.expect(487))
        b.expect("CANCEL")
        b.reply(200)
        b.reply(487, request=b.invite)
        b.expect("ACK")
        a = caller.invite("1001", caller.sdp(20000))
        b = called.expect_call()
        b.reply(486)
        b.expect("ACK")
        a.ack_failure(a.expect(486))
    for name in ("stranger_refused", "stranger_dropped", "stray_response", "malformed"):
        check(gateway.counter(f"sip.{name}") == 0, f"sip.{name} is {gateway.counter(f'sip.{name}')}")


@case("e2e.call.contact-elsewhere", timeout_s=90)
def out_of_the_way(t):
    """The proxy keeps out after the INVITE: the dialog goes on with an address that is none of the trunk's peers."""
    gateway = t.gateway()
    phone, far, _ = behind(t, record_route=False)
    for caller, called in ((phone, far), (far, phone)):
        far.gateway = t.pbx.ip4
        a, b = set_up(caller, called)
        far.gateway = t.pbx.gateway4
        a.ack()
        b.expect("ACK")
        a.settle()
        phone_end, far_end = (a, b) if caller is phone else (b, a)
        hold_and_resume(phone_end, far_end, phone, far, 20000, 30000)
        hold_and_resume(far_end, phone_end, far, phone, 30000, 20000)
        hang_up(far_end, phone_end)
    refused = gateway.counter("sip.stranger_refused")
    check(refused == 0, f"{refused} messages of the dialogs were refused as a stranger's")
    stray = far.invite("1001", far.sdp(30000))
    stray.expect(403)
    phone.silence(0.3, "a call of a stranger")
    check(gateway.counter("sip.stranger_refused") == 1, "the stranger is not counted")

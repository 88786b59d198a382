# SPDX-License-Identifier: MIT
"""The configuration changed at the console, with calls up."""
import time

from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

from .survive import PAIR, Calls


@case("e2e.config.commit-under-load", timeout_s=240, cores=2)
def commit_under_load(t):
    """A trunk more, routes in another order, other codecs: no packet of 200 calls is lost, and the next call is
    routed anew."""
    calls = Calls(t, hold_ms=30000, folder=True)
    calls.establish()
    gateway = calls.gateway
    calls.tell("start")
    time.sleep(3)
    # 1999 goes to a trunk of its own from now on: its route has to stand ahead of the one that takes 1XXX.
    text = gateway.console(
        "configure", "set trunk third listener pbx options-interval 0 peer 10.10.2.9",
        "set route special from phones called 1999 to third", "insert route special first",
        "set trunk pbx codec [ PCMA PCMU telephone-event ]", "set media dscp 26", "show | compare",
        "commit comment \"under load\"")
    for line in ("+ trunk third listener pbx", "+ media dscp 26", "revision 2 holds"):
        check(line in text, f"the console does not say {line!r}:\n{text}")
    text = gateway.console("configure", "delete trunk third", "delete route special", "commit", "rollback 2", "commit")
    check("revision 4 holds" in text, text)
    time.sleep(3)
    calls.tell("stop")
    time.sleep(0.5)
    packets, lost, _ = calls.judge()
    t.note(f"{packets} packets heard, {lost} lost")
    check(packets > 2 * 2 * PAIR * 50 * 4, f"only {packets} packets were heard")
    check(lost == 0, f"{lost} of {packets + lost} packets were lost")
    check(len(gateway.calls()) == 2 * PAIR, f"{len(gateway.calls())} of {2 * PAIR} calls are up")
    t.pbx.add_address(9)
    third = t.agent(t.pbx, ip="10.10.2.9")
    phone = t.agent(t.phones, port=5070)
    a = phone.invite("1999", phone.sdp(20000))
    b = third.expect_call()
    b.reply(486)
    b.expect("ACK")
    a.ack_failure(a.expect(486))
    calls.end()
    gateway.wait_no_calls(20)


@case("e2e.config.commit-confirmed", timeout_s=150)
def commit_confirmed(t):
    """A commit that nobody confirms returns by itself, also when junctor-control dies in between; the call goes on."""
    gateway = t.gateway(folder=True, timeout_s=0)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)
    text = gateway.console("configure", "delete route to-pbx", "set trunk phones enabled false", "commit confirmed 1")
    check("revision 2 holds" in text, text)
    began = time.monotonic()
    refused = phone.invite("1001", phone.sdp(20004))
    failure = refused.expect(None)
    check(failure.status in (403, 404, 503), f"with the trunk disabled a call gets {failure}")
    refused.ack_failure(failure)
    text = gateway.console("configure", "set media dscp 1", "commit confirmed 5", fails=True)
    check("pending" in text or "confirm" in text, text)
    gateway.kill_control()
    gateway.start_control()
    check("returns to 1" in gateway.console("configure"), "the new process does not know of the commit that waits")
    wait_until("the first revision holds again", lambda: "route to-pbx" in gateway.console("show configuration"), 75)
    took = time.monotonic() - began
    t.note(f"returned after {took:.1f} s")
    check(took > 50, f"returned after {took:.1f} s already")
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    again, other = talk(phone, pbx)
    hang_up(again, other)
    hang_up(a, b)


@case("e2e.config.two-editors")
def two_editors(t):
    """Mistakes are named by place, roles and conflicts refuse, revisions come back; lines typed in a row."""
    gateway = t.gateway(folder=True)
    text = gateway.console("configure", "set trunk pbx max-calls 5", "set route to-pbx to nowhere", "commit", fails=True)
    check("% route to-pbx to nowhere:" in text, text)
    text = gateway.console("configure", "set trunk pbx max-cals 5", fails=True)
    check("max-cals" in text, text)
    gateway.console("configure", "set trunk pbx max-calls 5", "commit comment first")
    trunk = gateway.show("trunks", "pbx")[0]
    check(trunk["max_calls"] == 5, f"max_calls is {trunk['max_calls']}")
    lines = [f"set trunk t{n} listener pbx options-interval 0 peer 10.10.2.{n % 200 + 10} port {5000 + n}" for n in range(1000)]
    lines += [f"set route r{n} called 5{n:04d} to t{n}" for n in range(1000)]
    began = time.monotonic()
    text = gateway.console("configure", *lines, "commit comment many")
    t.note(f"2,000 lines and their commit took {time.monotonic() - began:.1f} s")
    check("revision 3 holds" in text, text[-2000:])
    check(len(gateway.show("trunks")) == 1002, f"{len(gateway.show('trunks'))} trunks")
    text = gateway.console("configure", "rollback 1", "commit", "run show commits")
    check("revision 4 holds" in text and "many" in text, text)
    check(len(gateway.show("trunks")) == 2, f"{len(gateway.show('trunks'))} trunks")
    check(gateway.show("trunks", "pbx")[0]["max_calls"] == 0, "the first revision does not hold")

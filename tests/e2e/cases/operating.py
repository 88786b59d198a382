# SPDX-License-Identifier: MIT
"""What an operator sees of calls and trunks, and does to them, with calls up."""
import json
import os
import re
import shutil
import subprocess

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


def ask(gateway, line, fails=False, text=None):
    """The answer to one line of the console; `text` must be in it."""
    said = gateway.console(line, fails=fails)
    check(text is None or text in said, f"{line!r} does not say {text!r} but:\n{said}")
    return said


def ask_json(gateway, line):
    return json.loads(gateway.console(line + " | json"))


def trunk_of(gateway, name):
    return ask_json(gateway, f"show trunk {name}")[0]


def refused(end, called="1001", status=503):
    """A call that is turned away at once; the final response."""
    call = end.invite(called, end.sdp(20008))
    final = call.expect(None)
    call.ack_failure(final)
    check(final.status == status, f"a call got {final}, not {status}")
    return final


def busy(phone, pbx, called="1001", status=486):
    """A call that the called side refuses."""
    a = phone.invite(called, phone.sdp(20012))
    b = pbx.expect_call()
    b.reply(status)
    b.expect("ACK")
    a.ack_failure(a.expect(status))


@case("e2e.operating.show-calls")
def show_calls(t):
    """Calls by trunk and number, brief and whole, named by how their ids begin; those that failed."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx, called="1001")
    c, d = talk(phone, pbx, called="0301234")
    busy(phone, pbx, called="1002")
    for line, numbers in (("show calls", {"1001", "0301234"}), ("show calls brief", {"1001", "0301234"}),
                          ("show calls trunk pbx", {"1001", "0301234"}), ("show calls number 1001", {"1001"}),
                          ("show calls number _030.", {"0301234"}), ("show calls number 2001", {"1001", "0301234"}),
                          ("show calls number 999", set())):
        found = {call["called"] for call in ask_json(gateway, line)}
        check(found == numbers, f"{line} shows {found}, not {numbers}")
        lines = ask(gateway, line).splitlines()
        check(len(lines) == max(len(numbers), 0) + 1, f"{line} has {len(lines)} lines")
    ask(gateway, "show calls trunk nobody", fails=True, text="there is no trunk nobody")
    detail = ask(gateway, "show calls detail")
    for part in (a.call_id, b.call_id, c.call_id, d.call_id, "10.10.1.2:5060", "10.10.2.2:5060", "to-pbx", "PCMU/8000",
                 "trunk phones, confirmed", "established"):
        check(part in detail, f"show calls detail does not tell {part}:\n{detail}")
    ids = [call["id"] for call in gateway.calls()]
    for id_, number in zip(ids, ("1001", "0301234")):
        check(ask_json(gateway, f"show calls {id_[:10]}")[0]["called"] == number, "another call begins so")
    ask(gateway, "show calls zzzz", fails=True, text="there is no call zzzz")
    hang_up(a, b)
    hang_up(d, c)
    gateway.wait_no_calls()
    failed = ask_json(gateway, "show calls history failed")
    check([r["called"] for r in failed] == ["1002"], f"of those that failed there are {failed}")
    check(len(ask_json(gateway, "show calls history last 2")) == 2, "history last 2 has not 2")
    check(ask_json(gateway, "show calls history failed last 1")[0]["sip_status"] == 486, "it failed otherwise")
    check("1002" in gateway.junctor("show", "calls", "history"), "as arguments it is something else")


@case("e2e.operating.clear-call")
def clear_call(t):
    """Calls are cleared when they are up, ring, or have just begun; the record says by whom."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()

    def clear(number):
        id_ = ask_json(gateway, f"show calls number {number}")[0]["id"]
        ask(gateway, f"clear call {id_[:12]}", text=f"to {number} is cleared")

    ask(gateway, "clear call nothing", fails=True, text="there is no call nothing")
    a, b = talk(phone, pbx, called="1001")
    clear("1001")
    for end in (a, b):
        bye = end.expect("BYE")
        check("cause=16" in (bye.get("reason") or ""), f"the BYE says {bye.get('reason')}")
        end.reply(200)
    c = phone.invite("1002", phone.sdp(20004))
    d = pbx.expect_call()
    d.reply(180)
    c.expect(180)
    clear("1002")
    c.ack_failure(c.expect(480))
    ringing = d.request
    d.expect("CANCEL")
    d.reply(200)
    d.reply(487, request=ringing)
    d.expect("ACK")
    e = phone.invite("1003", phone.sdp(20004))
    f = pbx.expect_call()
    clear("1003")
    e.ack_failure(e.expect(480))
    f.silence(0.3, "a CANCEL before any response (RFC 3261, 9.1)")
    begun = f.request
    f.reply(100)
    f.expect("CANCEL")
    f.reply(200)
    f.reply(487, request=begun)
    f.expect("ACK")
    gateway.wait_no_calls()
    records = {r["called"]: r for r in gateway.records()}
    for number, status in (("1001", 200), ("1002", 480), ("1003", 480)):
        record = records[number]
        check((record["sip_status"], record["ended_by"], record["reason"]) == (status, "operator", "cleared by root"),
              f"the record of {number} says {record}")
    failed = {r["called"] for r in ask_json(gateway, "show calls history failed")}
    check(failed == {"1002", "1003"}, f"of those that failed there are {failed}")
    check(ask_json(gateway, "show media") == [], "the dataplane has a session left")


@case("e2e.operating.trunks", timeout_s=90)
def trunks(t):
    """show trunk: health, calls against limits, why calls failed; calls in a second are limited both ways."""
    config = basic_config()
    config["trunks"][0].update(max_calls=3, max_calls_per_second=2)
    config["trunks"][1].update(options_interval_s=1)
    gateway = t.gateway(config, folder=True)
    phone, pbx = t.both()
    options = pbx.next(lambda m: m.method == "OPTIONS", 5)
    check(options is not None, "no OPTIONS came")
    from harness.sip import Call
    Call(pbx, options).reply(200, request=options)
    wait_until("the peer is up", lambda: trunk_of(gateway, "pbx")["peers"][0]["state"] == "up", 5)
    peer = trunk_of(gateway, "pbx")["peers"][0]
    check(peer["options_round_trip_us"] > 0 and peer["checked_unix_ms"] > 0, f"of the peer is known {peer}")
    gateway.console("configure", "set trunk pbx options-interval 0", "commit")
    pbx.messages.clear()
    a, b = talk(phone, pbx)
    c, d = talk(phone, pbx, called="1002")
    limited = refused(phone, called="1003")
    check(limited.get("retry-after") == "1", f"Retry-After is {limited.get('retry-after')}")
    trunk = trunk_of(gateway, "phones")
    check((trunk["calls"], trunk["max_calls"], trunk["max_calls_per_second"], trunk["calls_refused"]) == (2, 3, 2, 1),
          f"the trunk is {trunk}")

    def rested():
        return trunk_of(gateway, "phones")["calls_last_second"] == 0
    wait_until("a second has passed", rested, 5)
    e, f = talk(phone, pbx, called="1003")
    wait_until("a second has passed", rested, 5)
    refused(phone, called="1004")
    text = ask(gateway, "show trunk phones")
    for part in ("3 of 3", "0 of 2", "refused       2"):
        check(part in text, f"show trunk does not tell {part}:\n{text}")
    hang_up(e, f)
    hang_up(c, d)
    wait_until("a second has passed", rested, 5)
    busy(phone, pbx, status=486)
    busy(phone, pbx, status=404)
    wait_until("a second has passed", rested, 5)
    busy(phone, pbx, status=486)
    causes = [(c["sip_status"], c["reason"], c["count"]) for c in trunk_of(gateway, "pbx")["causes"]]
    check(causes == [(486, "486 Busy Here", 2), (404, "404 Not Found", 1)], f"the causes are {causes}")
    check("486 Busy Here" in ask(gateway, "show trunk pbx"), "the causes are not shown")
    wait_until("a second has passed", rested, 5)
    x = pbx.invite("2001", pbx.sdp(30004))    # the other way: the limit holds for what goes out, too
    y = phone.expect_call()
    y.reply(486)
    y.expect("ACK")
    x.ack_failure(x.expect(486))
    x = pbx.invite("2001", pbx.sdp(30004))
    y = phone.expect_call()
    y.reply(486)
    y.expect("ACK")
    x.ack_failure(x.expect(486))
    refused(pbx, called="2001")
    hang_up(a, b)


@case("e2e.operating.drain", timeout_s=120)
def drain(t):
    """A drained trunk takes no call and keeps those that are up, through commits and a restart, until it is enabled."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    a, b = talk(phone, pbx)
    ask(gateway, "trunk nobody drain", fails=True, text="there is no trunk nobody")
    ask(gateway, "trunk pbx drain", text="trunk pbx drains, 1 call is left")
    check(not refused(phone).get("retry-after"), "nobody knows when it is enabled")
    pbx.expect_no_call()
    refused(pbx, called="2001")
    check(trunk_of(gateway, "pbx")["state"] == "draining", "it does not drain")
    gateway.console("configure", "set trunk pbx max-calls 7", "commit")
    check(trunk_of(gateway, "pbx")["state"] == "draining", "a commit enabled it")
    gateway.kill_control()
    gateway.start_control()
    trunk = trunk_of(gateway, "pbx")
    check((trunk["state"], trunk["calls"]) == ("draining", 1), f"after a restart it is {trunk}")
    refused(phone)
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)
    wait_until("it is drained", lambda: trunk_of(gateway, "pbx")["state"] == "drained", 5)
    ask(gateway, "trunk pbx enable", text="trunk pbx takes calls")
    hang_up(*talk(phone, pbx))
    gateway.kill_control()
    gateway.start_control()
    hang_up(*talk(phone, pbx))


@case("e2e.operating.remove-trunk", timeout_s=120)
def remove_trunk(t):
    """A trunk that a commit removes drains: its call stays, also through a restart; a forced one ends its calls."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    a, b = talk(phone, pbx)
    text = gateway.console("configure", "delete route to-pbx", "delete route to-phones", "delete trunk pbx", "commit")
    check("! trunk pbx is removed, and drains: 1 call left" in text, text)

    def removed():
        return [(x["state"], x["calls"]) for x in ask_json(gateway, "show trunks") if x["is_removed"]]
    check(removed() == [("draining", 1)], f"removed are {removed()}")
    check("removed, draining" in ask(gateway, "show trunks"), "show trunks does not list it")
    refused(pbx, called="2001")
    refused(phone, status=404)
    gateway.kill_control()
    gateway.start_control()
    check(removed() == [("draining", 1)], f"after a restart removed are {removed()}")
    check([c["state"] for c in gateway.calls()] == ["established"], "the call did not live through the restart")
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(b, a)                             # and its side is still known
    wait_until("nothing is left of it", lambda: not removed(), 5)
    ask(gateway, "show trunk pbx", fails=True, text="there is no trunk pbx")

    gateway.console("configure", "rollback 1", "commit")
    a, b = talk(phone, pbx)
    c, d = talk(phone, pbx, called="1002")
    text = gateway.console("configure", "delete route to-pbx", "delete route to-phones", "delete trunk pbx",
                           "commit force comment moved")
    check("! trunk pbx is removed: 2 calls cleared" in text, text)
    for end in (a, b, c, d):
        end.expect("BYE")
        end.reply(200)
    gateway.wait_no_calls()
    check({r["reason"] for r in gateway.records(2)} == {"cleared by root"}, f"the records say {gateway.records(2)}")
    check("moved" in ask(gateway, "show commits"), "the comment is lost")
    wait_until("nothing is left of it", lambda: not removed(), 5)


@case("e2e.operating.media-and-memory")
def media_and_memory(t):
    """Voice of one call with its source; what both programs take of memory."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    a, b = talk(phone, pbx)
    exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    id_ = gateway.calls()[0]["id"]
    for line in (f"show media {id_}", f"show media call {id_[:14]}"):
        legs = ask_json(gateway, line)[0]["legs"]
        check(all(leg["packets_received"] >= 10 for leg in legs) and len(legs) == 2, f"{line} counts {legs}")
        learned = [(leg["learned"]["ip"], leg["learned"]["port"]) for leg in legs]
        check(learned == [("10.10.1.2", 20000), ("10.10.2.2", 30000)], f"the sources are {learned}")
        text = ask(gateway, line)
        for part in ("SOURCE", "learned", "SRTP", "none", "PCMU/8000"):
            check(part in text, f"{line} does not tell {part}:\n{text}")

    def memory():
        return {f"{m['program']} {m['what']}": m for m in ask_json(gateway, "show memory")}
    rows = memory()
    check(rows["junctor-control in all"]["bytes"] > 1 << 20 and rows["junctor-control in all"]["limit_bytes"] > 1 << 20,
          f"in all: {rows}")
    up = rows["junctor-control calls"]
    check((up["count"], up["limit_count"]) == (1, 10000), f"the calls are {up}")
    check(rows["junctor-control trace of SIP messages"]["count"] >= 8, f"{rows}")
    check(rows["junctor-control journal, on disk"]["bytes"] > 0, f"{rows}")
    flows = rows["junctor-dataplane flows"]
    check((flows["count"], flows["limit_count"]) == (2, 2004), f"the flows are {flows}")  # and 4 of a loopback call
    buffers = rows["junctor-dataplane packet buffers, in use"]
    check(0 < buffers["count"] < buffers["limit_count"] and buffers["bytes"] > 1 << 20, f"the buffers are {buffers}")
    check("junctor-dataplane packet memory, ordinary pages" in rows, f"{list(rows)}")
    check("ordinary pages" in ask(gateway, "show memory"), "it is not shown")
    hang_up(a, b)
    gateway.wait_no_calls()
    wait_until("the flows are gone", lambda: memory()["junctor-dataplane flows"]["count"] == 0, 5)
    gateway.kill_dataplane()
    wait_until("without the dataplane its rows are left out",
               lambda: "! the dataplane is not connected" in ask(gateway, "show memory"), 10)
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)


@case("e2e.operating.roles", timeout_s=90)
def roles(t):
    """A viewer sees, an operator clears and drains as well, an admin commits; who asks is told by the kernel."""
    config = basic_config()
    config["system"]["users"] = [{"name": "bin", "role": "OPERATOR"}, {"name": "sys", "role": "ADMIN"}]
    gateway = t.gateway(config, folder=True)
    junctor = t.lab.folder / "junctor"
    shutil.copy(os.path.join(gateway.bin, "junctor"), junctor)
    for path, mode in ((t.lab.folder, 0o755), (gateway.run_dir, 0o755), (gateway.run_dir / "management.sock", 0o666)):
        path.chmod(mode)
    phone, pbx = t.both()

    def as_user(name, *lines):
        argv = ["setpriv", f"--reuid={name}", "--regid=nogroup", "--clear-groups", junctor,
                "--run-dir", gateway.run_dir]
        done = subprocess.run(t.lab.gw.argv(argv), input="".join(line + "\n" for line in lines), capture_output=True,
                              text=True, timeout=30)
        return done.stdout + done.stderr

    # Who may do what; daemon is no user of the configuration, and may see.
    operator_only, admin_only = "may not do this: that is for operators and admins", "only an admin may configure"
    commit = ("configure", "set media dscp 26", "commit")
    for user, clears, commits in (("daemon", False, False), ("bin", True, False), ("sys", True, True)):
        a, b = talk(phone, pbx)
        id_ = gateway.calls()[0]["id"]
        check(id_ in as_user(user, "show calls"), f"{user} does not see the call")
        for command, done in (("trunk pbx drain", "trunk pbx drains"), ("trunk pbx enable", "trunk pbx takes calls"),
                              (f"clear call {id_}", "is cleared")):
            said = as_user(user, command)
            check((done if clears else operator_only) in said, f"{command!r} by {user} is answered by {said}")
        if clears:
            for end in (a, b):
                end.expect("BYE")
                end.reply(200)
            gateway.wait_no_calls()
            check(gateway.records(1)[0]["reason"] == f"cleared by {user}", f"the record says {gateway.records(1)}")
        else:
            check(gateway.calls()[0]["id"] == id_, "the call was cleared all the same")
            check(trunk_of(gateway, "pbx")["state"] == "up", "the trunk was drained all the same")
            hang_up(a, b)
            gateway.wait_no_calls()
        said = as_user(user, *commit)
        said += as_user(user, "configure exclusive") if not commits else ""
        check(commits or "may not do this: that is for admins" in said, f"{user} may configure exclusively: {said}")
        check(("revision 2 holds" if commits else admin_only) in said, f"a commit by {user} is answered by {said}")
    check(re.search(r"2 .* sys ", ask(gateway, "show commits")), "the commit is not said to be of sys")

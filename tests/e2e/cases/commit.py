# SPDX-License-Identifier: MIT
"""The configuration changed at the console, with calls up."""
import json
import re
import subprocess
import tempfile
import time

from harness.account import Account
from harness.disk import CALLS, Disk, own_mounts, stopped_at, thread_of
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

from .survive import PAIR, Calls


@case("e2e.config.commit-under-load", timeout_s=240, cores=2)
def commit_under_load(t):
    """A trunk more, routes in another order, other codecs in their profile: the dataplane loses no packet of 200 calls,
    and the next call is routed anew."""
    calls = Calls(t, hold_ms=30000, folder=True)
    calls.establish()
    gateway = calls.gateway
    account = Account(gateway)
    calls.tell("start")
    time.sleep(3)
    # 1999 goes to a trunk of its own from now on: its route has to stand ahead of the one that takes 1XXX.
    text = gateway.console(
        "configure", "set trunk third listener pbx options-interval 0 peer 10.10.2.9",
        "set route special from phones called 1999 to third", "insert route special first",
        "set media codec-profile house codec [ PCMA PCMU telephone-event ]", "set trunk pbx codec-profile house",
        "set media dscp 26", "show | compare",
        "commit comment \"under load\"")
    for line in ("+ trunk third listener pbx", "+ media dscp 26", "revision 2 holds"):
        check(line in text, f"the console does not say {line!r}:\n{text}")
    text = gateway.console("configure", "delete trunk third", "delete route special",
                           "set media codec-profile house codec [ PCMU telephone-event ]", "commit", "rollback 2", "commit")
    check("revision 4 holds" in text, text)
    time.sleep(3)
    calls.tell("stop")
    time.sleep(0.5)
    packets = calls.settle(account)
    check(packets > 2 * 2 * PAIR * 50 * 2, f"only {packets} packets were heard")
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
    check("revision 2 holds\n! revision 2 returns to 1 in " in text, text)
    check(" s left" in gateway.console("show commits").splitlines()[1], gateway.console("show commits"))
    waits = [(c["number"], c["return_to"], 0 < c["left_s"] <= 60) for c in gateway.show("commits")]
    check(waits == [(2, 1, True), (1, 0, False)], f"show commits | json says {gateway.show('commits')}")
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
    wait_until("the first revision holds again", lambda: "route to-pbx" in gateway.console("show configuration"), 100)
    took = time.monotonic() - began
    t.note(f"returned after {took:.1f} s")
    check(took > 50, f"returned after {took:.1f} s already")
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    again, other = talk(phone, pbx)
    hang_up(again, other)
    hang_up(a, b)


@case("e2e.config.many-lines")
def many_lines(t):
    """Mistakes are named by place, 2,000 lines typed in a row are committed, and revisions come back."""
    gateway = t.gateway(folder=True)
    text = gateway.console("configure", "set trunk pbx max-calls 5", "set route to-pbx to nowhere", "commit", fails=True)
    check("% route to-pbx to nowhere:" in text, text)
    text = gateway.console("configure", "set trunk pbx max-cals 5", fails=True)
    check("max-cals" in text, text)
    gateway.console("configure", "set trunk pbx max-calls 5", "commit comment first")
    trunk = gateway.show("trunks", "pbx")[0]
    check(trunk["max_calls"] == 5, f"max_calls is {trunk['max_calls']}")
    text = gateway.console("configure", "set route to-pbx to phones", "insert route to-pbx to phones before pbx",
                           "show | compare", "delete route to-pbx to phones", "commit")
    check("+ route to-pbx to [ phones pbx ]" in text and "nothing to commit" in text, text)
    lines = [f"set trunk t{n} listener pbx options-interval 0 peer 10.10.2.{n % 200 + 10} port {5000 + n}" for n in range(1000)]
    lines += [f"set route r{n} called 5{n:04d} to t{n}" for n in range(1000)]
    began = time.monotonic()
    text = gateway.console("configure", *lines, "commit comment many")
    t.note(f"2,000 lines and their commit took {time.monotonic() - began:.1f} s")
    check("revision 3 holds" in text, text[-2000:])
    check(len(gateway.show("trunks")) == 1002, f"{len(gateway.show('trunks'))} trunks")
    text = gateway.console("configure", "set route to-pbx called 5XXX", "commit check", "commit", "rollback 3", "commit")
    check("! route to-pbx: called 5XXX is a literal; patterns begin with _ (_5XXX)" in text, text)
    text = gateway.console("configure", "rollback 1", "commit", "commit comment again", "run show commits")
    check("revision 6 holds" in text and "many" in text, text)
    check("nothing to commit: the candidate is what runs" in text and "again" not in text.split("REVISION")[1],
          f"a commit without a change made a revision:\n{text}")
    check(len(gateway.show("trunks")) == 2, f"{len(gateway.show('trunks'))} trunks")
    check(gateway.show("trunks", "pbx")[0]["max_calls"] == 0, "the first revision does not hold")


@case("e2e.config.power-cut", timeout_s=240)
def power_cut(t):
    """The power is cut at each step of a commit: what the disk holds then is the old revision or the new one, whole, and
    a gateway that starts from it has its call still."""
    own_mounts()
    folder = t.lab.folder
    disk = t.closing(Disk(folder / "disk.img", folder / "config"))
    gateway = t.gateway(folder=True, timeout_s=0)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)

    cuts = []  # (image, what was committed there, system call)
    value = 100
    gateway.console("configure", f"set trunk pbx max-calls {value}", "commit")
    writer = thread_of(gateway.control.pid, "config-disk")  # there since the first commit
    for call in CALLS:
        is_cut, nth = True, 0
        while is_cut:
            value, nth = value + 1, nth + 1
            check(nth < 100, f"a commit calls {call} without end")
            commit = lambda n=value: subprocess.Popen(
                gateway.lab.gw.argv([f"{gateway.bin}/junctor", "--run-dir", gateway.run_dir]), stdin=typed(n),
                stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            with stopped_at(writer, call, nth, commit, folder / f"strace.{value}") as is_cut:
                if is_cut:
                    cuts.append((folder / f"cut.{value}.img", value, f"{call} {nth}"))
                    disk.as_after_a_power_cut(cuts[-1][0])
            now = gateway.show("trunks", "pbx")[0]["max_calls"]
            check(now == value, f"after a commit that was held up max_calls is {now}, not {value}")

    old = new = 0
    for image, value, call in cuts:
        copy = Disk(image, folder / "copy")
        done = subprocess.run([f"{gateway.bin}/junctor-control", "--check", "--config", folder / "copy"],
                              capture_output=True, text=True)
        check(done.returncode == 0, f"after a cut at {call} the configuration is refused:\n{done.stderr}")
        kept = json.loads(re.sub("^//.*", "", (folder / "copy" / "running.json").read_text()))
        found = next(one for one in kept["trunks"] if one["name"] == "pbx").get("max_calls", 0)
        check(found in (value - 1, value), f"after a cut at {call} max_calls is {found}")
        old, new = old + (found == value - 1), new + (found == value)
        copy.close()
    t.note(f"{len(cuts)} steps: {old} leave the old revision, {new} the new one")
    check(old > 10, f"{len(cuts)} steps are no commit that was cut in the middle")
    check(new > 1, "the new revision is not on the disk before the commit is over")

    for image, value, call in (cuts[0], cuts[len(cuts) // 2], cuts[-1]):
        gateway.kill_control()
        disk.close()
        disk = t.closing(Disk(image, folder / "config"))
        gateway.start_control()
        check(len(gateway.calls()) == 1, f"after a cut at {call} the call is gone")
        text = gateway.console("configure", "set media dscp 7", "commit", "run show commits")
        check("holds" in text, f"after a cut at {call} nothing can be committed:\n{text}")
        heard = exchange(*ends, to_a, to_b)
        check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


def typed(max_calls):
    """A file from which the console reads a commit."""
    file = tempfile.TemporaryFile()
    file.write(f"configure\nset trunk pbx max-calls {max_calls}\ncommit\n".encode())
    file.seek(0)
    return file

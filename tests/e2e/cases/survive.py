# SPDX-License-Identifier: MIT
"""200 calls with voice; one of the two processes is killed with SIGKILL; the receiving ends count."""
import time

from harness.account import Account
from harness.gateway import basic_config
from harness.peers import Sipp
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpLoad, judge

PAIR = 100      # calls a pair of sipps; two pairs: in one the caller hangs up, in the other the called side
SETUP_RATE = 25


class Calls:
    """200 calls between two pairs of sipps, with rtp-load as everybody's voice."""

    def __init__(self, t, hold_ms, folder=False):
        self.t = t
        second = t.pbx.add_address(3)
        config = basic_config()
        config["trunks"].append(dict(config["trunks"][1], name="second", peers=[{"address": second}]))
        config["routes"][0]["called"] = "_1XXX"
        config["routes"].append({"name": "to-second", "from": "phones", "called": "_2XXX", "to": ["second"]})
        self.gateway = t.gateway(config, folder=folder)
        self.sipps = []
        self.loads = {}
        self._pair("1", 5060, t.pbx.ip4, 6000, "caller.xml", "called.xml", hold_ms)
        self._pair("2", 5062, second, 8000, "caller-waits.xml", "called-hangs-up.xml", hold_ms)

    def _pair(self, digit, port, pbx_ip, media_port, caller, called, hold_ms):
        t = self.t
        common = {"calls": PAIR, "media_port": media_port, "hold_ms": hold_ms, "timeout_s": 150, "takes_repeats": True}
        far = Sipp(t.pbx, called, f"called-{digit}", ip=pbx_ip, **common)
        time.sleep(0.5)
        near = Sipp(t.phones, caller, f"caller-{digit}", port=port, target=t.phones.gateway4, rate=SETUP_RATE,
                    called=f"{digit}001", **common)
        self.sipps += [near, far]
        base = int(digit) * 1000
        # sipp keeps media_port itself for its own echo; its scenarios name the ports from 100 above it.
        for sipp, host, offset, ip in ((near, t.phones, 0, t.phones.ip4), (far, t.pbx, 500, pbx_ip)):
            self.loads[sipp.name] = (sipp, RtpLoad(host, t.build, PAIR, media_port + 100, base + offset, ip=ip), base + offset)

    def establish(self):
        def all_up():
            return all(len(s.logged(r"MEDIA")) == PAIR for s, _, _ in self.loads.values())
        wait_until("200 calls are up", all_up, 40)
        for sipp, load, _ in self.loads.values():
            for number, ip, port in sipp.logged(r"MEDIA (\d+) (\S+) (\d+)"):
                load.destination(int(number) - 1, ip, port)
        wait_until("200 calls are established", lambda: len(self.gateway.calls()) == 2 * PAIR, 10)

    def tell(self, word):
        for _, load, _ in self.loads.values():
            load.tell(word)

    def judge(self):
        """(packets, lost, reports) over all four sides, each stream whole and its own."""
        reports = {name: load.report() for name, (_, load, _) in self.loads.items()}
        for name, (_, _, first) in self.loads.items():
            for index, stream in enumerate(reports[name]):
                stream["id"] = first + index
        packets = lost = 0
        for digit in "12":
            for hears, sends in ((f"caller-{digit}", f"called-{digit}"), (f"called-{digit}", f"caller-{digit}")):
                got = judge(reports[hears], reports[sends], hears)
                packets, lost = packets + got[0], lost + got[1]
        return packets, lost, [s for report in reports.values() for s in report]

    def settle(self, account):
        """Nobody sends any more: each stream is whole and its own, and nothing was lost by the gateway."""
        packets, lost, _ = self.judge()
        account.settle(self.t, packets + lost, packets)
        return packets

    def end(self):
        for sipp in self.sipps:
            sipp.wait(120)


@case("e2e.survive.control-kill", timeout_s=240, cores=2)
def control_kill(t):
    """kill -9 of junctor-control: the dataplane loses no packet; after its restart hang-ups of either side end both
    legs, and each call has its record."""
    calls = Calls(t, hold_ms=30000)
    calls.establish()
    account = Account(calls.gateway)
    calls.tell("start")
    time.sleep(3)
    calls.gateway.kill_control()
    time.sleep(3)
    calls.gateway.start_control()
    version = calls.gateway.show("version")
    check(version["calls_resumed"] == 2 * PAIR, f"{version['calls_resumed']} of {2 * PAIR} calls were resumed")
    time.sleep(3)
    calls.tell("stop")
    time.sleep(0.5)
    packets = calls.settle(account)
    check(packets > 2 * 2 * PAIR * 50 * 3, f"only {packets} packets were heard")
    calls.end()
    calls.gateway.wait_no_calls(20)
    records = calls.gateway.records(500)
    check(len(records) == 2 * PAIR, f"{len(records)} records of {2 * PAIR} calls")
    enders = [sum(r["ended_by"] == who for r in records) for who in ("caller", "callee")]
    check(enders == [PAIR, PAIR], f"by the records {enders[0]} callers and {enders[1]} called sides hung up")
    check(all(r.get("resumed") for r in records), "a record does not say that its call lived through a restart")


@case("e2e.survive.dataplane-kill", timeout_s=240, cores=2)
def dataplane_kill(t):
    """kill -9 of junctor-dataplane: voice of every call is back after it is started again; how soon is told (in under a
    second, where nothing else takes the machine's time)."""
    calls = Calls(t, hold_ms=30000)
    calls.establish()
    calls.tell("start")
    time.sleep(3)
    calls.gateway.kill_dataplane()
    time.sleep(1)
    calls.tell("mark")
    started = time.monotonic()
    calls.gateway.start_dataplane()
    t.note(f"junctor-dataplane was ready after {time.monotonic() - started:.2f} s")
    time.sleep(4)
    calls.tell("stop")
    time.sleep(0.5)
    packets, lost, streams = calls.judge()
    back = [s["first_after_mark_us"] / 1000 for s in streams]
    t.note(f"{packets} packets heard, {lost} lost; voice was back after {min(back):.0f} to {max(back):.0f} ms")
    check(min(back) > 0, f"{sum(b == 0 for b in back)} of {len(back)} streams did not come back")
    check(max(back) < 5000, f"voice was back after {max(back):.0f} ms")
    calls.end()
    calls.gateway.wait_no_calls(20)
    check(len(calls.gateway.records(500)) == 2 * PAIR, "not every call has its record")


@case("e2e.survive.clean-restart", timeout_s=90)
def clean_restart(t):
    """SIGTERM and start of both, one after the other, in a call: no message on the wire, the call goes on and ends."""
    from harness.rtp import RtpEnd, exchange
    from harness.sip import hang_up, talk
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)
    gateway.control.kill(15)
    check(gateway.control.wait() == 0, "junctor-control did not end with 0")
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"without control: heard {[len(h) for h in heard]} of 10")
    gateway.start_control()
    gateway.dataplane.kill(15)
    check(gateway.dataplane.wait() == 0, "junctor-dataplane did not end with 0")
    gateway.start_dataplane()
    time.sleep(1.5)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"after both: heard {[len(h) for h in heard]} of 10")
    phone.silence(0.1)
    pbx.silence(0.1)
    a.send_request("INVITE", phone.sdp(20000, version=2))
    again = pbx.next(lambda m: not m.is_response, 0.7)
    if again is not None:
        b.reply(200, pbx.sdp(30000), request=again)
    a.expect(200)
    a.ack()
    if again is not None:
        b.expect("ACK")
    hang_up(b, a)

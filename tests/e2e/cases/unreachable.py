# SPDX-License-Identifier: MIT
"""What is wrong in the network, or in what is configured of it, is repaired at the console."""
import json

from cases.hardware import MACHINE
from harness.console import Console
from harness.gateway import basic_config
from harness.process import Failure, check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

WRONG = "192.0.2.77"  # that no interface has


def waiting(gateway):
    return gateway.show("version")["listeners_waiting"]


def answers(end):
    try:
        return end.ask("OPTIONS", timeout_s=1).status == 200
    except Failure:
        return False


def heard_both_ways(t, a, b):
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")


@case("e2e.console.dead-port", timeout_s=120)
def dead_port(t):
    """A port is missing, and the address that was meant for it is wrong: its listener waits, which keeps nobody out. The
    console logs in, what it commits holds without a restart of control, and a call goes through. The other listener
    answers all the time."""
    config = basic_config()
    phones, pbx_port = config["interfaces"]
    good = config["sip"]["listeners"][1]["address"]
    phones["device"], pbx_port["device"] = "port1,busy_budget=0", "port3"
    pbx_port["addresses"] = [f"{WRONG}/24"]
    config["sip"]["listeners"][1]["address"] = WRONG
    gateway = t.gateway(config, start=False, folder=True)
    gateway.machine_file.write_text(json.dumps(MACHINE))
    gateway.start(wait=False)
    phone, pbx = t.both()
    wait_until("one listener waits", lambda: waiting(gateway) == ["pbx"], 20)
    check(phone.ask("OPTIONS", timeout_s=5).status == 200, "the listener that could be opened does not answer")
    console = t.closing(Console(gateway, login=True))
    check("Choose a password for admin" in "".join(console.greeting), console.greeting)
    for line in ("correct horse", "correct horse", "show version"):
        said = console.type(line, 30)
    sentence = f"! sip listener pbx: cannot listen on {WRONG}:5060 (udp): Cannot assign requested address"
    check(sentence in said, f"the console does not say what is wrong: {said}")
    for line in ("configure", "set interface pbx device port2,busy_budget=0", "delete interface pbx address",
                 f"set interface pbx address {good}/24", f"set sip listener pbx address {good}"):
        check(console.type(line) == [], line)
    said = console.type("commit")
    check(sentence.replace(WRONG, good) in said, f"the new address of the listener does not hold at once: {said}")
    check(not any("restart of junctor-control" in line for line in said), f"control has to be restarted: {said}")
    console.type("run request system restart dataplane")
    check(gateway.dataplane.wait(10) == 0, "junctor-dataplane did not end with 0")
    gateway.start_dataplane()
    wait_until("the listener is open", lambda: gateway._connected(), 20)
    a, b = talk(phone, pbx)
    heard_both_ways(t, a, b)
    # One that calls live on stays as it is until a restart.
    console.type("set sip listener pbx port 5070")
    said = console.type("commit")
    check(any("sip.listeners waits for a restart of junctor-control" in line for line in said), said)
    check(console.type("set sip listener pbx port 5060") == [], "it is not taken back")
    console.type("set sip listener third port 5090 address " + config["sip"]["listeners"][0]["address"])
    said = console.type("commit")
    check(len(said) == 1 and "holds" in said[0] and waiting(gateway) == [], f"one more listener: {said}")
    hang_up(a, b)


@case("e2e.console.no-dataplane", timeout_s=90)
def no_dataplane(t):
    """Without a dataplane the console works, and no call is taken: nobody would hear anything. Then it comes."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    gateway.kill_control()
    gateway.kill_dataplane()
    gateway.start_control()
    check(waiting(gateway) == ["phones", "pbx"], f"{waiting(gateway)} wait for the dataplane")
    check("waits for junctor-dataplane" in gateway.console("show version"), "it is not said what is waited for")
    check("revision 2 holds" in gateway.console("configure", "set system log-level info", "commit"), "no commit holds")
    check(not answers(phone), "SIP is answered without a dataplane")
    gateway.start_dataplane()
    wait_until("the listeners are open", lambda: waiting(gateway) == [], 10)
    wait_until("SIP is answered", lambda: answers(phone) and answers(pbx), 20)
    a, b = talk(phone, pbx)
    heard_both_ways(t, a, b)
    # Calls that are up are gone on with, the dataplane there or not.
    gateway.kill_control()
    gateway.kill_dataplane()
    gateway.start_control()
    check(waiting(gateway) == [], f"{waiting(gateway)} wait, although a call is up")
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)
    hang_up(a, b)
    check(len(gateway.records()) == 1, "the call has no record")

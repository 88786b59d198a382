# SPDX-License-Identifier: MIT
"""What a commit cannot bring about at once: it is said, and shown, until it holds."""
import signal
import time

from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


def waiting(gateway):
    """The programs that wait to be started again, with their settings."""
    return {wait["program"]: wait["settings"] for wait in gateway.show("version")["waiting"]}


@case("e2e.config.restart", timeout_s=90)
def restart(t):
    """What waits for a restart is shown until the program was started again at the console; the call stays."""
    gateway = t.gateway(folder=True, timeout_s=0)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    to_a, to_b = (a.media.ip, a.media.port), (b.media.ip, b.media.port)
    exchange(*ends, to_a, to_b)
    check(waiting(gateway) == {}, f"without a commit {waiting(gateway)} waits")
    text = gateway.console("configure", "set dataplane max-legs 1000", "set sip max-message-bytes 32768", "commit")
    check("! dataplane waits for a restart of junctor-dataplane (request system restart dataplane)" in text, text)
    both = {"junctor-control": ["sip.max_message_bytes"], "junctor-dataplane": ["dataplane"]}
    check(waiting(gateway) == both, f"{waiting(gateway)} waits")
    gateway.kill_control()
    gateway.start_control()
    check(list(waiting(gateway)) == ["junctor-dataplane"],
          f"after a restart of control {waiting(gateway)} waits, although the dataplane runs as before")

    gateway.console("configure", "set sip max-message-bytes 16384", "commit")
    text = gateway.console("show version", "request system restart control")
    check("restart    junctor-control waits for one, for: sip.max_message_bytes" in text, text)
    check("junctor-control ends now" in text, text)
    check(gateway.control.wait(10) == 0, "junctor-control did not end with 0")
    gateway.start_control()
    text = gateway.console("request system restart dataplane")
    check("junctor-dataplane ends now" in text, text)
    check(gateway.dataplane.wait(10) == 0, "junctor-dataplane did not end with 0")
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)
    check(waiting(gateway) == {}, f"after both restarts {waiting(gateway)} waits")
    time.sleep(1.5)
    heard = exchange(*ends, to_a, to_b)
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


@case("e2e.config.restart-early")
def restart_early(t):
    """A dataplane that is at its start has read what was configured before: a restart that is asked for meanwhile follows
    when it comes."""
    gateway = t.gateway(folder=True)
    gateway.dataplane.kill(signal.SIGSTOP)
    gateway.kill_control()
    gateway.start_control(wait=False)
    text = gateway.console("configure", "set dataplane max-legs 1000", "commit", "run request system restart dataplane")
    check("! dataplane waits for a restart of junctor-dataplane" in text, text)
    check("junctor-dataplane is not there; when it comes, it is started again if it has to be" in text, text)
    gateway.dataplane.kill(signal.SIGCONT)
    check(gateway.dataplane.wait(10) == 0, "junctor-dataplane did not end with 0")
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)
    check(waiting(gateway) == {}, f"after the restart {waiting(gateway)} waits")
    hang_up(*talk(*t.both()))


@case("e2e.config.log-level")
def log_level(t):
    """The log level of a commit holds in both programs at once, and in a dataplane that comes back."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    gateway.console("configure", "set system log-level warning", "commit")

    def holds(process):
        return process.text().count("session holds")
    before = holds(gateway.dataplane)
    hang_up(*talk(phone, pbx))
    gateway.wait_no_calls()
    check(holds(gateway.dataplane) == before, "the dataplane logs details at the level warning")
    gateway.console("configure", "set system log-level debug", "commit")
    hang_up(*talk(phone, pbx))
    gateway.wait_no_calls()
    check(holds(gateway.dataplane) > before, "the dataplane does not log details at the level debug")


@case("e2e.config.monitoring-away")
def monitoring_away(t):
    """Addresses of monitoring that cannot be had are named by the commit, and shown until they can."""
    gateway = t.gateway(folder=True)
    text = gateway.console("configure", "set monitoring prometheus address 10.99.0.1",
                           "set monitoring hep address 203.0.113.9", "set system syslog-server 203.0.113.10", "commit")
    for line in ("! monitoring prometheus: cannot listen: ", "! monitoring hep: nothing can be sent: 203.0.113.9:9060: ",
                 "! system syslog: nothing can be sent: 203.0.113.10:514: "):
        check("\n" + line in text, f"the commit does not say {line!r}:\n{text}")
    check(len(gateway.show("version")["mistakes"]) == 3, f"{gateway.show('version')}")
    text = gateway.console("configure", "delete monitoring", "delete system syslog-server", "commit", "run show version")
    check("!" not in text, text)


@case("e2e.config.new-listener")
def new_listener(t):
    """A commit with a listener and a trunk on it holds at once, and so do the commits after it. Who loses his role in one
    has lost it."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    text = gateway.console("configure", "set sip listener second address 10.10.2.1 port 5080",
                           "set trunk branch listener second", "set trunk branch peer 10.10.2.2 port 5090",
                           "set route to-branch called _77.", "set route to-branch to branch", "insert route to-branch first",
                           "set trunk pbx max-calls 7", "set system user ann role admin", "commit")
    check(waiting(gateway) == {}, f"{text}\n{waiting(gateway)} waits")
    check([(trunk["name"], trunk["max_calls"]) for trunk in gateway.show("trunks")] ==
          [("phones", 0), ("pbx", 7), ("branch", 0)], f"{gateway.show('trunks')}")

    gateway.console("configure", "set trunk pbx max-calls 8", "delete system user ann", "commit")
    check(gateway.show("trunk", "pbx")[0]["max_calls"] == 8, "a commit after it does not hold")
    text = gateway.console("test route from phones called 771")
    check("the call would go to\n  1  branch 10.10.2.2:5090" in text, text)

    gateway.kill_control()
    gateway.start_control()
    check(waiting(gateway) == {}, f"after a restart {waiting(gateway)} waits")
    text = gateway.console("test route from phones called 771")
    check("the call would go to\n  1  branch 10.10.2.2:5090" in text, text)
    hang_up(a, b)


@case("e2e.config.renamed-listener", timeout_s=90)
def renamed_listener(t):
    """A listener gets another name: trunks stay at the old one until the restart, and calls that are up outlive it."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    calls = [talk(phone, pbx), talk(phone, pbx, called="1002")]
    text = gateway.console("configure", "rename sip listener pbx to outside", "commit")
    check("! sip.listeners, trunks.pbx waits for a restart of junctor-control" in text, text)
    calls.append(talk(phone, pbx, called="1003"))
    gateway.kill_control()
    gateway.start_control()
    check(waiting(gateway) == {}, f"after a restart {waiting(gateway)} waits")
    check(len(gateway.calls()) == 3, f"of 3 calls there are {gateway.calls()}")
    for n, (a, b) in enumerate(calls):
        hang_up(*((b, a) if n == 0 else (a, b)))
    hang_up(*talk(phone, pbx, called="1004"))

# SPDX-License-Identifier: MIT
"""Seeing what happens: SIP of calls that were and that are, the log here and at a syslog server, figures, tech-support."""
import json
import os
import re
import time

from harness.console import Console
from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk


def at_info(config):
    config["system"]["log_level"] = "INFO"
    return config


def refused(phone, called, status):
    """A call that ends with that status before anybody answered."""
    call = phone.invite(called, phone.sdp())
    call.ack_failure(call.expect(status))


def newest(gateway):
    return gateway.records(1)[0]


def type_keys(console, keys):
    os.write(console.fd, keys.encode())


def read_until(console, wanted, timeout_s=5):
    """What a command that watches shows, up to something."""
    def seen():
        import select
        while select.select([console.fd], [], [], 0)[0]:
            console.text += os.read(console.fd, 65536).decode(errors="replace")
        return wanted in console.text
    wait_until(f"the console shows {wanted!r}", seen, timeout_s)


@case("e2e.trace.sip")
def trace_sip(t):
    """A call that went well, a busy one, one without a route, one beyond the limit: each is found by its id."""
    config = basic_config()
    config["sip"]["max_calls"] = 1
    config["routes"][0]["called"] = "_1."
    gateway = t.gateway(config)
    phone, pbx = t.both()
    a, b = talk(phone, pbx, called="10")
    refused(phone, "11", 503)
    full = newest(gateway)
    check(full["sip_status"] == 503 and full["called"] == "11" and full["trunk_in"] == "phones", f"{full}")
    hang_up(a, b)
    gateway.wait_no_calls()
    good = newest(gateway)

    refused(phone, "4711", 404)
    gateway.wait_no_calls()
    no_route = newest(gateway)
    c = phone.invite("12", phone.sdp())
    d = pbx.expect_call()
    d.reply(486)
    d.expect("ACK")
    c.ack_failure(c.expect(486))
    gateway.wait_no_calls()
    busy = newest(gateway)

    for record, status, legs in ((good, 200, 2), (full, 503, 1), (no_route, 404, 1), (busy, 486, 2)):
        check(record["sip_status"] == status, f"{record} is not the call that ended with {status}")
        text = gateway.junctor("trace", "sip", "call", record["id"])
        rungs = [line for line in text.splitlines() if re.match(r" +[0-9.]+ ms ", line)]
        check(rungs and all(len(line) <= 80 for line in text.splitlines()), text)
        check("-- INVITE sdp" in rungs[0] and any(f"<- {status} " in line for line in rungs), text)
        check(rungs[0].count("|") == legs + 1, f"{legs} legs are drawn as\n{text}")
        messages = json.loads(gateway.junctor("trace", "sip", "call", record["id"], "|", "json"))
        check({m["leg"] for m in messages} == set(range(legs)) and all(m["sequence"] for m in messages), f"{messages}")
    text = gateway.junctor("trace", "sip", "call", busy["id"], "full")
    check("INVITE sip:12@" in text and "CSeq: " in text, "the messages are not shown whole")

    def calls_of(*words):
        return {m["call_id"] for m in json.loads(gateway.junctor("trace", "sip", *words, "last", "10", "|", "json"))}
    check(calls_of() == {r["id"] for r in (good, full, no_route, busy)}, "the last calls are others")
    check(calls_of("trunk", "pbx") == {good["id"], busy["id"]}, "calls of the PBX are others")
    check(calls_of("number", "12") == {busy["id"]}, "calls of 12 are others")
    check(calls_of("trunk", "pbx", "number", "4711") == set(), "a call fits that does not")


@case("e2e.trace.live")
def trace_live(t):
    """SIP as it passes, at a terminal: only calls that fit, until q; and what was typed then is a command again."""
    t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx, called="1001")
    for term in ("dumb", "vt100"):
        console = t.closing(Console(t.gateway_or_none, term=term))
        type_keys(console, "trace sip number 1002 live\r")
        read_until(console, "q or ^C ends")
        time.sleep(0.5)
        c, d = talk(phone, pbx, called="1002")
        read_until(console, "<- 200 OK")
        hang_up(c, d)
        read_until(console, "BYE")
        hang_up(*(a, b))
        time.sleep(0.6)
        type_keys(console, "q")
        lines, _ = console._until_prompt()
        ladder = [line for line in lines if re.match(r" +[0-9.]+ ms ", line)]
        check(len([line for line in ladder if "BYE" in line and "(BYE)" not in line]) == 2,
              "there is more or less than the one call:\n" + "\n".join(lines))
        check(not any("--More--" in line for line in lines), "it stopped at a full screen")
        check(console.type("show version")[0].startswith("version"), "the console takes no command any more")
        a, b = talk(phone, pbx, called="1001")
    hang_up(a, b)


@case("e2e.log.show")
def show_log(t):
    """Lines of both programs, what is asked for of them; terminal monitor shows new ones, never within what is typed."""
    gateway = t.gateway(at_info(basic_config()))
    phone, pbx = t.both()
    def lines(*words):
        return json.loads(gateway.junctor("show", "log", *words, "|", "json"))
    wait_until("lines of the dataplane are there",
               lambda: {line["program"] for line in lines()} == {"junctor-control", "junctor-dataplane"}, 5)
    check(any(line["text"].startswith("dataplane: ready") for line in lines()), "how the dataplane started is not kept")
    check(len(lines("last", "3")) == 3 and lines("contains", "READY"), "what is asked for is not shown")
    check(all(line["level"] in ("warning", "error") for line in lines("level", "warning")), "levels are mixed")
    sequences = [line["sequence"] for line in lines()]
    check(sequences == sorted(sequences), "lines are not in their order")

    console = t.closing(Console(gateway))
    check(console.type("terminal monitor") == [], "the monitor says something")
    type_keys(console, "show ver")
    gateway.kill_dataplane()
    read_until(console, "dataplane is away")
    gateway.start_dataplane()
    read_until(console, "connected to a dataplane just started", 10)
    check("junctor> show ver" in console.text[console.text.rindex("started"):], f"what was typed is gone:\n{console.text}")
    answer = console.type("sion")
    check(any(line.startswith("version ") for line in answer), f"what was typed is not run: {answer}")
    wait_until("lines of the new dataplane are there",
               lambda: len([line for line in lines() if line["text"].startswith("dataplane: ready")]) == 2, 10)
    console.type("terminal no monitor")
    gateway.kill_dataplane()
    time.sleep(1.5)
    check(not any("dataplane is away" in line for line in console.type("show debug")), "the monitor goes on")
    gateway.start_dataplane()
    wait_until("control has the dataplane", lambda: gateway.show("version")["dataplane_connected"], 10)
    hang_up(*talk(phone, pbx))


@case("e2e.log.debug")
def debug(t):
    """Details of a part in both programs, for a while; it ends itself, and by hand, and a restart knows nothing of it."""
    gateway = t.gateway(at_info(basic_config()))
    phone, pbx = t.both()
    def debug_lines(word):
        return json.loads(gateway.junctor("show", "log", "level", "debug", "contains", word, "|", "json"))
    def states():
        return json.loads(gateway.junctor("show", "debug", "|", "json"))
    hang_up(*talk(phone, pbx))
    check(not debug_lines("sip: received") and not states(), "details are logged unasked")
    gateway.junctor("debug", "sip", "for", "1h")
    gateway.junctor("debug", "media", "for", "3s")
    check({s["category"]: s["left_s"] > 3500 for s in states()} == {"sip": True, "media": False}, f"{states()}")
    hang_up(*talk(phone, pbx))
    check(debug_lines("sip: received"), "SIP is not logged in detail")
    check(not debug_lines("b2bua: call"), "what was not asked for is logged too")
    wait_until("the dataplane logs details too",
               lambda: any(line["program"] == "junctor-dataplane" for line in debug_lines("media: session holds")), 5)
    wait_until("it ends by itself", lambda: [s["category"] for s in states()] == ["sip"], 5)
    time.sleep(0.3)
    count = len(debug_lines("media: session"))
    hang_up(*talk(phone, pbx))
    time.sleep(0.5)
    check(len(debug_lines("media: session")) == count, "details of media are logged on")
    gateway.junctor("debug", "off")
    check(not states(), "it goes on")
    gateway.junctor("debug", "all")
    gateway.kill_control()
    gateway.start_control()
    check(not states(), "a restart goes on with it")
    check(not debug_lines("b2bua: call"), "details are logged after a restart")
    text = gateway.console("debug nothing", fails=True)
    check("unknown word" in text, text)
    text = gateway.console("debug sip for 2h", fails=True)
    check("an hour at most" in text, text)


SYSLOG_LINE = "%pri%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%timestamp:::date-rfc3339%|%msg%\\n"


class Syslog:
    """rsyslog beside the PBX, at UDP port 514 and at TCP port 6514, which takes octet-counted frames."""

    def __init__(self, t):
        self.t = t
        self.file = t.lab.folder / "received.log"
        self.conf = t.lab.folder / "rsyslog.conf"
        self.conf.write_text(f"""
global(workDirectory="{t.lab.folder}")
module(load="imudp")
module(load="imtcp")
template(name="fields" type="string" string="%inputname%|{SYSLOG_LINE}")
ruleset(name="all") {{ action(type="omfile" file="{self.file}" template="fields") }}
input(type="imudp" port="514" name="udp" ruleset="all")
input(type="imtcp" port="6514" name="tcp" ruleset="all")
""")
        self.start()

    def start(self):
        pid = self.t.lab.folder / "rsyslogd.pid"
        pid.unlink(missing_ok=True)
        self.process = self.t.pbx.start(["rsyslogd", "-n", "-f", self.conf, "-i", pid], f"rsyslogd.{time.time()}")
        wait_until("rsyslog listens", lambda: ":6514" in self.t.pbx.run(["ss", "-tln"]), 10)

    def lines(self, source=None):
        """(source, priority, host, program, process, id, structured data, time, text) of each line."""
        if not self.file.exists():
            return []
        rows = [tuple(line.split("|", 8)) for line in self.file.read_text().splitlines()]
        return [row for row in rows if source in (None, row[0])]


@case("e2e.log.syslog", timeout_s=120)
def syslog(t):
    """A commit names a syslog server, and from then on it has the log: by UDP, and by TCP also after it was away."""
    server = Syslog(t)
    gateway = t.gateway(at_info(basic_config()), folder=True)
    phone, pbx = t.both()
    gateway.console("configure", f"set system syslog-server {t.pbx.ip4} level info", "commit")
    gateway.junctor("debug", "sip")
    wait_until("a line arrives", lambda: any("debug begins" in r[8] for r in server.lines("udp")), 10)
    row = next(r for r in server.lines("udp") if "debug begins" in r[8])
    source, priority, host, program, process, identity, structured, when, text = row
    check((priority, host, program, identity, structured) == ("134", "junctor", "junctor-control", "control", "-"), f"{row}")
    check(process.isdigit() and re.match(r"20\d\d-\d\d-\d\dT", when) and "part=sip" in text, f"{row}")
    check(not any("sip: " in r[8] for r in server.lines()), "details are sent below the server's level")

    gateway.console("configure", "delete system syslog-server " + t.pbx.ip4,
                    f"set system syslog-server {t.pbx.ip4} port 6514 transport tcp level debug", "commit")
    hang_up(*talk(phone, pbx))
    wait_until("SIP in detail arrives by TCP",
               lambda: any(r[5] == "sip" and r[1] == "135" for r in server.lines("tcp")), 10)
    before = len(server.lines("udp"))
    gateway.wait_no_calls()
    gateway.kill_dataplane()
    gateway.start_dataplane()
    wait_until("lines of the dataplane arrive",
               lambda: any(r[3] == "junctor-dataplane" and "ready" in r[8] for r in server.lines("tcp")), 10)
    check(len(server.lines("udp")) == before, "the server that is no more gets lines")

    server.process.kill(15)
    server.process.wait(10)
    wait_until("the gateway knows that it is away", lambda: gateway.counter("syslog.failed") > 0, 10)
    gateway.junctor("debug", "off")
    hang_up(*talk(phone, pbx))
    server.start()
    wait_until("what was said meanwhile arrives", lambda: any("debug ends" in r[8] for r in server.lines("tcp")), 20)
    check(gateway.counter("syslog.lost") == 0, "lines were lost")
    check(gateway.counter("syslog.sent") >= len(server.lines()), "more arrived than was sent")


@case("e2e.console.monitor")
def monitor(t):
    """Calls and traffic as they go, drawn anew each second until q or ^C; without a terminal one picture."""
    gateway = t.gateway()
    phone, pbx = t.both()
    for term, end in (("vt100", "q"), ("dumb", "\x03")):
        console = t.closing(Console(gateway, term=term))
        type_keys(console, "monitor calls\r")
        read_until(console, "0 calls")
        a, b = talk(phone, pbx)
        read_until(console, "established 1")
        hang_up(a, b)
        gateway.wait_no_calls()
        console.text = ""
        read_until(console, "0 calls, ")
        type_keys(console, end)
        console._until_prompt()
        type_keys(console, "monitor traffic\r")
        read_until(console, "nothing was dropped", 10)
        type_keys(console, end)
        console._until_prompt()
        check(console.type("show calls | count"), "the console takes no command any more")
    a, b = talk(phone, pbx)
    text = gateway.junctor("monitor", "calls")
    check("1 calls, " in text and "established 1" in text and "phones" in text, text)
    check(json.loads(gateway.junctor("monitor", "calls", "|", "json"))["calls"] == 1, "JSON says something else")
    text = gateway.junctor("monitor", "traffic")
    check(re.search(r"^phones +up +\d+ ", text, re.M) and "BUSY" in text, text)
    hang_up(a, b)


@case("e2e.console.tech-support", timeout_s=90)
def tech_support(t):
    """One text, with what support asks for and no secret: neither of the configuration, nor of SIP, nor of SRTP."""
    secret = "wxyzzy-8271"
    config = basic_config()
    config["system"]["users"] = [{"name": "ada", "role": "ADMIN"}]
    gateway = t.gateway(config, folder=True)
    gateway.console("configure", f"set system user ada password {secret}", "commit")
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    sdp = phone.sdp(more=[f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{secret}"])
    headers = [f"Authorization: Digest username=\"1001\",\r\n response=\"{secret}\"", f"Proxy-Authorization: Digest {secret}"]
    c = phone.invite("1002", sdp, headers=headers)
    d = pbx.expect_call()
    d.reply(486)
    d.expect("ACK")
    c.ack_failure(c.expect(486))
    wait_until("only the first call is left", lambda: len(gateway.calls()) == 1, 5)
    check(secret in gateway.junctor("trace", "sip", "last", "2", "full"), "the test is worthless: nothing secret was said")

    text = gateway.junctor("show", "tech-support")
    check(secret not in text, "there is a secret in it")
    for wanted in ("======== show version", "======== show configuration", "set trunk pbx", "======== show log",
                   "established", "======== show counters nonzero", "Authorization: ***", "a=crypto:***",
                   "486 ", "config: committed", gateway.calls()[0]["id"]):
        check(wanted in text, f"there is no {wanted!r} in\n{text}")
    check(not re.search(r"^% ", text, re.M), f"a part of it failed:\n{text}")
    path = t.lab.folder / "support.txt"
    gateway.console(f"save tech-support {path}")
    saved = path.read_text()
    check(secret not in saved and "======== show version" in saved and len(saved) > len(text) / 2, "the file is another")
    check(path.stat().st_mode & 0o777 == 0o600, "others may read the file")
    hang_up(a, b)

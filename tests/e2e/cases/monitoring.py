# SPDX-License-Identifier: MIT
"""What others are told of the gateway: metrics for Prometheus, SIP and quality for a HEP server."""
import json
import pathlib
import re
import socket

from harness.gateway import basic_config
from harness.monitoring import HepServer, Prometheus, Scrape, check_by_promtool, http_get
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

ADDRESS, PORT = "10.10.1.1", 9810
DASHBOARD = pathlib.Path(__file__).parents[3] / "rootfs" / "grafana" / "junctor.json"


def monitored(**kinds):
    config = basic_config()
    for trunk in config["trunks"]:
        trunk["options_interval_s"] = 1
    config["monitoring"] = kinds
    return config


def answer_options(agent):
    """Answers what asked for health so far: agents do nothing by themselves."""
    while True:
        request = agent.next(lambda m: m.method == "OPTIONS" and not m.is_response, 0.02)
        if request is None:
            return
        agent.send("SIP/2.0 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in (
            *(("Via", v) for v in request.all("via")), ("From", request.get("from")), ("To", request.get("to") + ";tag=o"),
            ("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq")), ("Content-Length", "0"))) + "\r\n")


def wait_until_up(gateway, *agents):
    """By OPTIONS: a call that is answered shows a peer to be up as well, but no round trip."""
    wait_until("both trunks are up", lambda: [answer_options(agent) for agent in agents] and
               all(trunk["state"] == "up" and all(peer["options_round_trip_us"] for peer in trunk["peers"])
                   for trunk in gateway.show("trunks")), 20)


def scrape(t, port=PORT, host=None):
    status, text = http_get(host or t.phones, ADDRESS, port, "/metrics")
    check(status == 200, f"/metrics is answered {status}")
    return Scrape(text)


def compare_with_console(t, gateway):
    """Every figure that the console has too, between two looks at it."""
    before = {c["name"]: c["value"] for c in gateway.show("counters")}
    ports_before = {p["name"]: p for p in gateway.show("ports")}
    now = scrape(t)
    after = {c["name"]: c["value"] for c in gateway.show("counters")}
    ports_after = {p["name"]: p for p in gateway.show("ports")}
    for name, most in after.items():
        value = now.get("junctor_" + re.sub("[^A-Za-z0-9]", "_", name) + "_total")
        check(value is not None and before[name] <= value <= most, f"{name} is {before[name]}..{most}, but {value}")
    for name, port in ports_after.items():
        for field, metric in (("packets_received", "received_packets"), ("octets_sent", "sent_bytes")):
            value = now.get(f"junctor_port_{metric}_total", port=name)
            check(ports_before[name][field] <= value <= port[field], f"{field} of {name} is {port[field]}, but {value}")
    for trunk in gateway.show("trunks"):
        for direction, field in (("in", "calls_in"), ("out", "calls_out")):
            value = now.get("junctor_trunk_attempts_total", trunk=trunk["name"], direction=direction)
            check(value == trunk[field], f"{field} of {trunk['name']} is {trunk[field]}, but {value}")
    check(now.get("junctor_calls") == len(gateway.calls()), f"junctor_calls is {now.get('junctor_calls')}")
    return now


def compare_with_records(now, records):
    for direction, leg in (("in", 0), ("out", 1)):
        sides = [r["media"][leg] for r in records if r.get("media")]
        received = now.get("junctor_call_received_packets_total", direction=direction)
        check(received == sum(m["packets_received"] for m in sides), f"{received} packets came {direction}")
        scores = [m["mos_x100"] / 100 for m in sides if m["mos_x100"]]
        total = now.get("junctor_call_mos_sum", direction=direction)
        check(scores and abs(total - sum(scores)) < 0.001, f"MOS {direction} is {total} in all, not {sum(scores)}")
    answered = [r for r in records if r["answered_unix_ms"]]
    talked = sum(r["ended_unix_ms"] - r["answered_unix_ms"] for r in answered) / 1000
    total = now.get("junctor_call_duration_seconds_sum", direction="in")
    check(abs(total - talked) < 0.01, f"calls took {talked} s, but {total}")
    rang = now.get("junctor_call_post_dial_delay_seconds_count", direction="in")
    check(rang == sum(1 for r in records if r["ringing_unix_ms"]), f"{rang} calls rang")


def check_dashboard(now, prometheus):
    """Each expression is understood, and each metric in it is there."""
    names = now.names | now.families
    queries = [(p["title"], q["expr"]) for p in json.loads(DASHBOARD.read_text())["panels"] for q in p.get("targets", [])]
    check(len(queries) > 30, f"the dashboard has {len(queries)} expressions")
    for title, expression in queries:
        used = set(re.findall(r"\b(?:junctor|process)_[a-z0-9_]+", expression))
        check(used and used <= names, f"{title!r} wants {sorted(used - names)}, which is not there")
        prometheus.query(expression.replace("$instance", f"{ADDRESS}:{PORT}").replace("$trunk", ".*")
                         .replace("$__rate_interval", "10s"))
    return len(queries)


def a_call_with_voice(t, phone, pbx):
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port), count=40)
    check([len(h) for h in heard] == [40, 40], f"heard {[len(h) for h in heard]} of 40")
    return a, b


@case("e2e.metrics.prometheus", timeout_s=150)
def prometheus(t):
    """A real Prometheus scrapes the gateway during calls: format by promtool, figures those of the console and the
    records, every metric of the dashboard there; the address moves with a commit, a taken port is waited for."""
    gateway = t.gateway(monitored(prometheus={"address": ADDRESS}), folder=True)
    phone, pbx = t.both()
    watcher = t.closing(Prometheus(t.phones, f"{ADDRESS}:{PORT}"))
    wait_until_up(gateway, phone, pbx)
    a, b = a_call_with_voice(t, phone, pbx)
    c = phone.invite("1002", phone.sdp(20010))
    d = pbx.expect_call()
    d.reply(486)
    d.expect("ACK")
    c.ack_failure(c.expect(486))
    wait_until_up(gateway, phone, pbx)
    now = compare_with_console(t, gateway)
    check_by_promtool(now.text)
    t.note(f"{len(now.samples)} samples of {len(now.families)} families, {len(now.text)} octets")
    for value, name, labels in ((1, "junctor_calls", {}), (1, "junctor_trunk_calls", {"trunk": "pbx"}),
                                (1, "junctor_trunk_answered_total", {"trunk": "pbx", "direction": "out"}),
                                (1, "junctor_trunk_failed_total", {"trunk": "pbx", "direction": "out", "class": "4xx", "status": "486"}),
                                (1, "junctor_trunk_failed_total", {"trunk": "phones", "direction": "in", "status": "486"}),
                                (2, "junctor_trunk_up", {}), (2, "junctor_peer_up", {}), (1, "junctor_config_revision", {}),
                                (0, "junctor_config_pending", {}), (1, "junctor_dataplane_up", {})):
        check(now.get(name, **labels) == value, f"{name} {labels} is {now.get(name, **labels)}, not {value}")
    heard = sum(leg["packets_received"] for session in gateway.media() for leg in session["legs"])
    live = [now.get(f"junctor_live_{name}") for name in ("legs", "packets_received", "packets_lost")]
    check(heard > 0 and live == [2, heard, 0], f"of the live call {live} is told, {heard} packets were received")
    check(0 < now.get("junctor_peer_options_round_trip_seconds", trunk="pbx") < 5, "no round trip of OPTIONS")
    check(now.get("process_resident_memory_bytes") > 1e6, "no memory")
    check(http_get(t.phones, ADDRESS, PORT, "/")[1].startswith("Junctor"), "/ says something else")
    check(http_get(t.phones, ADDRESS, PORT, "/other")[0] == 404, "/other is there")
    wait_until("Prometheus has the call", lambda: watcher.value("junctor_calls") == 1, 15)
    hang_up(a, b)
    gateway.wait_no_calls()
    compare_with_records(scrape(t), gateway.records())
    check(scrape(t).get("junctor_live_packets_received") == 0, "voice of a call that ended is told as that of a live one")
    wait_until("Prometheus has its end", lambda: watcher.value('junctor_call_duration_seconds_count{direction="out"}') == 1, 15)
    t.note(f"{check_dashboard(scrape(t), watcher)} expressions of the dashboard")
    follow_the_configuration(t, gateway)


def follow_the_configuration(t, gateway):
    """To a port that is taken, with a commit that waits, and away."""
    with gateway.lab.gw.enter():
        taken = t.closing(socket.socket())
        taken.bind((ADDRESS, 9811))
        taken.listen()
    gateway.console("configure", "set monitoring prometheus port 9811", "commit confirmed 5")
    wait_until("the log says that the port is taken", lambda: "cannot listen" in gateway.control.text())
    taken.close()
    wait_until("metrics are served on the new port", lambda: is_served(t, 9811), 15)
    now = scrape(t, 9811)
    check(now.get("junctor_config_revision") == 2 and now.get("junctor_config_pending") == 1, "no commit waits")
    check(not is_served(t, PORT), "the old port is still served")
    gateway.kill_dataplane()
    check(scrape(t, 9811, gateway.lab.gw).get("junctor_dataplane_up") == 0, "the dataplane is up")
    gateway.start_dataplane()
    gateway.console("configure", "delete monitoring", "commit")
    check(not is_served(t, 9811), "what was deleted is still served")


def is_served(t, port):
    try:
        return http_get(t.phones, ADDRESS, port, "/metrics", 2)[0] == 200
    except OSError:
        return False


def wire_messages(*agents):
    """What the agents sent and heard: (seconds, from the gateway, octets)."""
    return [(when, kind == "<", octets) for agent in agents for when, kind, octets in agent.log]


def is_same_time(a, b):
    return abs(a - b) < 0.5


def report_of(packet):
    """The lines of a quality report (RFC 6035) by their names; those of the first metrics."""
    text = packet.payload.decode()
    check(text.startswith("VQSessionReport: CallTerm\r\n") and text.endswith("\r\n"), f"no report:\n{text}")
    lines = dict(line.split(": ", 1) for line in text.split("RemoteMetrics")[0].splitlines() if ": " in line)
    return lines


def check_messages(packets, agents, key):
    """Each message that an agent sent or heard was told once, octet by octet, with its addresses and time."""
    told = [p for p in packets if p.kind == 1]
    for agent in agents:
        ours, theirs = f"{agent.gateway}:5060", f"{agent.ip}:5060"
        for when, was_heard, octets in wire_messages(agent):
            found = [p for p in told if p.payload == octets and (p.source, p.destination) ==
                     ((ours, theirs) if was_heard else (theirs, ours))]
            check(found, f"no packet of {octets[:60]} {'to' if was_heard else 'from'} {theirs}")
            packet = found[0]
            check(is_same_time(packet.time, when), f"{octets[:40]}: at {packet.time}, not {when}")
            check((packet.family, packet.protocol, packet.node, packet.key) == (2, 17, 2077, key), f"{packet}")
            told.remove(packet)
    check(not told, f"never on the wire: {[p.payload[:60] for p in told]}")


def check_reports(packets, a, b, record, key):
    reports = [p for p in packets if p.kind == 35]
    check(len(reports) == 2, f"{len(reports)} quality reports of one call")
    for packet, call, media, leg in zip(reports, (a, b), record["media"], ("phones", "pbx")):
        lines = report_of(packet)
        local = f"{call.media.ip}:{call.media.port}"
        check(packet.source == local and packet.key == key, f"the report of {leg} is from {packet.source}, not {local}")
        check(lines["CallID"] == call.call_id, f"the report of {leg} is of {lines['CallID']}, not {call.call_id}")
        check(lines["RemoteGroup"] == leg, f"trunk {lines['RemoteGroup']}, not {leg}")
        check(f"MOSCQ={media['mos_x100'] / 100:.2f}" in lines["QualityEst"], f"{lines} is not {media}")
        check("PD=PCMU" in lines["SessionDesc"], f"{lines}")
        check(is_same_time(packet.time, record["ended_unix_ms"] / 1000), "the report has another time than the end")


@case("e2e.hep.export", timeout_s=90)
def hep_export(t):
    """Kamailio's sipcapture takes what the gateway sends: each message of a call as it was on the wire, both legs under
    one id, and a quality report of each; a server that is away, or reads nothing, costs calls nothing."""
    server = t.closing(HepServer(t.pbx))
    hep = {"address": t.pbx.ip4, "capture_id": 2077, "password": "kE/y+7"}
    config = basic_config()
    config["monitoring"] = {"hep": hep}
    gateway = t.gateway(config, folder=True)
    phone, pbx = t.both()
    a, b = a_call_with_voice(t, phone, pbx)
    hang_up(a, b)
    gateway.wait_no_calls()
    failed = phone.invite("1002", phone.sdp(20010))
    other = pbx.expect_call()
    other.reply(486)
    other.expect("ACK")
    failed.ack_failure(failed.expect(486))
    count = len(wire_messages(phone, pbx))
    wait_until("each message and two reports are there", lambda: len(server.packets()) >= count + 2, 10)
    packets = server.packets()
    t.note(f"{len(packets)} packets of {count} messages and 2 reports")
    check_messages(packets, (phone, pbx), hep["password"])
    for first, second in ((a, b), (failed, other)):
        ids = {p.correlation for p in packets if p.kind == 1 and
               any(f"Call-ID: {c.call_id}".encode() in p.payload for c in (first, second))}
        check(ids == {first.call_id}, f"a call has the ids {ids}, not {first.call_id}")
    record = [r for r in gateway.records() if r["answered_unix_ms"]][0]
    check({p.correlation for p in packets if p.kind == 35} == {a.call_id}, "the reports have other ids")
    check_reports(packets, a, b, record, hep["password"])
    check(gateway.counter("hep.sent") == len(packets) and gateway.counter("hep.lost") == 0,
          f"{gateway.counter('hep.sent')} packets sent, {gateway.counter('hep.lost')} lost")
    check(hep["password"] not in gateway.console("show configuration"), "the console shows the password")
    away_or_deaf(t, gateway, server, phone, pbx)


def away_or_deaf(t, gateway, server, phone, pbx):
    server.close()
    hang_up(*talk(phone, pbx))
    with t.pbx.enter():
        deaf = t.closing(socket.socket())
        deaf.bind((t.pbx.ip4, 9070))
        deaf.listen()
    gateway.console("configure", "set monitoring hep transport tcp port 9070", "set monitoring hep quality-reports false", "commit")
    wait_until("the server is connected", lambda: gateway.counter("hep.connected") == 1, 10)
    before = gateway.counter("hep.sent")
    hang_up(*talk(phone, pbx))
    wait_until("messages are sent by TCP", lambda: gateway.counter("hep.sent") >= before + 13, 10)
    stream, _ = deaf.accept()
    stream.settimeout(5)
    stream = t.closing(stream)
    head = stream.recv(6, socket.MSG_WAITALL)
    check(head[:4] == b"HEP3", f"a stream of HEP does not begin with {head}")
    rest = stream.recv(int.from_bytes(head[4:], "big") - 6, socket.MSG_WAITALL)
    check(b"INVITE sip:1001" in rest, "the first message is another")
    check(stream.recv(4, socket.MSG_WAITALL) == b"HEP3", "the second packet does not follow the first")
    gateway.console("configure", "delete monitoring hep", "commit")
    sent = gateway.counter("hep.sent")
    hang_up(*talk(phone, pbx))
    check(gateway.counter("hep.sent") == sent, "what was deleted is still sent to")

# SPDX-License-Identifier: MIT
"""Bad configurations: refused with path, line and reason; a running gateway keeps its old one."""
import copy
import json
import os
import re
import signal
import subprocess

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


def change(path, value):
    """A configuration with one place changed; None removes it."""
    config = basic_config()
    *way, last = path
    place = config
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return config


# What is wrong; the configuration; the path and the line's text by which the mistake must be named.
MISTAKES = [
    ("an unknown key", change(("trunks", 0, "adress"), "10.10.1.2"), "trunks[0].adress", '"adress"'),
    ("a value out of range", change(("trunks", 1, "answer_timeout_s"), 3), "trunks[1].answer_timeout_s", '"answer_timeout_s"'),
    ("a value of another kind", change(("sip", "max_calls"), "many"), "sip.max_calls", '"max_calls"'),
    ("no IP address", change(("sip", "listeners", 0, "address"), "10.10.1.300"), "sip.listeners[0].address", '10.10.1.300'),
    ("a trunk without address", change(("trunks", 0, "peers"), [{"port": 5060}]), "trunks[0].peers[0]", None),
    ("a trunk without peers", change(("trunks", 0, "peers"), None), "trunks[0]", None),
    ("a route to nowhere", change(("routes", 0, "to"), ["nowhere"]), "routes[0].to", '"nowhere"'),
    ("two routes that shadow each other",
     change(("routes",), [{"name": "all", "called": "_.", "to": ["pbx"]},
                          {"name": "never", "from": "phones", "called": "_1XXX", "to": ["pbx"]}]), "routes[1]", None),
    ("two trunks of one name", change(("trunks", 1, "name"), "phones"), "trunks[1]", None),
    ("a pattern that is none", change(("routes", 0, "called"), "_[1"), "routes[0].called", '"_[1"'),
    ("a codec that nobody knows", change(("trunks", 0, "codecs"), ["PCMX"]), "trunks[0].codecs", '"PCMX"'),
    ("a core that no machine has", change(("dataplane", "worker_cores"), [0, 1024]), "dataplane.worker_cores[1]", "1024"),
]
# What only one of the programs can know; the other takes it, so that a configuration can be checked elsewhere.
NO_PLUGIN = change(("trunks", 0, "plugin"), "nope")
MISTAKES_OF_ONE = {
    "junctor-control": [
        ("a plugin that is not there", NO_PLUGIN, "trunks[0].plugin", '"nope"'),
        ("an option that the plugin has not", change(("trunks", 1, "plugin_options"), {"colour": "red"}),
         'trunks[1].plugin_options["colour"]', '"colour"')],
    "junctor-dataplane": [
        ("a core that this machine has not", change(("dataplane", "worker_cores"), [999]), "dataplane.worker_cores[0]", "999")],
}


def refusal(t, gateway, program, text):
    gateway.config_file.write_text(text)
    done = subprocess.run(t.lab.gw.argv([os.path.join(gateway.bin, program), "--check", "--config", gateway.config_file]),
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@case("e2e.config.refused")
def refused(t):
    gateway = t.gateway(start=False)
    for program in ("junctor-control", "junctor-dataplane"):
        status, said = refusal(t, gateway, program, json.dumps(basic_config(), indent=2))
        check(status == 0, f"{program} --check refuses a good configuration: {said}")
        for what, config, path, text in MISTAKES + MISTAKES_OF_ONE[program]:
            written = json.dumps(config, indent=2)
            status, said = refusal(t, gateway, program, written)
            check(status != 0, f"{program} --check takes {what}")
            check(path in said, f"{program}: {what}: '{path}' is not named in: {said}")
            if text is not None:
                line = next(n for n, row in enumerate(written.splitlines(), 1) if text in row)
                check(f":{line}:" in said, f"{program}: {what}: line {line} is not named in: {said}")
        for what, config, _, _ in sum((m for p, m in MISTAKES_OF_ONE.items() if p != program), []):
            status, said = refusal(t, gateway, program, json.dumps(config))
            check(status == 0, f"{program} --check refuses {what}, which is not its affair: {said}")
        status, said = refusal(t, gateway, program, '{\n "system": {\n')
        check(status != 0 and (":2" in said or ":3" in said), f"{program}: a file that ends too soon: {said}")
    gateway.write_config(MISTAKES[0][1])
    process = gateway._start("junctor-control", ["--state-dir", gateway.state_dir])
    check(process.wait(10) not in (0, None), "junctor-control starts with a bad configuration")


@case("e2e.config.reload")
def reload(t):
    """SIGHUP: a good configuration is taken over, calls live on; a bad one is refused and the old one stays."""
    config = basic_config()
    config["routes"][0]["called"] = "_1XXX"
    gateway = t.gateway(config)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)

    def status_of(called):
        call = phone.invite(called, phone.sdp(20010))
        other = pbx.next(lambda m: m.method == "INVITE" and not m.is_response, 0.5)
        if other is not None:
            from harness.sip import Call
            far = Call(pbx, other)
            far.reply(486)
            far.expect("ACK")
        final = call.expect(None)
        call.ack_failure(final)
        return final.status
    check(status_of("5001") == 404, "a number of no route was taken")
    bad = copy.deepcopy(config)
    bad["routes"][0]["to"] = ["nowhere"]
    for written, path in ((json.dumps(bad), ":1: routes[0].to[0]"), ("{", ":1: "),
                          (json.dumps(NO_PLUGIN, indent=2), ": trunks[0].plugin: there is no plugin")):
        gateway.config_file.write_text(written)
        before = len(gateway.control.text())
        gateway.control.kill(signal.SIGHUP)
        wait_until(f"the refusal with '{path}' is logged", lambda: path in gateway.control.text()[before:], 5)
        check(gateway.control.running(), "junctor-control ended at a bad configuration")
        check(status_of("1001") == 486 and status_of("5001") == 404, "the old configuration does not hold")
    good = copy.deepcopy(config)
    good["routes"].append({"name": "five", "from": "phones", "called": "_5XXX", "to": ["pbx"]})
    gateway.write_config(good)
    gateway.control.kill(signal.SIGHUP)
    wait_until("the new route is taken", lambda: status_of("5001") == 486, 10, 0.3)
    check(len(gateway.calls()) == 1, "the call did not live through the change")
    hang_up(a, b)


@case("e2e.config.renamed-port")
def renamed_port(t):
    """A port gets another name and its VLAN another number, with their addresses: what bore the old names is gone, and the
    call goes on through the new ones."""
    config = basic_config()
    port = config["interfaces"][0]
    port["vlans"] = [{"id": 100, "addresses": ["10.10.100.1/24"]}]
    gateway = t.gateway(config)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(t.phones, 20000)), t.closing(RtpEnd(t.pbx, 30000))]

    def devices():
        return set(re.findall(r"^([\w.]+)[ @]", t.lab.gw.run(["ip", "-br", "link"]), re.MULTILINE))

    check({"phones", "phones.100"} <= devices(), f"the interfaces are {devices()}")
    gateway.kill_dataplane(signal.SIGTERM)
    port["name"], port["vlans"][0]["id"] = "lan", 200
    gateway.write_config(config)
    gateway.start_dataplane()
    wait_until("control has the dataplane", gateway._connected, 10)
    check({"lan", "lan.200", "pbx"} <= devices() and not {"phones", "phones.100"} & devices(),
          f"the interfaces are {devices()}")
    for address, device in (("10.10.1.2", "lan"), ("10.10.100.2", "lan.200")):
        route = t.lab.gw.run(["ip", "route", "get", address])
        check(f" dev {device} " in route, f"the way to {address} is {route}")
    check("interface=phones.100" in gateway.dataplane.text(), "the log does not say what was removed")
    wait_until("voice goes both ways", lambda: all(
        exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port), count=5)), 10)
    check(phone.ask("OPTIONS").status == 200, "the phone cannot reach the gateway")
    hang_up(a, b)

# SPDX-License-Identifier: MIT
"""The machine's ports by the names on its case, and what the console tells of the machine."""
import json
import os
import subprocess

from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk

# As junctor-board writes it, with devices of the lab in place of PCI addresses.
MACHINE = {
    "board": "lab", "description": "a lab of namespaces", "vendor": "Acme", "product": "Box 5",
    "ports": [
        {"name": "port1", "state": "ready", "address": "net_af_xdp0,iface=veth-phones", "device": "veth"},
        {"name": "port2", "state": "ready", "address": "net_af_xdp1,iface=veth-pbx", "device": "veth"},
        {"name": "port3", "state": "missing", "reason": "nothing is in slot 3"}],
    "cores": {"system": [0, 1], "workers": [0]},
    "huge_pages": {"wanted_mb": 256, "got_mb": 128},
    "watchdog": {"module": "softdog", "timeout_s": 30, "is_software": True},
    "notes": ["of 256 MiB of huge pages there are 128"],
}


def with_names():
    config = basic_config()
    for number, interface in enumerate(config["interfaces"], 1):
        interface["device"] = f"port{number},busy_budget=0"
    return config


def refusal(gateway, config):
    """Why junctor-dataplane takes no such configuration."""
    path = gateway.machine_file.with_name("other.json")
    path.write_text(json.dumps(config, indent=2))
    done = subprocess.run([os.path.join(gateway.bin, "junctor-dataplane"), "--check", "--config", path, "--board",
                           gateway.machine_file], capture_output=True, text=True, timeout=30)
    check(done.returncode != 0, "junctor-dataplane --check takes it")
    return done.stderr


@case("e2e.hardware.port-names")
def port_names(t):
    """Interfaces by names of ports make a call; the board's core works; show hardware tells whose the ports are. A port that
    is missing is left out, and the call goes on through a restart of the dataplane; a name that there is not is told at the
    commit, and refused by the dataplane with the names that there are."""
    gateway = t.gateway(with_names(), start=False, folder=True)
    gateway.machine_file.write_text(json.dumps(MACHINE))
    gateway.start()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"heard {[len(h) for h in heard]} of 10")
    cores = [worker["core"] for worker in gateway.show("workers")]
    check(cores == [0], f"workers are on {cores}, not on core 0 as the board has it")

    text = gateway.console("show hardware")
    for part in ("lab (a lab of namespaces)", "Acme Box 5", "voice on 0", "134.2 MB of the 268.4 MB wanted", "softdog, 30 s",
                 "nothing is in slot 3", "! of 256 MiB of huge pages there are 128"):
        check(part in text, f"show hardware does not tell {part!r}:\n{text}")
    hardware = json.loads(gateway.console("show hardware | json"))
    uses = {use["port"]: use["interface"] for use in hardware["uses"]}
    check(uses == {"port1": "phones", "port2": "pbx"}, f"the ports are used by {uses}")
    check(hardware["machine"]["cores"]["workers"] == [0] and hardware["disk_bytes"] > hardware["disk_free_bytes"] > 0,
          f"{hardware}")

    text = gateway.console("configure", "set interface spare device port3", "commit")
    check("interface spare is left out: port3 is missing: nothing is in slot 3" in text,
          f"the commit says nothing of it:\n{text}")
    gateway.kill_dataplane()
    gateway.start_dataplane()
    wait_until("control has the dataplane again", gateway._connected, 10)
    ports = [port["name"] for port in gateway.show("ports")]
    check(ports == ["phones", "pbx"], f"with a port that is missing there are {ports}")
    text = gateway.console("configure", "set interface pbx device port9", "commit")
    check("there is no port \"port9\"; lab has port1, port2, port3" in text, f"the commit says nothing of it:\n{text}")
    heard = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    check([len(h) for h in heard] == [10, 10], f"after the commit: heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)

    config = with_names()
    config["interfaces"][1]["device"] = "port9"
    line = next(n for n, row in enumerate(json.dumps(config, indent=2).splitlines(), 1) if '"port9"' in row)
    said = refusal(gateway, config)
    check(f":{line}: interfaces[1].device: there is no port \"port9\"; lab has port1, port2, port3" in said, said)
    gateway.machine_file.unlink()
    said = refusal(gateway, with_names())
    check("there is no port \"port1\"" in said and str(gateway.machine_file) in said, said)
    text = gateway.console("show hardware")
    check("nothing is known of this machine" in text and "memory" in text, text)

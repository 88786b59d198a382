# SPDX-License-Identifier: MIT
"""Those who watch the gateway, as others made them: Prometheus, and Kamailio as a HEP server."""
import collections
import http.client
import json
import re
import shutil
import subprocess
import urllib.parse

from .process import check, wait_until

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def http_get(host, address, port, path, timeout_s=10):
    """(status, body) as a machine of the lab gets it."""
    with host.enter():
        connection = http.client.HTTPConnection(address, port, timeout=timeout_s)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


class Scrape:
    """The samples of one text, by name and labels."""

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            found = SAMPLE.fullmatch(line)
            check(found, f"no sample: {line}")
            key = (found.group(1), frozenset(LABEL.findall(found.group(2) or "")))
            check(key not in self.samples, f"twice: {line}")
            self.samples[key] = float(found.group(3))
        self.names = {name for name, _ in self.samples}
        self.families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}

    def get(self, name, **labels):
        """The sum of the samples that have these labels; None if there is none."""
        wanted = set(labels.items())
        values = [v for (n, have), v in self.samples.items() if n == name and wanted <= have]
        return sum(values) if values else None


class Prometheus:
    """Scrapes one gateway every second."""

    def __init__(self, host, target, port=9090):
        self.host, self.port = host, port
        folder = host.lab.folder / "prometheus"
        folder.mkdir()
        config = folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                          f"  - job_name: junctor\n    static_configs: [{{targets: [\"{target}\"]}}]\n")
        self.process = host.start(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"], "prometheus")
        wait_until("Prometheus is ready", self._is_ready, 60)

    def _is_ready(self):
        check(self.process.running(), f"Prometheus ended at its start:\n{self.process.tail()}")
        try:
            return http_get(self.host, "127.0.0.1", self.port, "/-/ready", 2)[0] == 200
        except OSError:
            return False

    def ask(self, path, **words):
        status, body = http_get(self.host, "127.0.0.1", self.port, f"/api/v1/{path}?{urllib.parse.urlencode(words)}")
        answer = json.loads(body)
        check(status == 200 and answer["status"] == "success", f"Prometheus says {body} of {words}")
        return answer["data"]

    def query(self, expression):
        """[(labels, value)]"""
        return [(row["metric"], float(row["value"][1])) for row in self.ask("query", query=expression)["result"]]

    def value(self, expression):
        rows = self.query(expression)
        return rows[0][1] if len(rows) == 1 else None

    def close(self):
        self.process.stop()


def check_by_promtool(text):
    """Format and conventions, as Prometheus' own tool judges them."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    check(done.returncode == 0, f"promtool finds:\n{done.stderr or done.stdout}")


KAMAILIO = """\
debug=1
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:{ip}:9060
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "db_text.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://{folder}/db")
modparam("sipcapture", "table_name", "sip_capture")
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "nonsip_hook", 1)
event_route[sipcapture:request] {{
  route(note);
  return;
}}
request_route {{ drop; }}
route[note] {{
  xlog("L_ALERT", "HEP type=$hep(0x00b) family=$hep(0x001) protocol=$hep(0x002) from=$hep(0x003)$hep(0x005):$hep(0x007) to=$hep(0x004)$hep(0x006):$hep(0x008) at=$hep(0x009).$hep(0x00a) node=$hep(0x00c) key=$hep(0x00e) id=$hep(0x011) payload=$(hep(0x00f){{s.encode.hexa}})\\n");
}}
"""


HepPacket = collections.namedtuple(
    "HepPacket", "kind family protocol source destination time node key correlation payload")


class HepServer:
    """Kamailio's sipcapture: what it understood of each HEP packet."""

    LINE = re.compile(r"HEP type=(\d+) family=(\d+) protocol=(\d+) from=(\S*) to=(\S*) at=(\d+)\.(\d+) node=(\d+) key=(\S*) "
                      r"id=(\S*) payload=(\S*)")

    def __init__(self, host):
        binary = shutil.which("kamailio")
        check(binary is not None, "kamailio is not installed")
        self.folder = host.lab.folder / "hep"
        (self.folder / "db").mkdir(parents=True)
        (self.folder / "db" / "version").write_text("table_name(string) table_version(int)\nsip_capture:4\n")
        (self.folder / "db" / "sip_capture").write_text("id(int,auto) callid(string)\n")
        config = self.folder / "kamailio.cfg"
        config.write_text(KAMAILIO.format(ip=host.ip4, folder=self.folder))
        self.process = host.start([binary, "-DD", "-E", "-Y", self.folder, "-f", config, "-m", "16", "-M", "4"], "hep")
        wait_until("kamailio listens", lambda: f"{host.ip4}:9060" in host.run(["ss", "-lnuH"]), 10)

    def packets(self):
        return [HepPacket(int(kind), int(family), int(protocol), source, destination, int(s) + int(us) / 1e6, int(node),
                          key, correlation, bytes.fromhex(payload))
                for kind, family, protocol, source, destination, s, us, node, key, correlation, payload
                in (found.groups() for found in map(self.LINE.search, self.process.text().splitlines()) if found)]

    def close(self):
        self.process.stop()

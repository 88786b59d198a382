# SPDX-License-Identifier: MIT
"""tools/bench relay: the packet path.

memory  the node pipeline in memory (nodes_bench), beside a loop that only touches the same cache lines
memif   over shared memory, one worker: junctor-pktgen on core 0, the relay on core 1, beside dpdk-testpmd macswap
veth    over a veth pair with a kernel sender, beside rtpengine in user space: packets a second of one core, and beside
        dpdk-testpmd, which shows what the pair carries when nothing is done with a packet
"""
import contextlib
import json
import re
import socket
import statistics
import subprocess
import time

from common import BIN, cpu_seconds, huge_pages, namespace, process, rss_bytes, scratch, sh, wait_for

RELAY_MAC, GEN_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
LOCAL, PEER = "10.90.0.1", "10.90.0.2"
ROUNDS = 4


def run(table, seconds, only):
    parts = {"memory": memory, "memif": memif, "veth": veth}
    for name, part in parts.items():
        if only in (None, name):
            part(table, seconds)


# In memory --------------------------------------------------------------------------------------

def memory(table, _seconds):
    out = json.loads(sh("taskset", "-c", "1", BIN / "nodes_bench", "--benchmark_format=json", "--benchmark_min_time=1"))
    figures = {b["name"]: b["ns_per_packet"] for b in out["benchmarks"]}
    for legs in (1000, 50000, 200000):
        ours = next(v for k, v in figures.items() if k.startswith(f"relay/{legs}/"))
        touch = next(v for k, v in figures.items() if k.startswith(f"touch/{legs}/"))
        table.add(f"relay in memory, {legs:,} legs", ours, touch, "same cache lines only",
                  goal="<= 70 ns" if legs == 50000 else None, smaller_is_better=True, unit="ns/packet")


# Over memif -------------------------------------------------------------------------------------

def memif_device(path, role, mac):
    return f"net_memif0,role={role},socket={path}/memif.sock,socket-abstract=no,mac={mac}"


def generate(path, ns, flows, rate, seconds):
    out = subprocess.run(
        ["ip", "netns", "exec", ns, str(BIN / "junctor-pktgen"), "--lcores", "0@0", "--in-memory", "--no-pci", "-m", "256",
         "--file-prefix", "jbgen", "--log-level", "error", f"--vdev={memif_device(path, 'client', GEN_MAC)}", "--", "--flows", str(flows),
         "--rate", str(rate), "--seconds", str(seconds), "--mac", RELAY_MAC, "--to", LOCAL, "--from", PEER],
        capture_output=True, text=True, timeout=seconds + 60)
    for line in out.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError("junctor-pktgen failed: " + out.stderr[-500:])


@contextlib.contextmanager
def gateway(path, ns, device, calls, huge="AUTO"):
    """The dataplane alone, with that many calls installed; yields (process, ask for statistics)."""
    config = {"interfaces": [{"name": "bench0", "device": device, "addresses": [LOCAL + "/16"], "mac": RELAY_MAC}],
              "dataplane": {"worker_cores": [1], "memory_mb": 512, "max_legs": 24000, "huge_pages": huge},
              "media": {"port_min": 16384, "port_max": 65535},
              "sip": {"listeners": [{"name": "bench", "address": LOCAL}]}}
    (path / "gw.json").write_text(json.dumps(config))
    with process([BIN / "junctor-dataplane", "--config", path / "gw.json", "--run-dir", path], ns=ns, log=path / "dataplane.log") as p:
        wait_for(lambda: (path / "media.sock").exists(), 15, message="junctor-dataplane did not start: " +
                 str(path / "dataplane.log"))
        sh("ip", "-n", ns, "neigh", "replace", PEER, "lladdr", GEN_MAC, "dev", "bench0", "nud", "permanent")
        before = rss_bytes(p.pid)
        with process([BIN / "junctor-media-sessions", path / "media.sock", calls, LOCAL, PEER], ns=ns, stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as sessions:
            assert sessions.stdout.readline().strip() == "ready"

            def ask():
                sessions.stdin.write("?\n")
                sessions.stdin.flush()
                return json.loads(sessions.stdout.readline())
            yield p, ask, before


@contextlib.contextmanager
def testpmd(path, ns):
    args = ["dpdk-testpmd", "--lcores", "0@0,1@1", "--in-memory", "--no-pci", "-m", "256", "--file-prefix", "jbpmd",
            f"--vdev={memif_device(path, 'server', RELAY_MAC)}", "--", "-i", "--forward-mode=macswap", "--auto-start"]
    with process(args, ns=ns, stdin=subprocess.PIPE, log=path / "testpmd.log") as p:
        wait_for(lambda: (path / "memif.sock").exists(), 15, message="dpdk-testpmd did not start")
        time.sleep(1)
        yield p


def lossless(path, ns, flows, seconds):
    """A rate with less than 0.01 % lost between what the port took and what came back: as fast as it goes, else a tenth less."""
    rate = 0
    for _ in range(8):
        got = generate(path, ns, flows, rate, seconds)
        taken = got["sent"] / got["seconds"]
        if got["sent"] - got["received"] <= got["sent"] * 1e-4:
            return taken
        rate = taken * 0.9
    return 0.0


def memif(table, seconds):
    """In turns, the best rate and the middle delay of each: a shared machine is now faster, now slower, for all of them."""
    rates, delays, memory_of = {}, {}, {}

    def measure(who, flows):
        rates[who] = max(rates.get(who, 0.0), lossless(path, ns, flows, seconds))
        if flows == 2000:
            delays.setdefault(who, []).append(generate(path, ns, flows, rates[1000] / 2, seconds)["delay_us"])

    with huge_pages(1024), scratch() as path, namespace("jb-memif") as ns:
        for _ in range(ROUNDS):
            for calls in (100, 1000, 10000):
                fresh(path)
                with gateway(path, ns, memif_device(path, "server", RELAY_MAC), calls) as (p, _ask, before):
                    measure(calls, calls * 2)
                    memory_of[calls] = (rss_bytes(p.pid) - before) / calls / 1024
            fresh(path)
            with testpmd(path, ns):
                measure("testpmd", 2000)
    for calls in (100, 1000, 10000):
        table.add(f"relay over memif, {calls:,} calls", rates[calls] / 1e6, rates["testpmd"] / 1e6, "testpmd macswap", goal=0.8,
                  unit="Mpps")
    table.add("relay over memif, 10,000 calls against 100", rates[10000] / 1e6, rates[100] / 1e6, "itself at 100 calls", goal=0.8,
              unit="Mpps")
    table.add("memory per call in the dataplane", memory_of[10000], None, "", goal="<= 8", unit="KiB")
    for name, key, goal in (("median", "median", 100), ("99.9 %", "p999", 1000)):
        ours, theirs = (statistics.median(d[key] for d in delays[who]) for who in (1000, "testpmd"))
        table.add(f"delay at half load, {name}", ours, theirs, "testpmd macswap", goal=f"added < {goal} us",
                  smaller_is_better=True, unit="us")


def fresh(path):
    for name in ("memif.sock", "media.sock"):
        (path / name).unlink(missing_ok=True)


# Over veth, against rtpengine ----------------------------------------------------------------------

def bencode(value):
    if isinstance(value, dict):
        return b"d" + b"".join(bencode(k) + bencode(value[k]) for k in sorted(value)) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    data = value.encode()
    return b"%d:%s" % (len(data), data)


def sdp(port, ip):
    return (f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")


def rtpengine_sessions(control, calls):
    """Offers and answers that many calls; returns rtpengine's port of each calling side."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    ports = []
    for n in range(calls):
        for command in ("offer", "answer"):
            offer = command == "offer"
            body = {"command": command, "call-id": f"bench-{n}", "from-tag": "a", "ICE": "remove",
                    "sdp": sdp(6000, "10.91.0.2" if offer else "10.92.0.2"), "direction": ["a", "b"] if offer else ["b", "a"]}
            if not offer:
                body["to-tag"] = "b"
            s.sendto(f"{n}{command} ".encode() + bencode(body), control)
            reply = s.recv(65536)
            if b"6:result2:ok" not in reply:
                raise RuntimeError("rtpengine refused: " + reply.decode(errors="replace"))
            if not offer:
                ports.append(int(re.search(rb"m=audio (\d+)", reply).group(1)))
    return ports


@contextlib.contextmanager
def veth_lab():
    """phones and pbx, each on a veth pair to gw, IPv4 forwarding off; yields nothing."""
    with contextlib.ExitStack() as stack:
        for n in ("jb-gw", "jb-phones", "jb-pbx"):
            stack.enter_context(namespace(n))
        for i, side in ((1, "phones"), (2, "pbx")):
            sh("ip", "-n", "jb-gw", "link", "add", f"veth-{side}", "type", "veth", "peer", "name", "eth0", "netns", f"jb-{side}")
            for ns, dev in ((f"jb-{side}", "eth0"), ("jb-gw", f"veth-{side}")):
                sh("ip", "netns", "exec", ns, "ethtool", "-K", dev, "tx", "off", "rx", "off", "gro", "off", "gso", "off", "tso", "off",
                   check=False)
                sh("ip", "netns", "exec", ns, "sysctl", "-qw", f"net.ipv6.conf.{dev}.disable_ipv6=1", check=False)
                sh("ip", "-n", ns, "link", "set", dev, "up")
            sh("ip", "-n", f"jb-{side}", "addr", "add", f"10.9{i}.0.2/24", "dev", "eth0")
            sh("ip", "-n", f"jb-{side}", "route", "add", "default", "via", f"10.9{i}.0.1")
        yield


def received(ns):
    return int(sh("ip", "netns", "exec", ns, "cat", "/sys/class/net/eth0/statistics/rx_packets"))


def offer_load(path, targets, pps, seconds):
    """Sends from phones; returns (packets sent, packets that reached pbx)."""
    (path / "targets").write_text("".join(f"{t}\n" for t in targets))
    before = received("jb-pbx")
    out = sh("ip", "netns", "exec", "jb-phones", "taskset", "-c", "0", BIN / "junctor-udp-load", "send", path / "targets", 6000, pps,
             seconds)
    time.sleep(0.3)
    return json.loads(out)["sent"], received("jb-pbx") - before


def measured(path, targets, seconds, pid, start):
    """Raises the rate by a quarter until 0.1 % is lost or the sender can no more; the best rate, and the CPU a packet at it."""
    best = {"pps": 0.0, "us": 0.0}
    rate = start
    while True:
        cpu = cpu_seconds(pid)
        sent, got = offer_load(path, targets, int(rate), seconds)
        cpu = cpu_seconds(pid) - cpu
        if got < sent * 0.999:
            return best
        best = {"pps": got / seconds, "us": cpu / got * 1e6}
        if sent < rate * seconds * 0.95:
            return best
        rate *= 1.25


def veth(table, seconds):
    calls, seconds = 200, min(seconds, 3)
    with huge_pages(512), scratch() as path, veth_lab(), process([BIN / "junctor-udp-load", "sink", 6000], ns="jb-pbx",
                                                               stdin=subprocess.PIPE):
        theirs = rtpengine(path, calls, seconds)
        limit = testpmd_on_veth(path, seconds)
        ours = ours_on_veth(path, calls, seconds)
    table.add("relay over veth, packets a second of one core", ours["pps"] / 1e3, theirs["pps"] / 1e3, "rtpengine (user space)", goal=8,
              unit="kpps")
    table.add("relay over veth, beside what the ports carry", ours["pps"] / 1e3, limit["pps"] / 1e3, "testpmd io", unit="kpps")
    table.add("relay over veth, CPU a packet", ours["us"], theirs["us"], "rtpengine (user space)", smaller_is_better=True, unit="us")


def rtpengine(path, calls, seconds):
    for i, side in ((1, "phones"), (2, "pbx")):
        sh("ip", "-n", "jb-gw", "addr", "add", f"10.9{i}.0.1/24", "dev", f"veth-{side}")
    args = ["rtpengine", "--foreground", "--table=-1", "--interface=a/10.91.0.1", "--interface=b/10.92.0.1",
            "--listen-ng=10.91.0.1:2223", "--port-min=20000", "--port-max=40000", "--log-level=3", "--log-stderr", "--num-threads=1",
            f"--pidfile={path}/rtpengine.pid"]
    try:
        with process(args, ns="jb-gw", cores="1", log=path / "rtpengine.log") as p:
            time.sleep(2)
            script = ("import sys; sys.path.insert(0, sys.argv[1]); import relay; "
                      "print(relay.rtpengine_sessions(('10.91.0.1', 2223), int(sys.argv[2])))")
            ports = json.loads(sh("ip", "netns", "exec", "jb-phones", "python3", "-c", script, str(__file__).rsplit("/", 1)[0], calls))
            return measured(path, [f"10.91.0.1:{port}" for port in ports], seconds, p.pid, 10000)
    finally:
        for side in ("phones", "pbx"):
            sh("ip", "-n", "jb-gw", "addr", "flush", "dev", f"veth-{side}")


def testpmd_on_veth(path, seconds):
    """What the same two ports carry when nothing is done with a packet."""
    args = ["dpdk-testpmd", "--lcores", "0@0,1@1", "--in-memory", "--no-pci", "-m", "256", "--file-prefix", "jbveth", "--iova-mode=va",
            "--vdev=net_af_xdp0,iface=veth-phones,busy_budget=0", "--vdev=net_af_xdp1,iface=veth-pbx,busy_budget=0",
            "--", "-i", "--forward-mode=io", "--auto-start"]
    address = json.loads(sh("ip", "-n", "jb-gw", "-json", "link", "show", "veth-phones"))[0]["address"]
    sh("ip", "-n", "jb-phones", "neigh", "replace", "10.91.0.1", "lladdr", address, "dev", "eth0", "nud", "permanent")
    try:
        with process(args, ns="jb-gw", stdin=subprocess.PIPE, log=path / "testpmd.log") as p:
            time.sleep(3)
            return measured(path, [f"10.91.0.1:{16384 + 4 * n}" for n in range(200)], seconds, p.pid, 100000)
    finally:
        sh("ip", "-n", "jb-phones", "neigh", "del", "10.91.0.1", "dev", "eth0", check=False)


def ours_on_veth(path, calls, seconds):
    config = {"interfaces": [{"name": side, "device": f"net_af_xdp{i},iface=veth-{side},busy_budget=0",
                                       "addresses": [f"10.9{i + 1}.0.1/24"]} for i, side in enumerate(("phones", "pbx"))],
              "dataplane": {"worker_cores": [1], "huge_pages": "AUTO"},
              "sip": {"listeners": [{"name": "bench", "address": "10.91.0.1"}]}}
    (path / "gw.json").write_text(json.dumps(config))
    with process([BIN / "junctor-dataplane", "--config", path / "gw.json", "--run-dir", path], ns="jb-gw",
                 log=path / "dataplane.log") as p:
        wait_for(lambda: (path / "media.sock").exists(), 15, message="junctor-dataplane did not start")
        with process([BIN / "junctor-media-sessions", path / "media.sock", calls, "10.91.0.1", "10.91.0.2", "10.92.0.1", "10.92.0.2",
                      6000], ns="jb-gw", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sessions:
            assert sessions.stdout.readline().strip() == "ready"
            sh("ip", "netns", "exec", "jb-phones", "ping", "-c1", "-W2", "10.91.0.1", check=False)
            sh("ip", "netns", "exec", "jb-pbx", "ping", "-c1", "-W2", "10.92.0.1", check=False)
            return measured(path, [f"10.91.0.1:{16384 + 4 * n}" for n in range(calls)], seconds, p.pid, 100000)

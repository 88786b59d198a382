# SPDX-License-Identifier: MIT
"""tools/bench calls: signalling. The same sipp caller and callee through the gateway and through Asterisk 22.

rate     calls a second on one core: raised until, twice, a call fails or the rate is not kept
cost     CPU of all processes of the gateway a call, at half of that rate, less what they take when idle
memory   of junctor-control an established call, at 10,000 calls
"""
import contextlib
import json
import pathlib
import shutil
import subprocess
import time

from common import BIN, ROOT, cpu_seconds, process, rss_bytes, scratch, sh, wait_for
from relay import veth_lab

ASTERISK = pathlib.Path("/var/cache/junctor-tests/asterisk-22")
CALLER, CALLEE = "10.91.0.2", "10.92.0.2"
INSIDE, OUTSIDE = "10.91.0.1", "10.92.0.1"


def run(table, seconds, only):
    with scratch() as path, veth_lab():
        callee = ["sipp", "-sn", "uas", "-i", CALLEE, "-p", "5060", "-nostdin"]
        with process(callee, ns="jb-pbx", cores="0", cwd=path):
            with asterisk(path) as pids:
                theirs = figures(path, pids, seconds, range(100, 500, 10))
            with gateway(path) as pids:
                ours = figures(path, pids, seconds, range(400, 3000, 50))
        table.add("idle, all processes", ours["idle"], theirs["idle"], "Asterisk 22", goal="< 5 for each worker", unit="% of a core",
                  smaller_is_better=True)
        table.add("CPU a call at half the rate (idle taken off)", ours["ms"], theirs["ms"], "Asterisk 22", goal=5, smaller_is_better=True, unit="ms")
        table.add("calls a second on one core", ours["cps"], theirs["cps"], "Asterisk 22", goal=5, unit="calls/s")
        if only in (None, "memory"):
            with process(callee, ns="jb-pbx", cores="0", cwd=path), gateway(path) as pids:
                table.add("memory a call in junctor-control", memory(path, pids["junctor-control"]), None, "", goal="<= 64", unit="KiB")


def caller(path, rate, calls, hold_ms=200, limit=20000, timeout=120):
    """Runs so many calls at that rate; returns (successful, failed, seconds from first to last INVITE)."""
    stat = path / "uac.csv"
    stat.unlink(missing_ok=True)
    started = time.monotonic()
    subprocess.run(["ip", "netns", "exec", "jb-phones", "taskset", "-c", "0", "sipp", "-sn", "uac", INSIDE + ":5060", "-i", CALLER, "-p",
                    "5062", "-s", "2000", "-r", str(rate), "-m", str(calls), "-l", str(limit), "-d", str(hold_ms), "-nostdin",
                    "-trace_stat", "-stf", str(stat), "-fd", "1", "-recv_timeout", "20000"],
                   cwd=path, capture_output=True, timeout=timeout)
    elapsed = time.monotonic() - started
    lines = stat.read_text().strip().splitlines()
    last = dict(zip(lines[0].split(";"), lines[-1].split(";")))
    return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), elapsed


def figures(path, pids, seconds, rates):
    """The highest rate that is kept without a failed call; what a call costs at half of it, less what idling takes."""
    watched = list(pids.values())
    caller(path, 50, 50)  # warm
    time.sleep(1)
    idle = cpu_seconds(*watched)
    time.sleep(5)
    idle = (cpu_seconds(*watched) - idle) / 5
    best = 0.0
    for rate in rates:
        if not is_kept(path, rate, seconds) and not is_kept(path, rate, seconds):
            break
        best = rate
    if not best:
        raise RuntimeError(f"calls fail at {rates[0]} calls/s")
    calls = int(best / 2 * max(seconds, 5))
    before = cpu_seconds(*watched)
    good, failed, elapsed = caller(path, best / 2, calls)
    used = cpu_seconds(*watched) - before - idle * elapsed
    if failed or good < calls:
        raise RuntimeError(f"{failed} of {calls} calls failed at {best / 2} calls/s")
    return {"ms": used / calls * 1e3, "cps": best, "idle": idle * 100}


def is_kept(path, rate, seconds):
    wanted = int(rate * max(seconds, 5))
    good, failed, elapsed = caller(path, rate, wanted)
    time.sleep(1)
    return not failed and good == wanted and good / elapsed >= rate * 0.9


def memory(path, pid):
    """Growth of junctor-control at 10,000 established calls, in KiB a call."""
    before = rss_bytes(pid)
    p = subprocess.Popen(["ip", "netns", "exec", "jb-phones", "taskset", "-c", "0", "sipp", "-sn", "uac", INSIDE + ":5060", "-i", CALLER,
                          "-p", "5062", "-s", "2000", "-r", "500", "-m", "10000", "-l", "10000", "-d", "60000", "-nostdin"],
                         cwd=path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def all_up():
            version = json.loads(sh(BIN / "junctor", "--run-dir", path / "run", "show", "version", "--json"))
            return version["calls"] >= 10000
        wait_for(all_up, 60, 0.5, "10,000 calls did not come up")
        return (rss_bytes(pid) - before) / 10000 / 1024
    finally:
        p.terminate()
        p.wait()


@contextlib.contextmanager
def gateway(path):
    """Both planes on core 1, as they are shipped."""
    run_dir = path / "run"
    shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir()
    (path / "state").mkdir(exist_ok=True)
    config = {
        "interfaces": [{"name": side, "device": f"net_af_xdp{i},iface=veth-{side},busy_budget=0",
                                 "addresses": [f"10.9{i + 1}.0.1/24"]} for i, side in enumerate(("phones", "pbx"))],
        "dataplane": {"worker_cores": [1], "huge_pages": "NONE", "max_legs": 24000},
        "media": {"port_min": 10000, "port_max": 65535},
        "sip": {"listeners": [{"name": "inside", "address": INSIDE}, {"name": "outside", "address": OUTSIDE}], "max_calls": 12000},
        "trunks": [{"name": "phones", "listener": "inside", "peers": [{"address": CALLER, "port": 5062}], "options_interval_s": 0},
                   {"name": "pbx", "listener": "outside", "peers": [{"address": CALLEE}], "options_interval_s": 0}],
        "routes": [{"name": "out", "from": "phones", "called": "_X.", "to": ["pbx"]}]}
    (path / "gw.json").write_text(json.dumps(config))
    with process([BIN / "junctor-dataplane", "--config", path / "gw.json", "--run-dir", run_dir], ns="jb-gw", cores="1",
                 log=path / "dataplane.log") as dataplane:
        wait_for(lambda: (run_dir / "media.sock").exists(), 15, message="junctor-dataplane did not start")
        with process([BIN / "junctor-control", "--config", path / "gw.json", "--run-dir", run_dir, "--state-dir", path / "state"],
                     ns="jb-gw", cores="1", log=path / "control.log") as control:
            wait_for(lambda: (run_dir / "management.sock").exists(), 15, message="junctor-control did not start")
            time.sleep(0.5)
            yield {"junctor-dataplane": dataplane.pid, "junctor-control": control.pid}


PJSIP = f"""
[transport-udp]
type=transport
protocol=udp
bind=0.0.0.0:5060

[endpoint](!)
type=endpoint
context=bench
disallow=all
allow=ulaw
direct_media=no
send_diversion=no
[phones](endpoint)
aors=phones
[phones]
type=aor
contact=sip:{CALLER}:5062
[phones]
type=identify
endpoint=phones
match={CALLER}
[pbx](endpoint)
aors=pbx
[pbx]
type=aor
contact=sip:{CALLEE}:5060
"""
MODULES = """
[modules]
autoload=yes
noload=chan_iax2.so
noload=cdr_csv.so
noload=cel_custom.so
"""


@contextlib.contextmanager
def asterisk(path):
    """Asterisk 22 in the gateway's place, signalling and media through itself, on core 1."""
    if not (ASTERISK / "usr/sbin/asterisk").exists():
        raise RuntimeError("no Asterisk: run ./tools/setup --peers")
    for i, side in ((1, "phones"), (2, "pbx")):
        sh("ip", "-n", "jb-gw", "addr", "add", f"10.9{i}.0.1/24", "dev", f"veth-{side}")
    etc = ASTERISK / "etc" / "asterisk-bench"
    shutil.rmtree(etc, ignore_errors=True)
    shutil.copytree(ASTERISK / "etc" / "asterisk", etc)
    (etc / "pjsip.conf").write_text(PJSIP)
    (etc / "extensions.conf").write_text("[bench]\nexten => _X.,1,Dial(PJSIP/${EXTEN}@pbx)\n")
    (etc / "modules.conf").write_text(MODULES)
    conf = (etc / "asterisk.conf").read_text().replace("/etc/asterisk", "/etc/asterisk-bench").replace("[directories](!)", "[directories]")
    (etc / "asterisk.conf").write_text(conf)
    try:
        with process(["chroot", ASTERISK, "asterisk", "-f", "-C", "/etc/asterisk-bench/asterisk.conf"], ns="jb-gw", cores="1",
                     log=path / "asterisk.log", stop=9) as p:
            time.sleep(8)
            pid = p.pid
            yield {"asterisk": pid}
    finally:
        shutil.rmtree(etc, ignore_errors=True)
        for side in ("phones", "pbx"):
            sh("ip", "-n", "jb-gw", "addr", "flush", "dev", f"veth-{side}")

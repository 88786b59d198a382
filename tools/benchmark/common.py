# SPDX-License-Identifier: MIT
"""What the benchmarks share: the table, processes, a namespace, huge pages, CPU time."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "build" / "release" / "bin"
HZ = os.sysconf("SC_CLK_TCK")


def require_root():
    if os.geteuid() != 0:
        sys.exit("tools/bench: must run as root (network namespaces)")


def build():
    """Brings build/release up to date; quick when it is."""
    if not (ROOT / "build" / "release" / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "build/release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


class Table:
    """Rows of metric, ours, theirs, peer, ratio, goal. A ratio above its goal is good."""

    def __init__(self):
        self.rows = []

    def add(self, metric, ours, theirs, peer, goal=None, smaller_is_better=False, unit=""):
        ratio = None
        if theirs and ours:
            ratio = theirs / ours if smaller_is_better else ours / theirs
        self.rows.append({"metric": metric, "ours": round(ours, 3), "theirs": None if theirs is None else round(theirs, 3),
                          "peer": peer, "ratio": None if ratio is None else round(ratio, 3), "goal": goal, "unit": unit})
        print(f"  {metric}: {ours:,.3f} {unit}" + (f", {peer}: {theirs:,.3f} (ratio {ratio:.2f})" if ratio else ""), flush=True)

    def print(self):
        head = ("metric", "ours", "theirs", "peer", "ratio", "goal")
        lines = [head]
        for r in self.rows:
            lines.append((f"{r['metric']} [{r['unit']}]" if r["unit"] else r["metric"], f"{r['ours']:,.2f}",
                          "" if r["theirs"] is None else f"{r['theirs']:,.2f}", r["peer"],
                          "" if r["ratio"] is None else f"{r['ratio']:.2f}", "" if r["goal"] is None else str(r["goal"])))
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        print()
        for n, line in enumerate(lines):
            print("  ".join(c.ljust(widths[i]) if i in (0, 3) else c.rjust(widths[i]) for i, c in enumerate(line)).rstrip())
            if n == 0:
                print("  ".join("-" * w for w in widths))

    def write_json(self, path):
        pathlib.Path(path).write_text(json.dumps(self.rows, indent=1) + "\n")


def sh(*args, check=True, **kw):
    return subprocess.run([str(a) for a in args], check=check, capture_output=True, text=True, **kw).stdout


@contextlib.contextmanager
def namespace(name):
    """A network namespace of our own; whatever still runs in it when we leave is ended."""
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    sh("ip", "netns", "add", name)
    sh("ip", "-n", name, "link", "set", "lo", "up")
    try:
        yield name
    finally:
        for pid in sh("ip", "netns", "pids", name, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        sh("ip", "netns", "del", name, check=False)


@contextlib.contextmanager
def huge_pages(count):
    """At least so many 2 MiB pages while we measure; as before afterwards."""
    path = pathlib.Path("/proc/sys/vm/nr_hugepages")
    before = int(path.read_text())
    if before < count:
        path.write_text(str(count))
    try:
        yield int(path.read_text()) >= count
    finally:
        path.write_text(str(before))


@contextlib.contextmanager
def scratch():
    path = pathlib.Path(tempfile.mkdtemp(prefix="junctor-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def process(args, ns=None, cores=None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, log=None, stop=signal.SIGTERM, cwd=None):
    """Starts a program and ends it by its pid when we leave."""
    command = [str(a) for a in args]
    if cores is not None:
        command = ["taskset", "-c", cores] + command
    if ns:
        command = ["ip", "netns", "exec", ns] + command
    err = open(log, "wb") if log else subprocess.DEVNULL
    p = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=err, text=True, cwd=cwd)
    try:
        yield p
    finally:
        if p.poll() is None:
            p.send_signal(stop)
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        if log:
            err.close()


def wait_for(what, seconds=10.0, every=0.05, message="timed out"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(every)
    raise RuntimeError(message)


def cpu_seconds(*pids):
    """User and system time of processes so far."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / HZ


def rss_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0

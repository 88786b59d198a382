# SPDX-License-Identifier: MIT
"""Gateway: both planes of Junctor in the lab, with the configuration of a test."""
import copy
import json
import os
import signal
import socket
import subprocess

from .lab import NETS, SIDES
from .process import Failure, check, wait_until


def basic_config(transport="UDP", family=4, **media):
    """Two ports, two listeners, two trunks; every number goes to the other side."""
    def address(side):
        return NETS[side][0 if family == 4 else 1]

    def port(index, side):
        net4, net6 = NETS[side]
        return {"name": side, "device": f"net_af_xdp{index},iface=veth-{side},busy_budget=0",
                "addresses": [f"{net4}1/24", f"{net6}1/64"]}

    return {
        "system": {"name": "junctor", "log_level": "DEBUG"},
        "interfaces": [port(i, s) for i, s in enumerate(SIDES)],
        "dataplane": {"huge_pages": "NONE", "max_legs": 2000},
        "media": media,
        "sip": {"listeners": [{"name": s, "address": address(s) + "1"} for s in SIDES]},
        "trunks": [{"name": s, "listener": s, "transport": transport, "options_interval_s": 0,
                    "peers": [{"address": address(s) + "2"}]} for s in SIDES],
        "routes": [{"name": f"to-{b}", "from": a, "called": "_.", "to": [b]}
                   for a, b in (SIDES, SIDES[::-1])],
    }


class Gateway:
    """Starts, stops and kills the two processes by their ids; asks them through the `junctor` program."""

    def __init__(self, lab, build, config=None, folder=False):
        """folder: the configuration is a folder with revisions, changed at the console."""
        self.lab = lab
        self.bin = os.path.join(build, "bin")
        self.run_dir = lab.folder / "run"
        self.state_dir = lab.folder / "state"
        self.export_dir = lab.folder / "export"
        self.config_path = lab.folder / ("config" if folder else "gateway.json")
        self.config_file = self.config_path / "running.json" if folder else self.config_path
        self.machine_file = lab.folder / "board.json"  # of no machine, unless a test writes it
        self.run_dir.mkdir(exist_ok=True)
        self.state_dir.mkdir(exist_ok=True)
        self.config_file.parent.mkdir(exist_ok=True)
        # The console and one-shot commands; words follow.
        self.junctor_argv = [os.path.join(self.bin, "junctor"), "--run-dir", self.run_dir, "--export-dir", self.export_dir]
        self.control_options = []
        self.dataplane = self.control = None
        self._starts = 0
        self.write_config(config or basic_config())

    def write_config(self, config):
        self.config = copy.deepcopy(config)
        self.config_file.write_text(json.dumps(config, indent=2) + "\n")

    def start(self, wait=True):
        """wait: until calls can be made; else until the console can be asked."""
        self.start_dataplane()
        self.start_control(wait)
        return self

    def start_dataplane(self):
        self.dataplane = self._start("junctor-dataplane", [])
        self._wait_ready(self.dataplane)

    def start_control(self, wait=True):
        self.control = self._start("junctor-control", ["--state-dir", self.state_dir, *self.control_options])
        self._wait_ready(self.control)
        if wait and self.dataplane and self.dataplane.running():
            wait_until("control has the dataplane", self._connected, 10)

    def _connected(self):
        try:
            version = self.show("version")
            return version["dataplane_connected"] and not version["listeners_waiting"]
        except Failure:
            return False

    def _start(self, program, more):
        self._starts += 1
        notify = self.lab.folder / f"notify.{self._starts}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(notify))
        process = self.lab.gw.start(
            [os.path.join(self.bin, program), "--config", self.config_path, "--run-dir", self.run_dir, "--board",
             self.machine_file, *more],
            f"{program}.{self._starts}", env={"NOTIFY_SOCKET": str(notify)})
        process.notify = listener
        return process

    def _wait_ready(self, process):
        """Waits for READY=1, as systemd does."""
        process.notify.settimeout(0.2)

        def ready():
            check(process.running(), f"{process.argv[4]} ended at its start:\n{process.tail()}")
            try:
                return b"READY=1" in process.notify.recv(4096)
            except socket.timeout:
                return False
        wait_until(f"{os.path.basename(process.argv[4])} says READY=1", ready, 30)
        process.notify.close()

    def start_detached(self):
        """Starts both so that they outlive this script (tools/lab up); returns their names."""
        for program, ready in (("junctor-dataplane", "media.sock"), ("junctor-control", "management.sock")):
            log = open(self.lab.folder / f"{program}.log", "ab")
            argv = self.lab.gw.argv([os.path.join(self.bin, program), "--config", self.config_path,
                                     "--run-dir", self.run_dir])
            argv += ["--state-dir", str(self.state_dir)] if program == "junctor-control" else []
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            wait_until(f"{program} is ready",
                       lambda r=ready, p=process: (self.run_dir / r).exists() or p.poll() is not None, 30)
            check(process.poll() is None, f"{program} ended at its start; see {self.lab.folder}/{program}.log")
        wait_until("control has the dataplane", self._connected, 30)
        return "junctor-dataplane", "junctor-control"

    def kill_dataplane(self, sig=signal.SIGKILL):
        self.dataplane.kill(sig)
        return self.dataplane.wait()

    def kill_control(self, sig=signal.SIGKILL):
        self.control.kill(sig)
        return self.control.wait()

    def stop(self):
        """A clean stop of both; what a sanitizer or an assertion said makes it fail."""
        for process in (self.control, self.dataplane):
            if process is None or not process.running():
                continue
            process.kill(signal.SIGTERM)
            status = process.wait(20)
            check(status == 0, f"{os.path.basename(process.argv[4])} ended with {status}:\n{process.tail(40)}")

    def junctor(self, *words, check_status=True):
        done = subprocess.run(
            self.lab.gw.argv([*self.junctor_argv, *words]),
            capture_output=True, text=True, timeout=20)
        if check_status and done.returncode != 0:
            raise Failure(f"junctor {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def console(self, *lines, fails=False):
        """What the console answers to lines that come from a file."""
        done = subprocess.run(self.lab.gw.argv(self.junctor_argv),
                              input="".join(line + "\n" for line in lines), capture_output=True, text=True, timeout=30)
        text = done.stdout + done.stderr
        check((done.returncode != 0) == fails, f"the console ended with {done.returncode}:\n{text}")
        return text

    def show(self, what, *more):
        """What `junctor show` says: a list with the names of management.proto; of version one object."""
        return json.loads(self.junctor("show", what, *more, "--json"))

    def calls(self):
        return self.show("calls")

    def records(self, last=1000):
        return self.show("records", "--last", str(last))

    def media(self):
        return self.show("media")

    def counter(self, name):
        """The value of a counter, summed over its places; 0 if there is none of that name."""
        return sum(c["value"] for c in self.show("counters") if c["name"].endswith(name))

    def wait_no_calls(self, timeout_s=10):
        wait_until("no call is left", lambda: not self.calls(), timeout_s)

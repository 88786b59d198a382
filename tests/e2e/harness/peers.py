# SPDX-License-Identifier: MIT
"""SIP stacks that we did not write, as peers of the gateway: sipp, baresip, Asterisk."""
import glob
import os
import pathlib
import re
import subprocess
import signal

from . import sound
from .process import Failure, check, wait_until

SCENARIOS = pathlib.Path(__file__).parent.parent / "sipp"
ASTERISK = pathlib.Path(os.environ.get("JUNCTOR_TEST_CACHE", "/var/cache/junctor-tests")) / "asterisk-22"


class Sipp:
    """sipp with a scenario of tests/e2e/sipp; every call must go as the scenario says."""

    def __init__(self, host, scenario, name, calls=1, rate=None, target=None, transport="UDP", called="1001",
                 ip=None, media_port=6000, keys=None, timeout_s=60, port=5060, hold_ms=1000, takes_repeats=False):
        """takes_repeats: what comes once more than the scenario has it, as from a machine that stood still, ends no call."""
        self.name = name
        self.folder = host.lab.folder / name
        self.folder.mkdir()
        script = self.folder / scenario
        script.write_text((SCENARIOS / scenario).read_text().replace("@HOLD_MS@", str(hold_ms)))
        mode = {"UDP": "u1", "TCP": "t1"}[transport]
        argv = ["sipp", "-sf", script, "-i", ip or host.ip4, "-p", port, "-t", mode, "-m", calls,
                "-s", called, "-mp", media_port,
                "-nostdin", "-trace_err", "-trace_logs", "-log_file", self.folder / "log", "-error_file",
                self.folder / "errors", "-timeout", timeout_s, "-timeout_error", "-buff_size", 2000000]
        argv += ["-trace_msg", "-message_file", self.folder / "messages"] if calls <= 5 else []
        argv += ["-default_behaviors", "all,-abortunexp"] if takes_repeats else []
        argv += ["-r", rate] if rate else []
        argv += ["-l", calls] if calls > 1 else []
        for key, value in (keys or {}).items():
            argv += ["-key", key, value]
        argv += [f"{target}:5060"] if target else []
        self.process = host.start(argv, f"{name}.sipp", cwd=self.folder)

    def logged(self, pattern):
        """What the scenario logged, as the groups of a pattern, once for each line that fits."""
        file = self.folder / "log"
        text = file.read_text(errors="replace") if file.exists() else ""
        return [m.groups() for m in map(re.compile(pattern).search, text.splitlines()) if m]

    def running(self):
        return self.process.running()

    def wait(self, timeout_s=60):
        status = self.process.wait(timeout_s)
        check(status == 0, f"{self.name}: sipp ended with {status}\n{self._story()}")

    def _story(self):
        errors = self.folder / "errors"
        text = errors.read_text(errors="replace")[-3000:] if errors.exists() else ""
        return text or self.process.tail(30)


class Baresip:
    """baresip without sound card or terminal: plays a known sound, records what it hears."""

    CONFIG = """\
poll_method             epoll
sip_listen              {ip}:5060
audio_source            aufile,{folder}/sound.wav
audio_player            aubridge,none
audio_alert             aubridge,none
ausrc_srate             8000
auplay_srate            8000
ausrc_channels          1
auplay_channels         1
rtp_ports               20000-20100
jitter_buffer_delay     2-10
rtp_stats               yes
net_interface           eth0
snd_path                {folder}/heard
module_path             /usr/lib/baresip/modules
module                  stdio.so
module                  g711.so
module                  sndfile.so
module                  aufile.so
module                  aubridge.so
module_tmp              account.so
module_app              menu.so
"""

    NUMBERS = {"phones": "2001", "pbx": "1001"}

    def __init__(self, host, answers, seconds=30, codecs="PCMU,PCMA"):
        self.host = host
        self.folder = host.lab.folder / f"baresip-{host.side}"
        (self.folder / "heard").mkdir(parents=True)
        sound.write_sound(self.folder / "sound.wav", sound.SOUNDS[host.side], seconds)
        (self.folder / "config").write_text(self.CONFIG.format(ip=host.ip4, folder=self.folder))
        mode = "auto" if answers else "manual"
        (self.folder / "accounts").write_text(
            f"<sip:{self.NUMBERS[host.side]}@{host.ip4}>;regint=0;answermode={mode};audio_codecs={codecs}\n")
        (self.folder / "contacts").write_text("")
        self.process = None

    def start(self, dial=None):
        argv = ["baresip", "-f", self.folder] + (["-e", f"d sip:{dial}@{self.host.gateway4}"] if dial else [])
        # A terminal's end of file would stop it: its input stays open.
        self.process = self.host.start(argv, f"baresip-{self.host.side}", stdin=subprocess.PIPE)
        wait_until(f"baresip on the {self.host.side} side is there",
                   lambda: "baresip is ready" in self.process.text(), 10)
        return self

    def hang_up(self):
        """SIGTERM: it says BYE and ends."""
        self.process.kill(signal.SIGTERM)
        check(self.process.wait(10) in (0, -15), f"baresip on the {self.host.side} side died:\n{self.process.tail()}")

    def in_call(self):
        return "Call established" in self.process.text()

    def call_ended(self):
        return "terminated (duration" in self.process.text()

    def recording(self):
        files = sorted(glob.glob(str(self.folder / "heard" / "*-dec.wav")))
        check(files, f"baresip on the {self.host.side} side recorded nothing")
        return files[-1]

    def heard_seconds(self, side):
        return sound.heard_seconds(sound.read_sound(self.recording()), sound.SOUNDS[side])


class Asterisk:
    """Asterisk 22 in a folder of its own, on the PBX side. Its files are laid over the shared folder, so that any
    number of tests use it at once and none changes it."""

    def __init__(self, host, files):
        check((ASTERISK / "usr/sbin/asterisk").exists(),
              f"there is no Asterisk in {ASTERISK}; `tools/setup --peers` makes it")
        self.host = host
        self.base = host.lab.folder / "asterisk"
        self.etc = self.base / "etc"
        self.var = self.base / "var"
        for folder in (self.etc, self.var / "run", self.var / "spool", self.var / "log", self.var / "lib"):
            folder.mkdir(parents=True)
        self.files = files
        self.process = None

    def start(self):
        for name, text in self.files.items():
            (self.etc / name).write_text(text)
        # A mount namespace of its own: the shared folder read as root directory, the test's folder at /junctor.
        script = (
            'set -e; root=$1; base=$2; mount --make-rprivate /; mount --bind "$root" "$root"; '
            'mkdir -p "$root/junctor" "$root/proc" "$root/dev"; mount --bind "$base" "$root/junctor"; '
            'mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"; '
            'exec chroot "$root" /usr/sbin/asterisk -f -C /junctor/etc/asterisk.conf -vvv')
        self.process = self.host.start(
            ["unshare", "--mount", "sh", "-c", script, "sh", ASTERISK, self.base], "asterisk")
        wait_until("Asterisk is ready", lambda: "Asterisk Ready" in self.process.text() or not self.process.running(), 40)
        check(self.process.running(), f"Asterisk ended at its start:\n{self.process.tail()}")
        return self

    def console(self, command):
        # Into the same mounts as the running one.
        done = subprocess.run(
            ["nsenter", "--mount", "--net", "-t", str(self.process.pid), "chroot", str(ASTERISK), "/usr/sbin/asterisk",
             "-C", "/junctor/etc/asterisk.conf", "-rx", command], capture_output=True, text=True, timeout=20)
        if done.returncode != 0 or "No such command" in done.stdout:
            raise Failure(f"asterisk -rx '{command}': {done.stdout}{done.stderr}")
        return done.stdout

    def channels(self):
        return int(re.search(r"(\d+) active channel", self.console("core show channels")).group(1))

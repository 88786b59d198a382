# SPDX-License-Identifier: MIT
"""Console: the `junctor` program at a terminal, and transcripts that are typed there (tests/cli/README.md)."""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from .process import Failure, check, die_with_parent

TRANSCRIPTS = pathlib.Path(__file__).parent.parent.parent / "cli"
PROMPT = re.compile(r"junctor(\([^)]*\))?[>#] |(Login|User|Password|Once more|New password|Old password [^:]*): ")
KEYS = {"<Tab>": "\t", "<?>": "?"}
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07")


class Console:
    """At a pseudo-terminal of 80x24, or at the far end of a serial pair."""

    def __init__(self, gateway, term="dumb", serial=False, login=False, uid=None, within=(), argv=None,
                 wait=True):
        """login: asks for user and password first, as on a serial line. uid: not root's, but that user's. within: a
        program that runs it, with its arguments. argv: in place of all that, what leads to a console (ssh). wait: for
        the first prompt."""
        self.text = ""
        self.raw = ""
        self.pair = self.process = None
        drop = [] if uid is None else ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        argv = argv or gateway.lab.gw.argv([*within, *drop, *gateway.junctor_argv, *(["--login"] if login else [])])
        home = gateway.lab.folder / "home"
        home.mkdir(exist_ok=True)
        if serial:
            near, far = (gateway.lab.folder / f"tty-{id(self)}-{end}" for end in ("near", "far"))
            self.pair = subprocess.Popen(["socat", f"PTY,link={near},raw,echo=0", f"PTY,link={far},raw,echo=0"],
                                         preexec_fn=die_with_parent)
            end = time.monotonic() + 5
            while not (near.exists() and far.exists()):
                check(time.monotonic() < end, "socat makes no serial pair")
                time.sleep(0.02)
            self.fd = os.open(near, os.O_RDWR | os.O_NOCTTY)
            slave = os.open(far, os.O_RDWR | os.O_NOCTTY)
            self._set_cooked(slave)
        else:
            self.fd, slave = pty.openpty()
            self.resize(24, 80)
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env={**os.environ, "TERM": term, "HOME": str(home)})
        os.close(slave)
        self.greeting, self.prompt = self._until_prompt() if wait else ([], "")

    def resize(self, rows, columns):
        """Of the window; the program learns of it by SIGWINCH, as from a terminal emulator."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if self.process:
            self.process.send_signal(signal.SIGWINCH)

    def keys(self, text):
        """Types, and waits for nothing."""
        os.write(self.fd, text.encode())

    def until(self, wanted, timeout_s=10):
        """Reads until that is shown; returns all that was shown since the last prompt."""
        end = time.monotonic() + timeout_s
        while wanted not in self.text:
            check(time.monotonic() < end, f"{wanted!r} was not shown, but:\n{self.text}")
            if select.select([self.fd], [], [], 0.1)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
        return CONTROL.sub("", self.text).replace("\r", "")

    @staticmethod
    def _set_cooked(fd):
        """As getty leaves a serial line: echo, lines, CR to NL."""
        mode = termios.tcgetattr(fd)
        mode[0] |= termios.ICRNL
        mode[1] |= termios.OPOST | termios.ONLCR
        mode[3] |= termios.ICANON | termios.ECHO | termios.ISIG
        termios.tcsetattr(fd, termios.TCSANOW, mode)

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        os.close(self.fd)
        if self.pair:
            self.pair.terminate()
            self.pair.wait(10)

    def _until_prompt(self, timeout_s=10):
        """(lines before the next prompt, the prompt): what came since the last one."""
        end = time.monotonic() + timeout_s
        while True:
            plain = CONTROL.sub("", self.text).replace("\r", "")
            last = plain.rsplit("\n", 1)[-1]
            found = PROMPT.fullmatch(last)
            quiet = 0.05 if found else max(end - time.monotonic(), 0)
            ready, _, _ = select.select([self.fd], [], [], quiet)
            if ready:
                came = os.read(self.fd, 65536).decode(errors="replace")
                self.text += came
                self.raw += came
            elif found:
                self.text = ""
                return plain.split("\n")[:-1], found.group(0)
            else:
                raise Failure(f"no prompt came in {timeout_s} s, but:\n{plain}")

    def type(self, line, timeout_s=10):
        """The lines that answer; the echo is taken off."""
        keys = line
        for name, key in KEYS.items():
            keys = keys.replace(name, key)
        os.write(self.fd, (keys + "\r").encode())
        lines, self.prompt = self._until_prompt(timeout_s)
        check(lines, f"{line!r} was not echoed")
        return [one.rstrip() for one in lines[1:]]

    def paste(self, lines, timeout_s=120):
        """Types lines without waiting for the answer of any; returns all that was shown."""
        keys = "".join(line + "\r" for line in lines).encode()
        shown, end = "", time.monotonic() + timeout_s
        while keys:
            check(time.monotonic() < end, f"{len(keys)} octets were not taken")
            can_read, can_write, _ = select.select([self.fd], [self.fd], [], 1)
            if can_read:
                shown += os.read(self.fd, 65536).decode(errors="replace")
            if can_write:
                keys = keys[os.write(self.fd, keys[:256]):]
        last = lines[-1]
        while last not in CONTROL.sub("", shown).replace("\r", "").replace("\n", "")[-4000:]:
            check(time.monotonic() < end, "the last line was not echoed")
            if select.select([self.fd], [], [], 0.5)[0]:
                shown += os.read(self.fd, 65536).decode(errors="replace")
        self.text = shown[shown.rfind("\n") + 1:]
        self._until_prompt(timeout_s)
        return CONTROL.sub("", shown).replace("\r", "")

    def ask_help(self, line):
        """What `?` lists after the line, which is taken away again."""
        os.write(self.fd, (line + "?").encode())
        end = time.monotonic() + 10
        again = self.prompt + line
        while True:
            shown = CONTROL.sub("", self.text).replace("\r", "").split("\n")
            if len(shown) > 1 and shown[-1] == again:
                break
            check(time.monotonic() < end, f"no help came for {line!r}, but:\n" + "\n".join(shown))
            if select.select([self.fd], [], [], 0.1)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
        os.write(self.fd, b"\x03")
        self.text = ""
        self._until_prompt()
        return shown[1:-1]


    def wait_end(self, timeout_s):
        """What the console says until it ends."""
        end = time.monotonic() + timeout_s
        while self.process.poll() is None:
            check(time.monotonic() < end, f"the console did not end in {timeout_s} s, but said:\n{self.raw[-500:]}")
            self._read(0.2)
        self._read(0.2)
        return self.raw

    def _read(self, timeout_s):
        try:
            if select.select([self.fd], [], [], timeout_s)[0]:
                self.raw += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # the other end of the pseudo-terminal is gone
            time.sleep(timeout_s)


def fits(wanted, got):
    """Whether the lines are those of a transcript."""
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(fits(wanted[1:], got[n:]) for n in range(len(got) + 1))
    if not got:
        return False
    same = re.fullmatch(wanted[0][1:], got[0]) if wanted[0].startswith("~") else wanted[0] == got[0]
    return bool(same) and fits(wanted[1:], got[1:])


def play(console, name):
    """Types a transcript; says the first answer that differs. Returns how many lines were typed."""
    typed = None
    wanted = []
    count = 0

    def compare():
        if typed is None:
            return
        got = console.type(typed)
        check(fits(wanted, got), f"{name}: {typed!r} is answered by\n" + "\n".join(got) + "\nnot by\n" + "\n".join(wanted))

    for line in (TRANSCRIPTS / f"{name}.cli").read_text().splitlines():
        found = PROMPT.match(line + " " if line.endswith((">", "#")) else line)
        if not found:
            wanted.append(line)
            continue
        compare()
        check(console.prompt == found.group(0), f"{name}: the prompt is {console.prompt!r} before {line!r}")
        typed, wanted = line[found.end():], []
        count += 1
    compare()
    return count


class Tmux:
    """The console in a terminal emulator that we did not write: what an operator sees, 80 columns by 24 rows."""

    def __init__(self, gateway):
        self.base = ["tmux", "-L", f"junctor-{os.getpid()}", "-f", "/dev/null"]
        junctor = gateway.lab.gw.argv(gateway.junctor_argv)
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", " ".join(junctor))
        self._tmux("set-option", "-g", "status", "off")
        self.shows(["junctor>"])

    def _tmux(self, *args):
        done = subprocess.run([*self.base, *args], capture_output=True, text=True, timeout=10)
        check(done.returncode == 0, f"tmux {args[0]}: {done.stderr.strip()}")
        return done.stdout

    def screen(self):
        """What is shown, a line a row, without the empty rows at the end."""
        return self._tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def keys(self, *keys):
        """Keys by tmux's names ("Tab", "C-c", "Up"), all else as text."""
        for key in keys:
            named = re.fullmatch(r"C-.|Tab|Up|Down|Left|Right|Home|End|Enter|Space|BSpace", key)
            self._tmux("send-keys", *([] if named else ["-l"]), key)

    def shows(self, wanted, timeout_s=10):
        """Waits until the screen is that of a transcript (as fits)."""
        end = time.monotonic() + timeout_s
        while not fits(wanted, self.screen()):
            if time.monotonic() > end:
                raise Failure("the screen is\n" + "\n".join(self.screen()) + "\nand not\n" + "\n".join(wanted))
            time.sleep(0.05)

    def close(self):
        subprocess.run([*self.base, "kill-server"], capture_output=True, timeout=10)


def play_screens(tmux, name):
    """tests/cli/NAME.screen: lines of keys (`> Tab "text"`), each followed by the whole screen then. Returns how many."""
    count = 0
    for part in re.split(r"^> ", (TRANSCRIPTS / f"{name}.screen").read_text(), flags=re.M)[1:]:
        head, *wanted = part.rstrip("\n").split("\n")
        keys = re.findall(r'"[^"]*"|\S+', head)
        tmux.keys(*(key.strip('"') for key in keys))
        tmux.shows(wanted)
        count += 1
    return count

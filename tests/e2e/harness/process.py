# SPDX-License-Identifier: MIT
"""Child processes that never outlive the test, and waiting that ends."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Failure(AssertionError):
    """What a test found wrong, in one sentence."""


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def wait_until(what, condition, timeout_s=10.0, step_s=0.05):
    """Waits for condition() to be true and returns its value; fails with `what` when it never is."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"waited {timeout_s:g} s in vain until {what}")
        time.sleep(step_s)


class Process:
    """A program of the test: its output goes to <log>, it dies with the test, and is only ever ended by its pid."""

    def __init__(self, argv, log, stdin=subprocess.DEVNULL, env=None, cwd=None, pass_fds=()):
        self.argv = [str(a) for a in argv]
        self.log = pathlib.Path(log)
        self._file = open(self.log, "ab")
        self.popen = subprocess.Popen(
            self.argv, stdin=stdin, stdout=self._file, stderr=subprocess.STDOUT, cwd=cwd, pass_fds=pass_fds,
            env={**os.environ, **(env or {})}, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self, lines=15):
        return "\n".join("    | " + line for line in self.text().splitlines()[-lines:])

    def kill(self, sig=signal.SIGKILL):
        if self.running():
            os.kill(self.pid, sig)

    def wait(self, timeout_s=10.0):
        """The exit status; negative is a signal."""
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.argv[0]} did not end in {timeout_s:g} s:\n{self.tail()}") from None

    def stop(self, timeout_s=10.0):
        """SIGTERM, and SIGKILL if that is not enough. True if it ended by itself."""
        self.kill(signal.SIGTERM)
        try:
            self.popen.wait(timeout_s)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            self.popen.wait(5)
            return False
        finally:
            self._file.close()

# SPDX-License-Identifier: MIT
"""^C at the console while junctor-control hangs: no answer has to be waited for, and none comes late."""
import os
import signal
import time

from harness.console import Console
from harness.process import check
from harness.registry import case


def interrupted(console, line, after_s=0.5):
    """Types a line, and ^C while its answer is awaited: what the console says, and how long after ^C its prompt was there."""
    os.write(console.fd, (line + "\r").encode())
    time.sleep(after_s)
    os.write(console.fd, b"\x03")
    began = time.monotonic()
    lines, console.prompt = console._until_prompt()
    return [one.rstrip() for one in lines[1:]], time.monotonic() - began


@case("e2e.console.interrupt", timeout_s=60)
def interrupt(t):
    """junctor-control stands still: ^C ends each wait, Tab holds the line a moment (how long is told), and what was
    asked is not answered instead of what is asked next."""
    gateway = t.gateway(folder=True)
    console = t.closing(Console(gateway))
    for line in ("configure", "set media dscp 26"):
        check(console.type(line) == [], line)
    gateway.control.kill(signal.SIGSTOP)
    try:
        for line in ("run show calls", "run show trunk pbx", "commit check"):
            said, took = interrupted(console, line)
            check(said == ["^C", "% interrupted: junctor-control has not answered yet"], f"{line}: {said}")
            t.note(f"{line}: ^C took {took:.1f} s")
        said, took = interrupted(console, "commit comment stopped")
        t.note(f"commit: ^C took {took:.1f} s")
        check("whether the commit holds is not known, `run show commits` tells" in " ".join(said), f"commit says {said}")
        began = time.monotonic()
        os.write(console.fd, b"run show trunk p\t")
        os.write(console.fd, b"\x03")
        console._until_prompt()
        took = time.monotonic() - began
        t.note(f"Tab held the line {took:.1f} s")
    finally:
        gateway.control.kill(signal.SIGCONT)
    # The late answers are passed over, and the commit of which nothing was known is told.
    said = console.type("run show commits | include stopped")
    check(len(said) == 1 and said[0].split()[0] == "2", f"show commits says {said}")
    check(console.type("run show calls") == ["no calls"], "show calls is answered by something else")

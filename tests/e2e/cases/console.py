# SPDX-License-Identifier: MIT
"""The console at a real terminal: transcripts (tests/cli), and what a serial line does to it."""
from harness.console import TRANSCRIPTS, Console, play
from harness.process import check
from harness.registry import case
from harness.sip import hang_up, talk


def play_all(t, **kwargs):
    for name in sorted(path.stem for path in TRANSCRIPTS.glob("*.cli")):
        console = t.closing(Console(t.gateway_or_none, **kwargs))
        t.note(f"{name}: {play(console, name)} lines")


@case("e2e.console.transcripts", timeout_s=90)
def transcripts(t):
    """Every transcript over a pseudo-terminal of 80x24, dumb; then as a VT100 on the same gateway."""
    t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    play_all(t)
    console = t.closing(Console(t.gateway_or_none, term="vt100"))
    check(console.type("show calls | count") == ["Count: 2 lines"], "a VT100 sees something else")
    hang_up(a, b)


@case("e2e.console.serial", timeout_s=90)
def serial(t):
    """The same over a serial pair, which knows neither window size nor hang-up."""
    t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    play_all(t, serial=True)
    hang_up(a, b)

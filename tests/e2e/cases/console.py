# SPDX-License-Identifier: MIT
"""The console at a real terminal: transcripts (tests/cli), and what a serial line does to it."""
import json
import os
import re
import resource
import time

from harness.console import TRANSCRIPTS, Console, Tmux, play, play_screens
from harness.gateway import basic_config
from harness.process import check, wait_until
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


@case("e2e.console.ten-thousand-calls", timeout_s=200, cores=2)
def ten_thousand_calls(t):
    """With 10,000 calls up every question is answered while the operator waits: show calls takes both programs less
    than half a second of a core. How long an answer took is told."""
    calls, rate = 10_000, 500
    config = basic_config(port_min=10000, port_max=65535, timeout_s=0)
    config["system"]["log_level"] = "WARNING"
    config["dataplane"].update(max_legs=2 * calls + 1000, memory_mb=512)
    gateway = t.gateway(config)
    sipp = ["sipp", "-nostdin", "-p", "5060"]
    far = t.pbx.start([*sipp, "-sn", "uas", "-i", t.pbx.ip4], "uas")
    near = t.phones.start([*sipp, "-sn", "uac", "-i", t.phones.ip4, "-s", "1001", "-r", str(rate), "-m", str(calls),
                           "-l", str(calls), "-d", "60000", f"{t.phones.gateway4}:5060"], "uac")
    wait_until("10,000 calls are up", lambda: gateway.show("version")["calls"] == calls, 60)
    for words, rows in ((("show", "calls"), calls + 1), (("show", "calls", "detail"), None),
                        (("show", "calls", "trunk", "pbx"), calls + 1), (("show", "calls", "number", "1002"), 1),
                        (("show", "calls", "--json"), None), (("show", "trunks"), 3), (("show", "counters"), None),
                        (("show", "media"), None), (("monitor", "calls", "|", "json"), None),
                        (("trace", "sip", "last", "100"), None), (("trace", "sip", "number", "none"), None),
                        (("show", "tech-support"), None)):
        looks = [measure(gateway, words, rows) for _ in range(3)]
        took, cost = (min(look[n] for look in looks) for n in range(2))
        t.note(f"{' '.join(words)}: {took * 1000:.0f} ms, of a core {cost * 1000:.0f} ms")
        if words == ("show", "calls"):
            check(cost < 0.5, f"show calls took {cost:.2f} s of a core")
    check(len(json.loads(gateway.junctor("show", "calls", "--json"))) == calls, "not every call is shown")
    check(near.wait(120) == 0, "a call failed")
    far.stop()


def seconds_of_core(gateway):
    """That junctor-control and the children of this process have used."""
    with open(f"/proc/{gateway.control.pid}/stat") as file:
        ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ticks / os.sysconf("SC_CLK_TCK") + used.ru_utime + used.ru_stime


def measure(gateway, words, rows):
    """(seconds that the answer took, seconds of a core that it cost)."""
    began, used = time.monotonic(), seconds_of_core(gateway)
    text = gateway.junctor(*words)
    took, used = time.monotonic() - began, seconds_of_core(gateway) - used
    check(rows is None or len(text.splitlines()) == rows, f"{' '.join(words)} has {len(text.splitlines())} lines")
    return took, used


@case("e2e.console.screens", timeout_s=90)
def screens(t):
    """What an operator sees, key by key, in a terminal emulator of 80x24: completion, help, paging, editing, ^C."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    for name in sorted(path.stem for path in TRANSCRIPTS.glob("*.screen")):
        tmux = t.closing(Tmux(gateway))
        t.note(f"{name}: {play_screens(tmux, name)} screens")
        tmux.close()
    hang_up(a, b)


@case("e2e.console.every-node", timeout_s=180)
def every_node(t):
    """Each setting of the handbook is offered at a terminal by `?`, with its help, and may be shown by Tab."""
    gateway = t.gateway(folder=True)
    console = t.closing(Console(gateway))
    console.type("configure")
    count = 0
    for place, names in settings_of_handbook():
        for name in names:
            lines = console.ask_help(f"set {place} {name[:-1] if len(name) > 3 else name}")
            check(any(re.match(rf" +{re.escape(name)} +\S", line) for line in lines),
                  f"set {place}: {name} is not offered:\n" + "\n".join(lines))
            lines = console.ask_help(f"set {place} {name} ")
            check(any(re.match(r" +\S+ +\S", line) for line in lines),
                  f"set {place} {name}: nothing is said of what follows:\n" + "\n".join(lines))
            count += 1
    t.note(f"{count} settings")
    check(count > 80, f"only {count} settings were found")


def settings_of_handbook():
    """(place with names for its keys, its settings): rootfs/handbook/configuration.md is made from the schema."""
    text = (TRANSCRIPTS.parent.parent / "rootfs" / "handbook" / "configuration.md").read_text()
    for part in text.split("\n## ")[1:]:
        place = re.sub(r"\b[A-Z][A-Z_-]*\b", "x", part.split("\n", 1)[0])
        yield place, re.findall(r"^\| `([^`]+)` \|", part, flags=re.M)


@case("e2e.console.paste", timeout_s=180)
def paste(t):
    """2,000 lines pasted at a serial line, as fast as it takes them: none is lost, and their commit holds."""
    gateway = t.gateway(folder=True)
    console = t.closing(Console(gateway, term="vt100", serial=True))
    console.type("configure")
    lines = [f"set trunk t{n} listener pbx options-interval 0 peer 10.10.2.{n % 200 + 10} port {5000 + n}" for n in range(1000)]
    lines += [f"set route r{n} called 5{n:04d} to t{n}" for n in range(1000)]
    began = time.monotonic()
    answers = console.paste(lines)
    t.note(f"2,000 lines took {time.monotonic() - began:.1f} s")
    check("%" not in answers, "a pasted line was refused:\n" + "\n".join(re.findall(r".*\n.*%.*", answers)[:5]))
    answer = console.type("commit comment pasted")
    check(any("revision 2 holds" in line for line in answer), "\n".join(answer))
    check(len(gateway.show("trunks")) == 1002, f"{len(gateway.show('trunks'))} trunks")
    held = json.loads(gateway.junctor("show", "configuration", "|", "json"))
    check([one["name"] for one in held["routes"][2:]] == [f"r{n}" for n in range(1000)], "the routes are not as pasted")

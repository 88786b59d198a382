# SPDX-License-Identifier: MIT
"""Two baresips, each playing its own sound: each side's recording holds the other's sound."""
import time

from harness.peers import Baresip
from harness.process import check, wait_until
from harness.registry import case


def call(t, seconds):
    """phones calls pbx, they talk, phones hangs up. Returns both ends."""
    far = Baresip(t.pbx, answers=True).start()
    near = Baresip(t.phones, answers=False).start(dial="1001")
    wait_until("the call is up", lambda: near.in_call() and far.in_call(), 15)
    time.sleep(seconds)
    return near, far


def check_sound(end, other, seconds):
    heard = end.heard_seconds(other)
    own = end.heard_seconds(end.host.side)
    check(heard >= 0.7 * seconds, f"{end.host.side} heard {other}'s sound for {heard:.1f} s of {seconds}")
    check(own == 0, f"{end.host.side} heard its own sound for {own:.1f} s")
    return heard


@case("e2e.peer.baresip")
def baresip(t):
    gateway = t.gateway()
    near, far = call(t, 5)
    check(len(gateway.calls()) == 1, "show calls does not show the call")
    near.hang_up()
    wait_until("the other side hears of the end", far.call_ended, 5)
    far.hang_up()
    for end, other in ((near, "pbx"), (far, "phones")):
        t.note(f"{end.host.side} heard {other}'s sound for {check_sound(end, other, 5):.1f} s")

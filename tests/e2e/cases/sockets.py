# SPDX-License-Identifier: MIT
"""Strangers at the Unix sockets: whoever connects and says nothing, or nonsense, changes nothing for the others."""
import socket
import struct

from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk


def connect(t, path):
    stranger = t.closing(socket.socket(socket.AF_UNIX))
    stranger.settimeout(10)
    stranger.connect(str(path))
    return stranger


@case("e2e.survive.idle-management-clients")
def idle_management_clients(t):
    """However many connections to management.sock lie idle, `junctor show` is answered; the longest idle ones go."""
    gateway = t.gateway()
    idle = []
    for _ in range(40):
        idle.append(connect(t, gateway.run_dir / "management.sock"))
        gateway.show("version")
    check(gateway.counter("mgmt.displaced") > 0, "nobody was sent away, or it was not counted")
    check(idle[0].recv(1) == b"", "the longest idle connection was not the one that was ended")


@case("e2e.survive.strangers-at-media-socket")
def strangers_at_media_socket(t):
    """Connections to media.sock that say no valid Hello: control stays connected, calls go on; the silent are sent away."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    path = gateway.run_dir / "media.sock"
    silent = connect(t, path)
    for said in (b"GET / HTTP/1.0\r\n\r\n", struct.pack(">I", 0xffffffff), struct.pack(">I", 5) + b"\xff" * 5):
        rude = connect(t, path)
        rude.sendall(said)
        check(rude.recv(100) == b"", f"{said!r} was answered")
    check(gateway.show("version")["dataplane_connected"], "control lost the dataplane")
    check(silent.recv(1) == b"", "who says nothing was answered")       # after 5 s
    wait_until("the strangers are counted", lambda: gateway.counter("media_api.no_hello") == 4, 5)
    check(gateway.counter("media_api.replaced") == 0, "a stranger took the place of control")
    check(len(gateway.media()) == 1, "the call has no voice any more")
    hang_up(a, b)

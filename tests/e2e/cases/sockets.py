# SPDX-License-Identifier: MIT
"""Strangers at the Unix sockets: whoever connects and says nothing, or nonsense, changes nothing for the others."""
import json
import pathlib
import re
import socket
import struct

from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk

ROOT = pathlib.Path(__file__).parent.parent.parent.parent


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


@case("e2e.management.handbook", timeout_s=60)
def management_handbook(t):
    """The management protocol is as the handbook says: a program that has nothing of ours asks by hand-made frames, and
    each request of the .proto stands in the handbook."""
    gateway = t.gateway()
    handbook = (ROOT / "rootfs/handbook/management.md").read_text()
    proto = (ROOT / "platform/api/management/v1/management.proto").read_text()
    requests = re.findall(r"^    (\w+) \w+ = \d+;", proto[:proto.index("\n}\n")], flags=re.M)
    check(len(requests) > 20, f"{len(requests)} requests in the .proto")
    missing = [name for name in requests if f"`{name}`" not in handbook]
    check(not missing, f"the handbook does not tell of {missing}")
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(5)
        asking.connect(str(gateway.run_dir / "management.sock"))
        # Two requests, {id: 7, show_version {}} and {id: 8} which asks for nothing: field number << 3 | wire type.
        asking.sendall(frame(bytes([0x08, 7, 0x4a, 0])) + frame(bytes([0x08, 8])))
        version, nothing = read_frame(asking), read_frame(asking)
    check(version[:2] == bytes([0x08, 7]), f"the reply begins with {version[:2].hex()}")
    check(gateway.show("version")["version"].encode() in version, "the reply does not say the version")
    check(nothing[:2] == bytes([0x08, 8]) and b"asks for nothing" in nothing, f"an unknown request gets {nothing!r}")
    text = gateway.junctor("show", "calls", "|", "json")
    check(json.loads(text) == [], f"show calls | json is {text}")


def frame(message):
    return struct.pack(">I", len(message)) + message


def read_frame(connection):
    def read(size):
        got = b""
        while len(got) < size:
            more = connection.recv(size - len(got))
            check(more, "the gateway closes the connection")
            got += more
        return got
    return read(struct.unpack(">I", read(4))[0])

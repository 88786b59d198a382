# SPDX-License-Identifier: MIT
"""Files that a person makes at the console, and how they leave a gateway without a network."""
import base64
import hashlib
import json
import re
import subprocess

from harness.console import Console
from harness.disk import own_mounts
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk

from .capture import rows

# As junctor-console@.service runs it: all of the file system may only be read, but for one folder.
READ_ONLY = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"')


def first_password(gateway, **more):
    console = Console(gateway, login=True, **more)
    for line in ("battery staple", "battery staple"):
        console.type(line)
    check(console.prompt == "junctor> ", f"admin has {console.prompt!r}")
    return console


def without_more(console):
    console.type("terminal length 0")
    return console


@case("e2e.console.files", timeout_s=120)
def files(t):
    """At a serial line: a capture, a text for support and a configuration become files, are listed, copied as text with
    their hash, taken back and deleted; of all the file system only their folder can be written."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    gateway.export_dir.mkdir()
    console = without_more(t.closing(first_password(gateway, serial=True, within=(*READ_ONLY, gateway.export_dir))))
    for line in ("capture start", ):
        check("% " not in "".join(console.type(line)), f"{line} is refused")
    a, b = talk(phone, pbx)
    console.type("capture stop")
    for line, name in (("capture export calls.pcapng", "calls.pcapng"), ("save tech-support support.txt", "support.txt")):
        said = console.type(line, 30)
        check(len(said) == 1 and said[0].startswith(f"{gateway.export_dir / name}: "), f"{line}: {said}")
    for line in ("configure", "set trunk pbx max-calls 7", "set media dscp 26"):
        check(console.type(line) == [], f"{line} is refused")
    said = console.type("save night.set set")
    check(len(said) == 1 and "night.set" in said[0], said)
    check("force" in console.type("save night.set set")[0], "a file is overwritten unasked")
    check("night.set" in console.type("save night.set set force")[0], "force does not overwrite")
    for line in ("rollback", "load n<Tab>"):
        check(console.type(line) == [], f"{line} is refused")
    check(console.type("show | compare") == ["+ media dscp 26", "+ trunk pbx max-calls 7"], "another configuration is loaded")
    for line in ("save /tmp/x", f"save {gateway.state_dir}/x", "load /etc/passwd", f"load {gateway.state_dir}/machine.key"):
        said = console.type(line)
        check("without a slash" in said[0] and len(said) == 1, f"{line}: {said}")
    for line in ("rollback", "exit"):
        console.type(line)
    listed = console.type("show files")
    check([line.split()[0] for line in listed[1:-1]] == ["calls.pcapng", "night.set", "support.txt"], listed)

    # As a person does it who logs what the serial line shows.
    _, head, *text = console.type("show file calls.pcapng base64", 30)
    octets = base64.b64decode("".join(text))
    digest, = re.fullmatch(r"# sha256 ([0-9a-f]{64})", head).groups()
    check(hashlib.sha256(octets).hexdigest() == digest, "what the line showed is not what its hash says")
    copy = t.lab.folder / "copy.pcapng"
    copy.write_bytes(octets)
    check({"INVITE", "ACK"} <= {method for method, in rows(copy, "sip.Request-Line", "sip.Method")}, "tshark finds no call in it")
    _, head, *text = console.type("show file night.set")
    shown = ("\n".join(text) + "\n").encode()
    check(hashlib.sha256(shown).hexdigest() in head and b"set media dscp 26" in shown, f"{head}: {text}")

    # And as a program has them: the file and nothing else.
    check(gateway.junctor("-c", "show file night.set").encode() == shown, "another text comes")
    check(base64.b64decode(gateway.junctor("show", "file", "calls.pcapng", "base64")) == octets, "other octets come")
    said = json.loads(gateway.junctor("-c", "show file calls.pcapng | json"))
    check(base64.b64decode(said["base64"]) == octets and said["sha256"] == digest, "the JSON differs")
    said = json.loads(gateway.junctor("show", "files", "|", "json"))
    check([one["name"] for one in said["files"]] == ["calls.pcapng", "night.set", "support.txt"], said)
    check(gateway.junctor("show", "file", "calls.pcapng", "hash") == f"{digest}  calls.pcapng\n", "another hash")

    for name in ("calls.pcapng", "night.set", "support.txt"):
        check("is deleted" in console.type(f"delete file {name}")[0], f"{name} stays")
    check(console.type("show files")[0] == "there is no file", "there are files still")
    check(not list(gateway.export_dir.iterdir()), "something is left")
    hang_up(a, b)


@case("e2e.console.disk-full", timeout_s=120)
def disk_full(t):
    """A disk without room, and a folder that may hold no more: told, and no half of a file is left; nothing of calls
    changes."""
    own_mounts()
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    gateway.export_dir.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", gateway.export_dir], check=True)
    t.closing(Unmount(gateway.export_dir))
    console = without_more(t.closing(Console(gateway)))
    (gateway.export_dir / "filler").write_bytes(bytes(60 << 10))
    said = console.type("save tech-support support.txt", 30)
    check(said == [f"% {gateway.export_dir}/support.txt: the disk is full; nothing is written"], said)
    console.type("configure")
    said = [line for n in range(20) for line in console.type(f"save running{n} set")]
    check("the disk is full" in said[-1], said)
    left = {path.name for path in gateway.export_dir.iterdir()}
    check("support.txt" not in left and not [name for name in left if name.startswith(".")], f"left are {left}")
    for path in gateway.export_dir.iterdir():
        path.unlink()
    console.type("exit")
    said = console.type("save tech-support support.txt", 30)
    check("support.txt: " in said[0] and "%" not in said[0], said)
    with open(gateway.export_dir / "filler", "wb") as file:
        file.truncate(512_000_000)  # without a block on the disk
    said = console.type("save tech-support more.txt", 30)
    check(said == [f"% {gateway.export_dir}/more.txt: all files there may have 512.0 MB together; delete file NAME makes room"], said)
    check("is deleted" in console.type("delete file filler")[0], "no room can be made")
    wait_until("it is written then", lambda: "%" not in console.type("save tech-support more.txt", 30)[0], 5)
    hang_up(a, b)


class Unmount:
    def __init__(self, path):
        self.path = path

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=True)

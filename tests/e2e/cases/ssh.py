# SPDX-License-Identifier: MIT
"""The console behind OpenSSH, as login shell: at a terminal, and a command at a time."""
import json
import os
import re
import signal

from harness.console import Console
from harness.disk import own_mounts
from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.ssh import Ssh

USERS = ("ann", "oscar", "vic")
ROLES = ("ADMIN", "OPERATOR", "VIEWER")


def with_sshd(t):
    own_mounts()
    config = basic_config(timeout_s=0)
    config["system"]["users"] = [{"name": user, "role": role} for user, role in zip(USERS, ROLES)]
    gateway = t.gateway(config, start=False, folder=True)
    ssh = t.closing(Ssh(gateway, USERS))
    gateway.start()
    phone, pbx = t.both()
    return gateway, ssh.start(), talk(phone, pbx)


def sit_down(t, ssh, user, term="vt100"):
    console = t.closing(Console(ssh.gateway, term=term, argv=ssh.argv(user, "-tt")))
    check(console.prompt == "junctor> ", f"{user} has {console.prompt!r}")
    return console


def page(console, line):
    """How many rows are shown until it stops, the one of --More-- with them."""
    console.text = ""
    console.keys(line + "\r")
    shown = console.until("--More--")
    console.keys("q")
    console.text = ""
    console.type("")
    return len(shown.split("\n")) - 1


@case("e2e.console.ssh", timeout_s=120)
def ssh_terminal(t):
    """At a terminal: lines, completion, the size of the window as it changes, ^C; a connection that is cut in the middle
    of an edit leaves neither lock nor change."""
    gateway, ssh, call = with_sshd(t)
    ann = sit_down(t, ssh, "ann")
    check(any("phones" in line for line in ann.type("show calls")), "the call is not shown")
    check(ann.type("sh cal<Tab>| count") == ["Count: 2 lines"], "Tab does not complete")
    check(page(ann, "show counters") == 24, "a page is not the window's")
    for rows in (40, 12):
        ann.resize(rows, 100)
        # The new size goes its way through ssh and sshd.
        wait_until(f"a page has {rows} rows", lambda n=rows: page(ann, "show counters") == n, 5)
    ann.resize(24, 80)

    # ^C: a line, a command that watches, and a long answer; the console is there afterwards.
    ann.keys("set nonsense\x03")
    check(ann._until_prompt()[1] == "junctor> ", "^C does not discard the line")
    ann.keys("monitor calls\r")
    ann.until("calls")
    ann.text = ""
    ann.keys("\x03")
    check(ann._until_prompt()[1] == "junctor> ", "^C does not end what watches")
    check(any("phones" in line for line in ann.type("show calls")), "the console is gone after ^C")

    for line in ("configure exclusive", "set media dscp 10"):
        check(ann.type(line) == [], f"{line} is refused")
    ann.keys("set trunk pbx max-ca")
    ann.until("max-ca")
    check(len(ssh.consoles_of(0)) == 1, f"ann's consoles are {ssh.consoles_of(0)}")
    said = gateway.console("configure", "set media dscp 11", "commit", fails=True)
    check("ann configures exclusively" in said, said)
    ann.process.send_signal(signal.SIGKILL)
    ann.process.wait(10)
    wait_until("ann's console has ended", lambda: not ssh.consoles_of(0), 10)
    check("revision 2 holds" in gateway.console("configure", "set trunk pbx max-calls 9", "commit"), "the lock outlives it")
    held = gateway.console("show configuration")
    check("max-calls 9" in held and "dscp" not in held, held)
    ann = sit_down(t, ssh, "ann")
    for line in ("configure", "set media dscp 10", "commit", "exit"):
        said = ann.type(line)
        check(not any("%" in one for one in said), f"{line}: {said}")
    commits = ann.type("show commits | include ann")
    check(len(commits) == 1, f"the commits of ann are {commits}")
    ann.keys("exit\r")
    check(ann.wait_end(10) is not None and ann.process.returncode == 0, f"exit ends with {ann.process.returncode}")
    hang_up(*call)


@case("e2e.console.ssh-once", timeout_s=120)
def ssh_once(t):
    """A command at a time, for scripts: JSON, exit status, files; and what each user may by the configuration."""
    gateway, ssh, call = with_sshd(t)
    status, text, _ = ssh.once("vic", "show calls | json")
    check(status == 0 and len(json.loads(text)) == 1, text)
    status, text, complaint = ssh.once("vic", "show nonsense")
    check(status == 2 and text == b"" and "unknown word" in complaint, f"{status} {text} {complaint}")
    # Who may what: the roles are by login name.
    rows = (("trunk pbx drain", "vic", 1), ("trunk pbx drain", "oscar", 0), ("trunk pbx enable", "ann", 0),
            ("configure", "vic", 1), ("configure", "oscar", 1), ("configure", "ann", 0),
            ("save tech-support vic.txt", "vic", 1), ("save tech-support oscar.txt", "oscar", 0))
    for command, user, wanted in rows:
        status, text, complaint = ssh.once(user, command)
        check(status == wanted, f"{command} of {user} ends with {status}: {text} {complaint}")
        check(wanted == 0 or re.search("may not|only an admin|for operators", complaint), f"{command} of {user}: {complaint}")

    # Files: of one user's making, read by another of the gateway's group; a configuration only by admins.
    ann = sit_down(t, ssh, "ann", "dumb")
    for line in ("configure", "set media dscp 10"):
        check(ann.type(line) == [], f"{line} is refused")
    check("night.set: " in ann.type("save night.set set")[0], "nothing is saved")
    check("without a slash" in ann.type("save /tmp/x")[0], "a path is taken at a console")
    written = (gateway.export_dir / "oscar.txt").read_bytes()
    status, text, complaint = ssh.once("ann", "show file oscar.txt")
    check(status == 0 and text == written and len(written) > 1000, f"{status} {complaint}")
    status, text, complaint = ssh.once("oscar", "show file night.set")
    check(status == 1 and "for admins" in complaint, f"{status} {text} {complaint}")
    status, text, complaint = ssh.once("ann", "show file night.set")
    check(status == 0 and text == (gateway.export_dir / "night.set").read_bytes(), f"{status} {complaint}")
    status, _, complaint = ssh.once("vic", "delete file oscar.txt")
    check(status == 1 and (gateway.export_dir / "oscar.txt").exists(), f"a viewer deletes: {complaint}")
    status, _, complaint = ssh.once("ann", "delete file oscar.txt")
    check(status == 0 and not (gateway.export_dir / "oscar.txt").exists(), complaint)
    about = os.stat(gateway.export_dir / "night.set")
    check(about.st_mode & 0o777 == 0o600, f"night.set has mode {about.st_mode:o}")
    ann.type("rollback")
    hang_up(*call)

# SPDX-License-Identifier: MIT
"""Secrets lie nowhere in clear text; one configuration has one owner; what the machine itself is told."""
import json
import os

from harness.console import Console
from harness.gateway import basic_config
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk

SECRETS = ["hep-secret-1", "hep-secret-2", "hep-secret-3", "ann-secret-1", "bob-secret-1", "tiny-1"]


def leaks(folder):
    """Every file below, whatever it is."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        found += [f"{secret} in {path.relative_to(folder)}" for secret in SECRETS if secret.encode() in data]
    return found


@case("e2e.config.secrets", timeout_s=120)
def secrets(t):
    """No clear text in state, configuration, logs, history and answers; another machine's secrets harm nothing else."""
    config = basic_config()
    config["monitoring"] = {"hep": {"address": "10.10.2.99", "password": "hep-secret-1"}}
    config["system"]["users"] = [{"name": "ann", "role": "ADMIN", "password": "ann-secret-1"}]
    gateway = t.gateway(config, folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    check("taken from" in gateway.control.text() and "by hand" not in gateway.control.text(), "what lay there is misnamed")
    saved = t.lab.folder / "saved.json"
    said = gateway.console("show configuration", "show configuration | json", "configure",
                           "set monitoring hep password hep-secret-2", "set system user bob role viewer password bob-secret-1",
                           "show", "show | compare", "show | json", "commit check", "commit", f"save {saved}",
                           "run show commits", "run show configuration revision 1 | json", f"load {saved}", "show | compare",
                           "set monitoring hep password hep-secret-2", "commit")
    check("revision 2 holds" in said and "nothing to commit" in said, said)
    # Typed anew, but the same: nothing changed.
    running = json.loads(gateway.config_file.read_text().split("\n", 1)[1])
    old = json.loads(saved.read_text())
    check(running["monitoring"] == old["monitoring"], "the same secret is sealed otherwise")
    check(running["monitoring"]["hep"]["password"].startswith("$sealed$1$"), "the secret is not sealed")
    check(old["system"]["users"][1]["password"].startswith("$y$"), "the password is not hashed")
    said += gateway.console("configure", "set system user bob password tiny-1", fails=True)
    said += gateway.console("configure", "set monitoring hep password ********", fails=True)
    check("no secret" in said, said)
    console = t.closing(Console(gateway, term="vt100"))
    for line in ("configure", "set media dscp 12", "set monitoring hep password hep-secret-3", "show | compare", "commit"):
        said += "\n".join(console.type(line))
    check("revision 3 holds" in said, said)
    history = (t.lab.folder / "home/.junctor_history").read_text()
    check("set media dscp 12" in history and "password" not in history, f"the history is\n{history}")
    check(not [secret for secret in SECRETS if secret in said], f"the console shows a secret:\n{said}")
    check(not leaks(t.lab.folder), str(leaks(t.lab.folder)))
    check(os.stat(gateway.state_dir / "machine.key").st_mode & 0o777 == 0o600, "others may read the key")
    gateway.kill_control()
    gateway.start_control()
    check("sealed by another machine" not in gateway.control.text(), "its own secret is not known after a restart")
    gateway.kill_control()
    (gateway.state_dir / "machine.key").write_bytes(bytes(range(32)))
    gateway.start_control()
    check("monitoring.hep.password was sealed by another machine; set it anew" in gateway.control.text(),
          gateway.control.tail())
    said = gateway.console("configure", "set media dscp 13", "commit")
    check("revision 4 holds" in said and "! monitoring.hep.password was sealed by another machine" in said, said)
    said = gateway.console("configure", "set monitoring hep password hep-secret-3", "commit")
    check("revision 5 holds" in said and "another machine" not in said, said)
    said = gateway.console("configure", "rollback 3", "commit", fails=True)
    check("monitoring hep password ********: was sealed by another machine" in said
          or "monitoring hep password: was sealed by another machine" in said, said)
    check(not leaks(t.lab.folder), str(leaks(t.lab.folder)))
    hang_up(*call)


@case("e2e.config.one-owner", timeout_s=60)
def one_owner(t):
    """A second junctor-control on the same folder is refused; an exclusive lock that a restart took is not missed unheard."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    other = t.lab.folder / "other"
    other.mkdir()
    second = gateway.lab.gw.start([os.path.join(gateway.bin, "junctor-control"), "--config", gateway.config_path,
                                   "--run-dir", other, "--state-dir", other], "second")
    check(second.wait(10) not in (0, None), "two junctor-control own one folder")
    check("another junctor-control works with this configuration" in second.text(), second.tail())
    console = t.closing(Console(gateway))
    for line in ("configure exclusive", "set media dscp 12"):
        check(console.type(line) == [], f"{line} is refused")
    gateway.kill_control()
    gateway.start_control()
    said = console.type("commit")
    check(said[0].startswith("! the connection to junctor-control was lost meanwhile"), str(said))
    check(said[-1] == "revision 2 holds", str(said))
    rival = t.closing(Console(gateway))
    gateway.kill_control()
    gateway.start_control()
    check(rival.type("configure exclusive") == [], "the lock outlives a restart")
    console.type("set media dscp 13")
    said = " ".join(console.type("commit"))
    check("not exclusive any more" in said and "configures exclusively" in said, said)
    hang_up(*call)


@case("e2e.config.system-files", timeout_s=60)
def system_files(t):
    """Name, name servers, time servers and SSH are files of the run folder: at the start, after a commit, and only on change."""
    gateway = t.gateway(folder=True)
    folder = gateway.run_dir / "system"
    check((folder / "hostname").read_text() == "junctor\n", "the name is not written")
    before = os.stat(folder / "hostname")
    phone, pbx = t.both()
    call = talk(phone, pbx)
    gateway.console("configure", "set system dns server [ 10.10.2.53 10.10.1.53 ] search example.net",
                    "set system ntp server ntp.example.net", "commit")
    wait_until("the name servers are written", lambda: (folder / "resolv.conf").read_text().splitlines()[1:] == [
        "nameserver 10.10.2.53", "nameserver 10.10.1.53", "search example.net"], 5)
    check((folder / "timesyncd.conf").read_text().endswith("[Time]\nNTP=ntp.example.net\n"), "the time servers are not written")
    after = os.stat(folder / "hostname")
    check((before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns), "what did not change was written anew")
    check(sorted(p.name for p in folder.iterdir()) == ["changed", "hostname", "resolv.conf", "ssh", "timesyncd.conf"],
          "something is left over")
    hang_up(*call)

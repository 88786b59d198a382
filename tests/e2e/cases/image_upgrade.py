# SPDX-License-Identifier: MIT
"""Upgrades of the appliance in QEMU: what is installed, what is refused, and what returns by itself."""
import re

from harness.appliance import (LABELS, appliance_is_there, bundle, choose, command, configure, first_login, image,
                               login, of_data, partitions, ports_up, put_version, shut_down, stick, vm, voice,
                               wait_for_sip)
from harness.bundle import Signer, forge, plain
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk
from harness.vm import flash

INSTALL_S = 240


def slots(machine):
    """Name -> (version, state, health) of `show system software`."""
    appliance_is_there(machine)
    said = command(machine, "show system software")
    rows = re.findall(r"^([AB]) +(\S*) +(runs|at the next start|kept|empty) *(good|on trial)?", said, re.MULTILINE)
    check(len(rows) == 2, f"two slots should be shown: {said}")
    return {name: (version, state, health) for name, version, state, health in rows}


def add(machine, name, options=""):
    """`request system software add` to its end: what it said."""
    return command(machine, f"request system software add usb:{name} {options}".rstrip(), timeout_s=INSTALL_S)


def wait_until_good(machine, slot, timeout_s=200):
    wait_until("the version is declared good", lambda: slots(machine)[slot][2] == "good", timeout_s, 3)


@case("e2e.image.upgrade", timeout_s=1800, cores=2, labels=LABELS)
def upgrade(t):
    """A new version is written beside a call, starts by itself when the call has ended, and is declared good; the
    configuration comes with it, that of the old version stays, and a return finds it. With `now` no call is waited
    for."""
    new = bundle(t, "0.2.0")
    machine = vm(t, extra=stick(t, new))
    first_login(machine)
    # Nobody speaks while the version is written, which takes more than a minute on a busy machine.
    phone, pbx = ports_up(t, machine, "set media timeout 0\n")
    a, b = talk(phone, pbx)
    voice(t, a, b)
    said = add(machine, new.name, "reboot")
    t.note(f"installed {machine.since_start():.1f} s after power-on")
    check("1 call" in said, f"the restart should wait for the call: {said}")
    check(slots(machine)["B"][:2] == ("0.2.0", "at the next start"), f"B should be next: {slots(machine)}")
    refused = phone.invite("1001", phone.sdp(20010))
    failure = refused.expect(None)
    check(failure.status == 503, f"a new call should be refused meanwhile: {failure}")
    refused.ack_failure(failure)
    voice(t, a, b)
    hang_up(a, b)
    machine.expect("Junctor, slot B", 120)
    login(machine)
    check(slots(machine)["B"] == ("0.2.0", "runs", "on trial"), f"B should be on trial: {slots(machine)}")
    wait_for_sip(phone)
    hang_up(*talk(phone, pbx))
    configure(machine, "set system name changed")
    wait_until_good(machine, "B")
    check(slots(machine)["A"] == ("0.1.0", "kept", "good"), f"A should be what to return to: {slots(machine)}")
    t.note(f"good {machine.since_start():.1f} s after power-on")

    for slot in "ABA":      # each takes the one before back
        said = command(machine, "request system software rollback", timeout_s=60)
        check(f"the next start takes slot {slot}" in said, f"{slot} should be next: {said}")
    check("the next start takes slot A, version 0.1.0 (" in said, f"the return was refused: {said}")
    command(machine, "request system reboot now")
    machine.expect("Junctor, slot A", 120)
    login(machine)
    now = slots(machine)
    check(now["A"] == ("0.1.0", "runs", "good") and now["B"] == ("0.2.0", "kept", "good"), f"A should run: {now}")
    check("changed" not in command(machine, "show configuration | include name"), "the old version has the new's name")

    wait_for_sip(phone)
    talk(phone, pbx)
    machine.send(f"request system software add usb:{new.name} reboot now")
    machine.expect("Junctor, slot B", INSTALL_S)     # the call is cut
    login(machine)
    check(slots(machine)["B"] == ("0.2.0", "runs", "on trial"), f"B should be on trial: {slots(machine)}")
    check("changed" not in command(machine, "show configuration | include name"), "B has its earlier configuration")


def flipped(body):
    """One bit of an image in the payload, which no signature covers by itself."""
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


@case("e2e.image.unsigned-refused", timeout_s=900, cores=2, labels=LABELS)
def unsigned_refused(t):
    """What is not signed by who may, for this board, and whole, is refused by name, and nothing of it is written."""
    good = bundle(t, "0.2.0")
    folder = t.lab.folder
    ours = Signer.development()
    bad = [
        ("cut-short", {"cut": 8}, "is not whole"),
        ("nobody", {"signed": False}, "nobody has signed it"),
        ("wrong-key", {"signer": Signer(folder / "wrong-key.d")}, "signature"),
        ("expired", {"signer": Signer(folder / "expired.d", ours, valid=("20200101000000Z", "20210101000000Z"))}, "expired"),
        ("purpose", {"signer": Signer(folder / "purpose.d", ours, usage="serverAuth")}, "purpose"),
        ("board", {"manifest": lambda m: m.replace("junctor-x86_64", "junctor-arm64")}, "junctor-arm64"),
        ("flipped", {"payload": flipped}, "damaged"),
        ("truncated", {"cut": 1000}, "signature|size|truncated"),
    ]
    files = [forge(good, folder / f"{name}.raucb", **how) for name, how, _ in bad]
    files.append(plain(good, folder / "plain.raucb"))
    bad.append(("plain", None, "it has no signature"))
    machine = vm(t, extra=stick(t, *files))
    first_login(machine)
    before = slots(machine)
    for name, _, reason in bad:
        said = add(machine, f"{name}.raucb")
        print(f"  {name}: {said.strip().splitlines()[-2:]}")
        check("% " in said and re.search(reason, said, re.I), f"{name} should be refused because of its {reason}: {said}")
        check(slots(machine) == before, f"{name} changed the slots: {slots(machine)}")
    machine.power_off()
    nothing_is_written(machine)


def nothing_is_written(machine):
    """To slot B, since the disk was flashed."""
    for label in ("junctor-root-b", "junctor-boot-b"):
        check(is_blank(machine.disk, label), f"something was written to {label}")


def is_blank(disk, label):
    start, size = partitions(disk)[label]
    with open(disk, "rb") as file:
        file.seek(start)
        return not any(any(file.read(1 << 20)) for _ in range(size >> 20))


@case("e2e.image.downgrade-refused", timeout_s=900, cores=2, labels=LABELS)
def downgrade_refused(t):
    """An older version is refused before a byte is written, unless the person says force."""
    old = bundle(t, "0.0.9")
    machine = vm(t, extra=stick(t, old))
    first_login(machine)
    before = slots(machine)
    said = add(machine, old.name)
    check("version 0.0.9 is older than 0.1.0" in said, f"the reason should be the version: {said}")
    check(slots(machine) == before, f"the slots have changed: {slots(machine)}")
    nothing_is_written(machine)
    said = add(machine, old.name, "force")
    check("the next start takes it" in said, f"force should install it: {said}")
    check(slots(machine)["B"][:2] == ("0.0.9", "at the next start"), f"B should be next: {slots(machine)}")
    # And is taken back.
    said = command(machine, "request system software rollback", timeout_s=60)
    check("the next start takes slot A, version 0.1.0, which runs" in said, f"A should be next again: {said}")
    check(slots(machine)["B"][:2] == ("0.0.9", "kept"), f"B should be kept: {slots(machine)}")
    # Force is for this one alone.
    said = add(machine, old.name)
    check("is older than" in said, f"force should be asked for again: {said}")


def faulty(t, name, version, files):
    """The image of a version with a fault: files (path -> text) are put over its root."""
    folder = t.lab.folder / name
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)
    return image(t, version, folder)


PANICS = """\
[Service]
ExecStartPre=+/bin/sh -c 'echo c >/proc/sysrq-trigger'
"""
SOON = "[Timer]\nOnBootSec=\nOnBootSec=3min\n"
FAULTS = [
    # name, version, files, starts of B
    ("its kernel panics", "0.3.1", {"etc/systemd/system/junctor-board.service.d/panic.conf": PANICS}, 3),
    ("it hangs", "0.3.2", {"usr/lib/systemd/systemd": "#!/bin/sh\nwhile :; do sleep 1000; done\n"}, 3),
    # Nobody judges it: the last judge comes early here.
    ("its judge dies", "0.3.4", {"usr/bin/junctor-appliance": "#!/bin/sh\nexit 1\n",
                                 "etc/systemd/system/junctor-trial.timer.d/soon.conf": SOON}, 1),
]
DATAPLANE_DIES = {"usr/bin/junctor-dataplane": "#!/bin/sh\nexit 1\n"}


@case("e2e.image.bad-upgrade-returns", timeout_s=3600, cores=2, labels=LABELS)
def bad_upgrade_returns(t):
    """A version that panics, hangs, whose judge or whose dataplane dies is given up, and the old one is back with all that
    was configured. The last comes by an upgrade; the others are written into their slot."""
    disk = flash(image(t), t.lab.folder / "disk.img")
    machine = vm(t, disk)
    first_login(machine)
    configure(machine, "set system name kept")
    for name, version, files, starts in FAULTS:
        bad = faulty(t, version, version, files)
        shut_down(machine)
        put_version(disk, "B", bad)
        choose(disk, order="B A", A_left=6, B_left=3, B_good=0)
        machine.start()
        is_back(t, machine, name, starts)
    shut_down(machine)
    upgrade_returns(t, machine)


def is_back(t, machine, name, starts, since=0):
    """The old version, and with what was configured; since: a place in what the console has said."""
    machine.expect("Junctor, slot A", 900)
    tried = re.findall(r"Junctor, slot (\w)", machine.seen[since:])
    check(tried == ["B"] * starts + ["A"], f"{name}: B should have been tried {starts} times: {tried}")
    t.note(f"{name}: back after {machine.since_start():.0f} s")
    login(machine, r"kept> $")
    check(slots(machine)["A"] == ("0.1.0", "runs", "good"), f"{name}: {slots(machine)}")
    said = command(machine, "show configuration")
    check("leaked" not in said and "eve" not in said, f"{name}: the old version has the bad one's changes: {said}")
    check("set system user admin" in said, f"{name}: something of the configuration is missing: {said}")


def upgrade_returns(t, machine):
    """What is committed while the bad version is on trial is the bad one's alone."""
    bad = faulty(t, "0.3.3", "0.3.3", DATAPLANE_DIES).with_suffix(".raucb")
    machine.extra = stick(t, bad)
    machine.start()
    login(machine, r"kept> $")
    appliance_is_there(machine)
    since = machine.mark()
    machine.send(f"request system software add usb:{bad.name} reboot")
    machine.expect("Junctor, slot B", INSTALL_S + 120)
    login(machine, r"kept> $")
    configure(machine, "set system name leaked\nset system user eve role admin password let-me-in-too")
    command(machine, "show configuration | include name", prompt="leaked> $")
    is_back(t, machine, "its dataplane dies", 1, since)
    check(slots(machine)["B"][:2] == ("0.3.3", "kept"), f"the bad version should be kept: {slots(machine)}")
    shut_down(machine)
    own, others = (of_data(machine.disk, f"cat /slots/{slot}/config/running.json") for slot in "AB")
    check(b"leaked" in others and b"leaked" not in own, "the bad version's commit should be in its own folder alone")


def release(folder, name, *content):
    """A folder for `tools/image --keys`: one signer, and a keyring of these roots and lists."""
    keys = folder / name
    keys.mkdir()
    (keys / "keyring.pem").write_text("".join(file.read_text() for file in content))
    return keys


def sign_with(keys, signer):
    for name, file in (("signer.pem", signer.certificate), ("signer.key", signer.key)):
        (keys / name).write_text(file.read_text())
    return keys


@case("e2e.image.key-rotation", timeout_s=1500, cores=2, labels=LABELS)
def key_rotation(t):
    """A version that trusts the old key and the new one is followed by one that trusts the new alone, and that knows of
    a signer that was lost."""
    folder = t.lab.folder
    old, new = Signer(folder / "old"), Signer(folder / "new")
    lost = Signer(folder / "lost", new)
    both = sign_with(release(folder, "both", old.keyring, new.keyring), old)
    after = sign_with(release(folder, "after", new.keyring, lost.revoked_list(lost)), new)
    second = bundle(t, "0.5.0", keys=after)
    third = bundle(t, "0.6.0", keys=after)
    by_old = forge(third, folder / "by-old.raucb", old)
    by_lost = forge(third, folder / "by-lost.raucb", lost)
    disk = flash(image(t, "0.4.0", keys=both), folder / "disk.img")
    machine = vm(t, disk, extra=stick(t, second, third, by_old, by_lost))
    first_login(machine)
    check(len(re.findall("trusted", command(machine, "show system keyring"))) == 2, "both keys should be trusted")
    for name in (by_old.name, second.name):    # either may sign
        said = add(machine, name)
        check("the next start takes it" in said, f"{name} was refused: {said}")
    command(machine, "request system reboot now")
    machine.expect("Junctor, slot B", 120)
    login(machine)
    said = command(machine, "show system keyring")
    check("1 revoked" in said, f"the list of the revoked should be shown: {said}")
    for name, reason in ((by_old.name, "issuer"), (by_lost.name, "revoked")):
        said = add(machine, name, "force")   # it is on trial
        check("% " in said and reason in said, f"{name} should be refused because of {reason}: {said}")
    said = add(machine, third.name, "force")
    check("the next start takes it" in said, f"the new key's version was refused: {said}")

# SPDX-License-Identifier: MIT
"""The appliance looked at from inside: what stands still comes back, the clock, what the services may."""
from harness.appliance import (BOOT_S, LABELS, ROOT, appliance_is_there, bundle, command, first_login, image, login,
                               ports_up, stick, vm, wait_for_sip)
from harness.inside import Debugger, Inside
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk
from harness.vm import ITCO, flash

from .image_upgrade import add, slots

OVERLAY = ROOT / "tests/e2e/overlay"


def machine_with(t, ways, image_of_test, extra=(), **options):
    """Switched on, with ways into it; its disk is the one image or the other."""
    folder = t.lab.folder / "vm"
    words = [word for way in ways for word in way.arguments(folder)]
    return vm(t, flash(image_of_test, t.lab.folder / "disk.img"), extra=words + list(extra), **options), folder


def image_with_shell(t):
    return image(t, overlay=OVERLAY, folder="image-with-shell")


def both_hear(t, ends, a, b):
    heard_a, heard_b = exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port))
    return len(heard_a) == 10 and len(heard_b) == 10


@case("e2e.image.watchdog", timeout_s=900, cores=2, labels=LABELS)
def watchdog(t):
    """A stopped dataplane, then a stopped control, is ended by systemd and started anew; an established call lives
    through both."""
    machine, folder = machine_with(t, (Inside,), image_with_shell(t))
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    inside = t.closing(Inside(folder))
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    check(both_hear(t, ends, a, b), "the call has no voice")

    def restarts(unit):
        return int(inside.run(f"systemctl show --value -p NRestarts {unit}"))

    for name in ("dataplane", "control"):
        unit = f"junctor-{name}.service"
        before = restarts(unit)
        inside.run(f"systemctl kill --kill-whom=main --signal=STOP {unit}")
        begin = machine.since_start()
        wait_until(f"{name} is started anew", lambda u=unit, n=before: restarts(u) == n + 1, 60, 1)
        t.note(f"a stopped {name} is started anew after {machine.since_start() - begin:.0f} s")
        check("watchdog" in inside.run(f"journalctl -b -u {unit} | tail -n 40"), "it was not the watchdog that did it")
        wait_until("voice is back", lambda: both_hear(t, ends, a, b), 60, 1)
        wait_for_sip(phone)
    hang_up(a, b)


@case("e2e.image.upgrade-cut", timeout_s=900, cores=2, labels=LABELS)
def upgrade_cut(t):
    """junctor-appliance ends while a version is written: so does the writing, half a version is never started, and the
    same one is written whole afterwards."""
    new = bundle(t, "0.2.0")
    machine, folder = machine_with(t, (Inside,), image_with_shell(t), extra=stick(t, new))
    first_login(machine)
    inside = t.closing(Inside(folder))
    appliance_is_there(machine)
    command(machine, f"request system software add usb:{new.name}", prompt="begins")
    machine.keys(b"\x03")
    machine.expect("it goes on", 60)
    machine.expect(r"> $", 30)
    # The name of the device that the bundle's content is checked by: RAUC has begun.
    wait_until("RAUC writes", lambda: "rauc-verity" in inside.run("cat /sys/block/dm-*/dm/name", fails=True), 120, 0.5)
    inside.run("systemctl kill --signal=KILL junctor-appliance.service")
    wait_until("RAUC has ended",
               lambda: "inactive" in inside.run("systemctl is-active rauc.service", fails=True), 30, 0.5)
    appliance_is_there(machine)
    version, state, health = slots(machine)["B"]
    check(state != "at the next start" and health != "good", f"half a version may start: {version} {state} {health}")
    check(slots(machine)["A"][1] == "runs", "another slot runs")
    said = add(machine, new.name)
    check("the next start takes it" in said, f"the version cannot be written any more: {said}")
    check(slots(machine)["B"][:2] == ("0.2.0", "at the next start"), f"the slots are {slots(machine)}")


def fill(inside, unit):
    """A process of the unit takes memory without end; how much it may is printed."""
    group = inside.run(f"systemctl show --value -p ControlGroup {unit}").strip()
    limit = int(inside.run(f"cat /sys/fs/cgroup{group}/memory.max"))
    words = f"echo $$ >/sys/fs/cgroup{group}/cgroup.procs; exec tail -c {2 * limit} /dev/zero"
    inside.run(f"sh -c '{words}' </dev/null >/dev/null 2>&1 &")
    return limit >> 20


@case("e2e.image.memory", timeout_s=900, cores=2, labels=LABELS)
def memory(t):
    """A control, then a dataplane, that takes all the memory it can get is ended at its limit and started anew; an
    established call lives through both, and nothing else is harmed."""
    machine, folder = machine_with(t, (Inside,), image_with_shell(t))
    first_login(machine)
    phone, pbx = ports_up(t, machine)
    appliance_is_there(machine)
    inside = t.closing(Inside(folder))
    a, b = talk(phone, pbx)
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    check(both_hear(t, ends, a, b), "the call has no voice")
    total = int(inside.run("sed -n 's/^MemTotal: *//p' /proc/meminfo").split()[0]) >> 10

    def processes():
        return {unit: inside.run(f"systemctl show --value -p MainPID {unit}").strip() for unit in (*RIGHTS, *ROOTS, CONSOLE)}

    for name in ("control", "dataplane"):
        unit = f"junctor-{name}"
        before = processes()
        begin = machine.since_start()
        limit = fill(inside, unit)
        wait_until(f"{name} is started anew", lambda u=unit, b=before: processes()[u] not in (b[u], "0"), 120, 1)
        t.note(f"a {name} that takes {limit} of {total} MiB is started anew after {machine.since_start() - begin:.0f} s")
        check("oom-kill" in inside.run(f"journalctl -b -u {unit} | tail -n 40"), "it was not its limit that ended it")
        wait_until("voice is back", lambda: both_hear(t, ends, a, b), 90, 1)
        wait_for_sip(phone)
        after = processes()
        harmed = {u for u in before if before[u] != after[u] and u != unit}
        check(not harmed, f"ended as well: {harmed}")
    hang_up(a, b)


@case("e2e.image.watchdog-kernel", timeout_s=600, cores=2, labels=LABELS)
def watchdog_kernel(t):
    """A kernel that hangs is reset by the watchdog of the machine, here i6300esb; what was set before holds."""
    machine, folder = machine_with(t, (Debugger,), image(t))
    first_login(machine)
    shown = command(machine, "show hardware")
    check("i6300esb" in shown and "30 s" in shown, f"no watchdog of hardware is fed: {shown}")
    Debugger(folder).hang()
    begin = machine.since_start()
    machine.expect("Booting", 120)
    t.note(f"a kernel that hangs is reset after {machine.since_start() - begin:.0f} s")
    login(machine)


@case("e2e.image.watchdog-chipset", timeout_s=1200, cores=2, labels=LABELS)
def watchdog_chipset(t):
    """The same with the watchdog that Intel's chip sets have (iTCO_wdt), and as early as systemd begins: it runs from
    the first file system on."""
    machine, folder = machine_with(t, (Debugger,), image(t), watchdog=ITCO)
    machine.expect("slot A starts", BOOT_S)
    Debugger(folder).hang()
    begin = machine.since_start()
    machine.expect("Booting", 600)      # its two minutes, and twice: the chip set counts down twice
    t.note(f"a kernel that hangs before systemd is reset after {machine.since_start() - begin:.0f} s")
    first_login(machine)
    shown = command(machine, "show hardware")
    check("iTCO_wdt (iTCO_wdt), 30 s" in shown, f"the watchdog of the chip set is not fed: {shown}")
    Debugger(folder).hang()
    begin = machine.since_start()
    machine.expect("Booting", 200)
    t.note(f"a kernel that hangs is reset after {machine.since_start() - begin:.0f} s")
    login(machine)


@case("e2e.image.clock", timeout_s=600, cores=2, labels=LABELS)
def clock(t):
    """A dead clock battery: the time is never before this version's, nor before what was known last."""
    machine, folder = machine_with(t, (Inside,), image_with_shell(t), extra=("-rtc", "base=2000-01-01"))
    machine.expect("Choose a password for admin", BOOT_S)
    inside = t.closing(Inside(folder))
    built = int(inside.run("stat -c %Y /usr/lib/clock-epoch"))
    now = int(inside.run("date +%s"))
    check(built <= now < built + 3600, f"the clock shows {now}, the version is of {built}")
    known = now + 400 * 86400
    inside.run(f"date -s @{known}")
    # Not before the services of time have started, which nobody waits for.
    noted = "stat -c %Y /data/systemd/timesync/clock 2>/dev/null || echo 0"
    wait_until("the time is noted", lambda: int(inside.run(noted)) >= known, 150, 5)
    inside.run("sync")
    machine.power_off()
    machine.start()
    machine.expect("Choose a password for admin", BOOT_S)
    inside = t.closing(Inside(folder))
    now = int(inside.run("date +%s"))
    check(known <= now < known + 3600, f"the clock shows {now}, {known} was known")
    # Times ahead of the clock are no damage.
    check(int(inside.run("cat /run/fsck.status")) == 0, inside.run("cat /run/fsck.log"))


# Unit -> its user and all the capabilities that it can have.
RIGHTS = {
    "junctor-control": ("900", 0), "junctor-dataplane": ("910", 0), "junctor-network": ("911", 1 << 12),
    "dbus": ("901", 0), "systemd-timesyncd": ("902", 1 << 25), "rauc": ("0", 1 << 21 | 1 << 1),
    "junctor-appliance": ("0", 1 << 1 | 1 << 2 | 1 << 3),
}
# Debian's, root's with what Debian gives them; and the console's, which becomes the user who logs in.
ROOTS = ("systemd-journald", "systemd-udevd")
CONSOLE = "junctor-console@ttyS0"


def confined(inside):
    """Every service that runs has a filter of system calls and limits, and no rights but those that it is to have."""
    inside.run("systemctl start rauc systemd-timesyncd")
    rows = inside.run("systemctl list-units --type=service --state=running --no-legend --plain --full")
    running = {line.split()[0].removesuffix(".service") for line in rows.splitlines()} - {"junctor-test"}
    check(running == {*RIGHTS, *ROOTS, CONSOLE}, f"these run: {sorted(running)}")
    for unit in running:
        shown = inside.run(f"systemctl show -p MainPID -p MemoryMax -p TasksMax {unit}")
        about = dict(line.split("=", 1) for line in shown.splitlines())
        check(about["MemoryMax"].isdecimal() and about["TasksMax"].isdecimal(), f"{unit} has no limits: {about}")
        rows = inside.run(f"cat /proc/{about['MainPID']}/status").splitlines()
        status = dict(row.split(":\t", 1) for row in rows)
        check((status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), f"{unit} is not confined")
        if unit not in RIGHTS:
            continue
        user, capabilities = RIGHTS[unit]
        check(status["Uid"].split() == [user] * 4, f"{unit} runs as {status['Uid']}")
        for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "CapInh"):
            check(int(status[kind], 16) & ~capabilities == 0, f"{unit} has {kind} {status[kind]}")


def upgrades_are_confined(inside):
    """What reads a foreign bundle reaches the slots, and neither the rest of the disk nor what is kept there."""
    enter = "nsenter -m -t $(systemctl show --value -p MainPID rauc)"
    seen = inside.run(f"{enter} ls -A /data /var/lib/junctor /data/slots/A/config").split()
    check(seen == "/data: rauc slots upgrade /data/slots/A/config: /var/lib/junctor: export".split(), f"it sees {seen}")
    places = "/run /data /data/upgrade /var/lib/junctor/export /etc /run/rauc /run/junctor-appliance /data/slots"
    tries = f"for p in {places}; do true >$p/tried && rm $p/tried && echo $p; done; true"
    writable = inside.run(f"{enter} sh -c '{tries}' 2>/dev/null").split()
    check(writable == ["/run/rauc", "/run/junctor-appliance", "/data/slots"], f"it writes into {writable}")
    group = "/sys/fs/cgroup/system.slice/rauc.service/cgroup.procs"

    def octets(device):
        return int(inside.run(f"sh -c 'echo $$ >{group}; head -c 512 {device} 2>/dev/null | wc -c'"))
    check(octets("/dev/junctor/root-b") == 512, "it cannot read a slot")
    for device in ("/dev/junctor/data", "/dev/vda", "/dev/mem"):
        check(octets(device) == 0, f"it reads {device}")


@case("e2e.image.sandbox", timeout_s=600, cores=2, labels=LABELS)
def sandbox(t):
    """As it runs: no unit has failed, the gateway has no rights but those it is to have, and nothing listens but SIP."""
    machine, folder = machine_with(t, (Inside,), image_with_shell(t))
    first_login(machine)
    phone, _ = ports_up(t, machine)
    inside = t.closing(Inside(folder))
    # A file that one user makes and another fills.
    check("capture" in command(machine, "capture start seconds 60"), "no capture begins")
    wait_for_sip(phone)
    command(machine, "capture stop")
    size = int(inside.run("cat $(ls -t /var/lib/junctor/captures/*.pcapng | head -n 1) | wc -c"))
    check(size > 500, f"the capture has {size} octets")
    # Whoever takes over the dataplane changes nothing of the other's.
    folders = "/run/junctor /run/junctor/* /var/lib/junctor /var/lib/junctor/* /var/lib/junctor/config/*"
    as_dataplane = "systemd-run --quiet --pipe --wait --collect --uid=junctor-dataplane --gid=junctor"
    writable = inside.run(f"{as_dataplane} sh -c 'for f in {folders}; do [ ! -w $f ] || echo $f; done' </dev/null").split()
    check(writable == ["/run/junctor/management.sock", "/var/lib/junctor/captures", "/var/lib/junctor/export"],
          f"the dataplane's user may write {writable}")
    before = inside.run("/usr/lib/junctor/slots show")
    said = inside.run(f"{as_dataplane} rauc status mark-active other </dev/null 2>&1", fails=True)
    check("AccessDenied" in said or "rejected" in said.lower() or "not allowed" in said.lower(),
          f"it may choose the slot: {said}")
    check(inside.run("/usr/lib/junctor/slots show") == before, "it has chosen the slot")
    special = inside.run("find / -path /proc -prune -o -path /sys -prune -o -type f -perm /6000 -print")
    check(special == "", f"these run with other rights than who starts them: {special}")
    check("nosuid" in inside.run("grep ' / squashfs ' /proc/mounts"), "the root file system would let them")
    failed = inside.run("systemctl --failed --no-legend --plain")
    check(failed.strip() == "", f"failed: {failed}{inside.run('journalctl -b -p warning | tail -n 40')}")
    confined(inside)
    upgrades_are_confined(inside)
    sockets = [line.split()[3] for line in inside.run("netstat -lntu | grep -E '^(tcp|udp)'").splitlines()]
    unexpected = [s for s in sockets if not s.endswith((":5060", ":5061"))]
    check(not unexpected, f"these listen as well: {unexpected}")
    for unit in (*RIGHTS, *ROOTS):
        shown = inside.run(f"systemctl show -p MemoryCurrent -p TasksCurrent {unit}")
        t.note(f"{unit}: {' '.join(shown.split())}")

# SPDX-License-Identifier: MIT
"""The time of an appliance whose clock battery is dead, from a time server that may lie."""
import calendar
import re
import time

from cases.image_inside import image_with_shell, machine_with
from cases.image_upgrade import add
from harness.appliance import LABELS, NETWORK, command, configure, first_login, login, stick, take_ports, wait_for_sip
from harness.bundle import Signer, forge
from harness.inside import Inside
from harness.ntp import TimeServer
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import talk

DAY = 86400
ALONE, SYNCHRONIZED, WRONG = "of the clock alone", "from a time server", "before this version"


def stamp(unix):
    """As X.509 has it."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(unix))


def told(machine):
    """`show system`: the time, and where it is from."""
    said = command(machine, "show system", timeout_s=60)
    found = re.search(r"^time +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC, (.*)$", said, re.M)
    check(found, f"no time is shown: {said}")
    return calendar.timegm(time.strptime(found[1], "%Y-%m-%d %H:%M:%S")), found[2].strip()


def wait_until_told(machine, what, timeout_s=400):
    # junctor-appliance starts last: calls come first.
    wait_until("show system answers", lambda: "time " in command(machine, "show system", timeout_s=60), 180, 2)
    wait_until(f"the time is {what}", lambda: told(machine)[1] == what, timeout_s, 3)


def clock_of(inside):
    return int(inside.run("date +%s"))


def set_by_hand(machine, unix):
    return command(machine, time.strftime("request system time set %Y-%m-%d %H:%M:%S", time.gmtime(unix)))


def nobody_answers_bye(t, machine):
    """A call whose other end is gone ends in time: what SIP waits for has nothing to do with the clock that is set."""
    phone, pbx = t.both()
    wait_for_sip(phone)
    a, b = talk(phone, pbx)
    a.send_request("BYE")
    b.expect("BYE")
    wait_until("the call has ended", lambda: re.search(r"^calls +0", command(machine, "show version"), re.M), 90, 2)


def is_at(inside, unix):
    """A second of rounding, and what the question takes on a busy machine."""
    return abs(clock_of(inside) - unix()) <= 5


def wait_until_noted(inside, fits):
    wait_until("the time is noted", lambda: fits(int(inside.run(
        "stat -c %Y /data/systemd/timesync/clock 2>/dev/null || echo 0"))), 200, 5)
    inside.run("sync")


def restart(t, machine, folder):
    """The plug is pulled; the clock battery is dead."""
    machine.power_off()
    machine.start()
    login(machine)
    return t.closing(Inside(folder))


@case("e2e.image.ntp", timeout_s=2400, cores=2, labels=LABELS)
def ntp(t):
    """The clock of the mainboard says 2000. A time server of the configuration sets it; that is known after a restart
    without the server. One that tells a time before systemd was built is not believed; one that tells a time before
    this version is called wrong at the console, and after a restart the time is that of the version at least. A time set
    by hand is kept as well, also one that sets the clock back. What a bundle's certificate allows goes by that time."""
    new_year = time.time() + 300 * DAY
    valid = (stamp(new_year - DAY), "20991231000000Z")
    signer = Signer(t.lab.folder / "next-year.d", Signer.development(), valid=valid)
    bundle = forge(image_with_shell(t).with_suffix(".raucb"), t.lab.folder / "next-year.raucb", signer)
    machine, folder = machine_with(t, (Inside,), image_with_shell(t),
                                   extra=["-rtc", "base=2000-01-01", *stick(t, bundle)])
    first_login(machine)
    inside = t.closing(Inside(folder))
    made = int(inside.run("stat -c %Y /usr/lib/clock-epoch"))
    configure(machine, NETWORK)
    take_ports(machine)
    wait_until_told(machine, ALONE)
    check(made <= told(machine)[0] < made + 3600, f"the clock shows {told(machine)}, the version is of {made}")
    said = add(machine, bundle.name)
    check("% " in said and re.search("not yet valid", said), f"a signer of next year is believed: {said}")

    server = t.closing(TimeServer(t.phones, new_year))
    configure(machine, "set system ntp server 10.10.1.2")
    wait_until_told(machine, SYNCHRONIZED)
    check(is_at(inside, server.now), f"the clock shows {clock_of(inside)}, the server said {server.now()}")
    check(abs(told(machine)[0] - server.now()) < 30, f"the console says {told(machine)}, the server {server.now()}")
    off = clock_of(inside) - server.now()
    t.note(f"set {machine.since_start():.0f} s after power-on, {off:+.1f} s from the server")

    wait_until_noted(inside, lambda noted: noted >= new_year)
    server.close()
    inside = restart(t, machine, folder)
    wait_until_told(machine, ALONE)
    known = clock_of(inside)
    check(new_year <= known < new_year + 3600, f"the clock shows {known}, {new_year} was known")

    liar = t.closing(TimeServer(t.phones, calendar.timegm((2001, 1, 1, 0, 0, 0))))
    for _ in range(2):
        asked = liar.asked
        inside.run("systemctl restart systemd-timesyncd")
        wait_until("the liar is asked", lambda n=asked: liar.asked > n, 120, 1)
    time.sleep(5)
    check(clock_of(inside) >= known, f"a time server has set the clock back to {clock_of(inside)}")
    check(told(machine)[1] == ALONE, f"the console believes a time server: {told(machine)}")

    liar.set(made - 3600)
    inside.run("systemctl restart systemd-timesyncd")
    wait_until_told(machine, f"{SYNCHRONIZED}, {WRONG}")
    wait_until_noted(inside, lambda noted: 0 < noted < made)
    liar.close()
    inside = restart(t, machine, folder)
    wait_until_told(machine, ALONE)
    check(made <= clock_of(inside) < made + 3600, f"the clock shows {clock_of(inside)}, the version is of {made}")

    server = t.closing(TimeServer(t.phones, new_year + 3000 * DAY))
    inside.run("systemctl restart systemd-timesyncd")
    wait_until_told(machine, SYNCHRONIZED)
    server.close()
    said = set_by_hand(machine, made - DAY)
    check("% " in said and "before the date of this version" in said, f"a time that cannot be is taken: {said}")
    said = set_by_hand(machine, new_year)
    check("the time is set" in said, f"the time is not set: {said}")
    check(told(machine)[1] == ALONE and abs(told(machine)[0] - new_year) < 60, f"the console says {told(machine)}")
    nobody_answers_bye(t, machine)
    battery = int(inside.run("cat /sys/class/rtc/rtc0/since_epoch"))
    check(abs(battery - new_year) < 60, f"the clock with the battery shows {battery}, {new_year} was set")
    wait_until_noted(inside, lambda noted: new_year <= noted < new_year + DAY)
    inside = restart(t, machine, folder)
    wait_until_told(machine, ALONE)
    check(new_year <= clock_of(inside) < new_year + 3600, f"the clock shows {clock_of(inside)}, {new_year} was set")

    server = t.closing(TimeServer(t.phones, new_year))
    inside.run("systemctl restart systemd-timesyncd")
    wait_until_told(machine, SYNCHRONIZED)
    check(is_at(inside, server.now), f"the clock shows {clock_of(inside)}, the server said {server.now()}")
    said = add(machine, bundle.name)
    check("the next start takes it" in said, f"the signer is valid now: {said}")

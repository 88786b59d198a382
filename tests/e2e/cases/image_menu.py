# SPDX-License-Identifier: MIT
"""What only the person before the machine can do: a new password, a factory reset, which the console does too, and the
power button."""
import asyncio
import random
import re
import time

from harness.appliance import (BOOT_S, LABELS, PASSWORD, appliance_is_there, choose, choose_password, command, configure,
                               first_login, image, is_given_back, is_refusal, login, of_data, place_of, places_of,
                               ports_up, put_version, shut_down, stick, vm)
from harness.bundle import Signer, keys_file
from harness.process import Failure, check, wait_until
from harness.registry import case
from harness.vm import flash

from .image_ssh import Client

NEW_PASSWORD, FACTORY_RESET, OTHER_SLOT = 1, 2, 3      # entries of the menu
B_ENTRY = "Junctor, slot B"
MADE_ANEW = "the data partition is made anew"


def watch(machine, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        machine.read(min(left, 0.1))


def open_menu(machine):
    """Esc in the first second shows the menu of GRUB; in the menu it does nothing."""
    end = time.monotonic() + 30
    while "Factory reset" not in machine.seen[machine.mark():] and time.monotonic() < end:
        machine.keys(b"\x1b")
        watch(machine, 0.1)
    machine.expect("Factory reset", 1)
    watch(machine, 1)


def choose_in_menu(machine, entry):
    """Ctrl-N goes one down. GRUB draws the menu anew after each, and is slow at it."""
    for key in [b"\x0e"] * entry + [b"\r"]:
        machine.keys(key)
        watch(machine, 1)


def nothing_can_be_edited(machine):
    """The keys that edit an entry or give a command line ask for a user, and there is none."""
    for key in (b"e", b"c"):
        machine.keys(key)
        machine.expect("Enter username", 20)
        machine.keys(b"nobody\r")
        machine.expect("Enter password", 20)
        machine.keys(b"\r")
        machine.expect("Factory reset", 30)
        watch(machine, 1)
    check("grub>" not in machine.seen and "setparams" not in machine.seen, "GRUB's menu can be edited")


def refused(machine, entry, what):
    open_menu(machine)
    choose_in_menu(machine, entry)
    machine.expect(f"{what} is for who stands before the machine", BOOT_S)


def answer(machine, password):
    machine.expect("Choose a password for admin", BOOT_S)
    for question in ("Password: ", "Once more: "):
        machine.expect(question, 20)
        machine.send(password)
    machine.expect(r"kept> $", 30)


def sit_down(machine, user, password):
    """At the login's question; what is said to it."""
    machine.send(user)
    machine.expect("Password: ", 20)
    machine.send(password)
    return machine.expect(r"wrong user or password|kept> $", 30)[0]


def listening(host, address):
    """TCP ports of an address that take connections, of the first 1,023."""
    async def attempt(port, few, found):
        async with few:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 10)
            except ConnectionRefusedError:
                return
            writer.close()
            found.append(port)

    async def attempts():
        few, found = asyncio.Semaphore(50), []
        await asyncio.gather(*(attempt(port, few, found) for port in range(1, 1024)))
        return sorted(found)
    with host.enter():
        return asyncio.run(attempts())


@case("e2e.image.password-recovery", timeout_s=1200, cores=2, labels=LABELS)
def password_recovery(t):
    """Who stands before the machine chooses a new password at the boot loader; the configuration stays. Nobody else
    does: no other user at the console or by SSH, nobody in the network, no later start, and nobody at the far end of
    the serial line who waits for a restart."""
    machine = vm(t)
    first_login(machine)
    ports_up(t, machine)
    client = Client(t)
    configure(machine, "set system name kept\nset system user ann role operator\n"
                       f'set system user ann ssh-key "{client.public}"\nset system user ann password ann-has-one\n'
                       "set system ssh enabled true\nset system ssh address 10.10.1.1")
    command(machine, "exit", prompt="[Ll]ogin: $")
    check(sit_down(machine, "ann", "ann-has-one") == "kept> ", "ann may not log in")
    said = command(machine, "configure")
    check("% " in said, f"an operator may set passwords: {said}")

    machine.power_off()
    machine.start()
    open_menu(machine)
    nothing_can_be_edited(machine)
    choose_in_menu(machine, NEW_PASSWORD)
    machine.expect("Choose a password for admin", BOOT_S)
    # While the question stands: those who are not there.
    wait_until("ann may log in", lambda: client.run("show version")[0] == 0, 120, 2)
    for words in ("configure", "--login", "password", "login"):
        status, text, complaint = client.run(words)
        check(status != 0 and "Choose" not in text, f"by SSH {words!r} ends with {status}: {text} {complaint}")
    status, _, complaint = client.run("show version", user="admin")
    check(status == 255 and "denied" in complaint, f"admin is let in by SSH: {status} {complaint}")
    ports = listening(t.phones, "10.10.1.1")
    check(ports == [22], f"besides SSH it listens on {ports}")
    # Nobody answers: the next start asks no more, and nothing has changed.
    machine.power_off()
    machine.start()
    login(machine, r"kept> $")

    for entry, what in ((NEW_PASSWORD, "a new password"), (FACTORY_RESET, "a factory reset from the menu")):
        appliance_is_there(machine)
        command(machine, "request system reboot now", prompt="restarts")
        machine.expect("Restarting system", 120)
        refused(machine, entry, what)
        # A break on the serial line, and b: the kernel's own key to restart.
        machine.qmp("chardev-send-break", id="serial")
        machine.keys(b"b")
        begin = machine.mark()
        login(machine, r"kept> $")
        check("Booting" not in machine.seen[begin:], "it was restarted by a break on the serial line")

    # A version on trial that panics restarts by itself: its starts follow one that was asked for.
    shut_down(machine)
    choose(machine.disk, A_good=0)
    of_data(machine.disk, "cd /", "write /dev/null restarted")
    machine.start()
    machine.expect("slot A starts", BOOT_S)
    machine.qmp("system_reset")
    refused(machine, NEW_PASSWORD, "a new password")
    login(machine, r"kept> $")
    # A slot without a configuration has the users of the other, and asks nobody for a first password.
    shut_down(machine)
    choose(machine.disk, A_good=1, B_left=3)
    put_version(machine.disk, "B", image(t))
    machine.start()
    begin = machine.mark()
    open_menu(machine)
    check(B_ENTRY in machine.seen[begin:], "the menu does not offer the other slot")
    choose_in_menu(machine, OTHER_SLOT)
    machine.expect("slot B starts", BOOT_S)
    login(machine, r"kept> $")
    choose(machine.disk, order="A B", B_left=0)

    # A version that was given up cannot be chosen, and so nobody makes it panic.
    machine.power_off()
    machine.start()
    begin = machine.mark()
    open_menu(machine)
    check(B_ENTRY not in machine.seen[begin:], "the menu offers a version that was given up")
    choose_in_menu(machine, NEW_PASSWORD)
    answer(machine, "battery-staple")
    check("chosen anew" in command(machine, "show log | include anew"), "the log does not tell of the new password")
    command(machine, "exit", prompt="[Ll]ogin: $")
    check(sit_down(machine, "admin", PASSWORD).startswith("wrong"), "the old password holds still")
    machine.expect("[Ll]ogin: $", 30)
    check(sit_down(machine, "admin", "battery-staple") == "kept> ", "the new password does not hold")


@case("e2e.image.power-button", timeout_s=600, cores=2, labels=LABELS)
def power_button(t):
    """The button on the case switches off in good order: the data partition was unmounted, and what was configured is
    there afterwards."""
    machine = vm(t)
    first_login(machine)
    configure(machine, "set system name kept")
    appliance_is_there(machine)
    begin = machine.since_start()
    machine.qmp("system_powerdown")
    machine.wait_off()
    t.note(f"off {machine.since_start() - begin:.0f} s after the button was pressed")
    features = of_data(machine.disk, "features").decode()
    check("has_journal" in features and "needs_recovery" not in features, f"it was cut off: {features}")
    machine.start()
    login(machine, r"kept> $")


SECRET, NAME, NAME_BEFORE = "forget-me-4711", "forgotten", "forgotten1st"


def fill_in(t, machine):
    """What a reset has to delete: configuration, secrets, the key of SSH, a key that was added and is revoked."""
    configure(machine, f"set system name {NAME_BEFORE}")
    configure(machine, f"set system name {NAME}\nset monitoring hep address 10.10.2.99\n"
                       f"set monitoring hep password {SECRET}\nset system ssh enabled true")
    check(len(keyring(machine)) == 1, f"a new machine trusts the image's key alone: {keyring(machine)}")
    said = command(machine, "request system keyring add usb:more.keys", timeout_s=120)
    check("% " not in said, f"the keys were refused: {said}")
    added, = [row[0] for row in keyring(machine) if row[1] == "here"]
    appliance_is_there(machine)
    said = command(machine, f"request system keyring revoke {added}")
    check("% " not in said, f"the key was not revoked: {said}")
    check(sorted(row[1:] for row in keyring(machine)) == [("here", "revoked here"), ("image", "trusted")],
          f"one key should be revoked: {keyring(machine)}")
    make_ssh_key(machine)
    return traces(machine.disk)


def make_ssh_key(machine):
    """It is made beside all else, and no console tells when: a busy machine may need another start."""
    for _ in range(3):
        watch(machine, 20)
        shut_down(machine)
        if b"ssh" in of_data(machine.disk, "ls /") and b"host_ed25519" in of_data(machine.disk, "ls /ssh"):
            return
        machine.start()
        login(machine)
    raise Failure("in three starts SSH has no key")


def keyring(machine):
    """(fingerprint, from, state) of each key."""
    def shown():
        said = command(machine, "show system keyring")
        return not is_refusal(said) and said
    said = wait_until("the keyring is shown", shown, 120, 2)
    # A row may take two lines.
    return re.findall(r"^([0-9a-f]{16})\b.*?\b(image|here)\b.*?\b(trusted|revoked here)", said, re.M | re.S)


def traces(disk):
    """Octets that are on the disk now and must not be there after a reset, by what they are."""
    running = of_data(disk, "cat /slots/A/config/running.json")
    check(NAME.encode() in running, f"the configuration is not there: {running}")
    sealed = re.search(rb"\$sealed\$1\$[^\"]+", running)
    hashed = re.search(rb"\$y\$[^\"]+", running)
    host_key = of_data(disk, "cat /ssh/host_ed25519").split(b"\n")
    name = re.search(rb"\"name\": *\"%s\"" % NAME.encode(), running)[0]
    found = {"machine.key": of_data(disk, "cat /junctor/machine.key"), "SSH's host key": host_key[len(host_key) // 2],
             "a sealed secret": sealed[0], "the password's hash": hashed[0],
             "the name in the configuration": name,
             "the name before it": name.replace(NAME.encode(), NAME_BEFORE.encode())}
    for what, octets in found.items():
        places = list(places_of(disk, "junctor-data", octets))
        check(len(octets) > 10 and places, f"{what} is not on the disk: {octets}")
        # Of a file that is no more a reset could not know.
        check(not any(is_given_back(disk, at) for at in places), f"{what} lies in blocks of no file")
    return found


def expect_forgotten(t, machine, before):
    choose_password(machine)
    left = [what for what, octets in before.items() if place_of(machine.disk, "junctor-data", octets) >= 0]
    check(not left, f"still on the disk: {left}")
    check(place_of(machine.disk, "junctor-data", SECRET.encode()) < 0, "the secret lies in clear text on the disk")
    said = command(machine, "show configuration")
    check(NAME not in said and "hep" not in said and "ssh" not in said, f"still configured: {said}")
    keys = [row[1:] for row in keyring(machine)]
    check(keys == [("image", "trusted")], f"the keys should be the image's: {keys}")


@case("e2e.image.factory-reset", timeout_s=1500, cores=2, labels=LABELS)
def factory_reset(t):
    """From the boot loader's menu, then at the console: the next login chooses a password, nothing is configured, and
    neither the keys nor the configuration are to be found on the disk, whether it forgets what is given back to it or
    not."""
    more = keys_file(t.lab.folder / "more.keys", Signer(t.lab.folder / "more").keyring, Signer.development())
    machine = vm(t, extra=stick(t, more))
    first_login(machine)
    before = fill_in(t, machine)
    machine.start()
    open_menu(machine)
    choose_in_menu(machine, FACTORY_RESET)
    machine.expect(MADE_ANEW, BOOT_S)
    machine.expect("Choose a password for admin", BOOT_S)
    expect_forgotten(t, machine, before)

    before = fill_in(t, machine)
    machine.forgets = True
    machine.start()
    login(machine)
    said = command(machine, "request system factory-reset", prompt="Type yes to go on: $")
    said = command(machine, "no")
    check("nothing is deleted" in said, f"it was not sure: {said}")
    command(machine, "request system factory-reset", prompt="Type yes to go on: $")
    command(machine, "yes", prompt="deleted by the start that follows")
    machine.expect(MADE_ANEW, BOOT_S)
    machine.expect("Choose a password for admin", BOOT_S)
    expect_forgotten(t, machine, before)
    check(place_of(machine.disk, "junctor-data", NAME.encode()) < 0, "a disk that forgets knows the old name still")


def comes_up(t, machine, what, name):
    """After a power cut: with everything that was configured, or with nothing; true if with nothing."""
    machine.start()
    found = machine.expect(r"Choose a password for admin|[Ll]ogin: $", BOOT_S)[0]
    is_new = "Choose" in found
    if is_new:
        choose_password(machine)
    else:
        check(name is not None, f"{what}: there is an admin already")
        machine.send("admin")
        machine.expect("Password: ", 20)
        machine.send(PASSWORD)
        machine.expect(rf"{name}> $", 30)
    appliance_is_there(machine)
    said = command(machine, "show system")
    check("missing" not in said, f"{what}: {said}")
    if is_new:
        configure(machine, "set system name kept")
    t.note(f"{what}: {'everything is new' if is_new else 'nothing is deleted'}")
    return is_new


@case("e2e.image.factory-reset-cut", timeout_s=1500, cores=2, labels=LABELS)
def factory_reset_cut(t):
    """The plug is pulled in the first start of all, and in a factory reset from the menu and from the console: the
    machine starts, reset or not, whole."""
    chance = random.Random()
    seed = chance.randrange(1 << 32)
    chance.seed(seed)
    t.note(f"seed {seed}")

    def cut(what, longest_s, name):
        wait = chance.uniform(0, longest_s)
        watch(machine, wait)
        machine.power_off()
        return comes_up(t, machine, f"{what}, cut after {wait:.1f} s", name)

    machine = vm(t, flash(image(t), t.lab.folder / "disk.img"))
    machine.expect("Booting", 60)
    cut("the first start", 15, None)
    machine.power_off()
    machine.start()
    open_menu(machine)
    choose_in_menu(machine, FACTORY_RESET)
    machine.expect(MADE_ANEW, BOOT_S)
    cut("a reset from the menu", 2, "kept")
    command(machine, "request system factory-reset yes", prompt="deleted by the start that follows")
    machine.expect(MADE_ANEW, BOOT_S)
    check(cut("a reset from the console", 2, "kept"), "what was asked for is not done")

# SPDX-License-Identifier: MIT
"""Who sits at the console: the first login, passwords, roles; and a console that nobody sits at any more."""
import os
import signal
import time

from harness.console import Console, play
from harness.gateway import basic_config
from harness.process import check
from harness.registry import case
from harness.sip import hang_up, talk

SECRETS = ("correct horse", "battery staple", "eve's password")


def give_up(console, user, password):
    """The last of the tries: the program ends after it."""
    os.write(console.fd, f"{user}\r".encode())
    console._until_prompt()
    os.write(console.fd, f"{password}\r".encode())
    return console.wait_end(15)


def log_in(console, user, password, timeout_s=15):
    console.type(user)
    return console.type(password, timeout_s)


def anew(user):
    """What a console says when junctor-control was started again."""
    return (f"% junctor-control was started again, and knows nobody any more: log in. What {user} did not commit is kept "
            f"for {user}.")


def sit_down(t, serial):
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    a, b = talk(phone, pbx)
    first = t.closing(Console(gateway, serial=serial, login=True))
    check("This gateway has no administrator yet. Choose a password for admin:" in first.greeting, first.greeting)
    t.note(f"{play(first, 'login/first')} lines")
    check(not any(secret in first.raw for secret in SECRETS), f"a password was echoed:\n{first.raw}")
    return gateway, (a, b)


@case("e2e.console.first-login", timeout_s=120)
def first_login(t):
    """No default password: the first login sets one. Then wrong ones cost time, and roles hold at once."""
    gateway, call = sit_down(t, serial=False)
    guest = t.closing(Console(gateway, login=True))
    check(guest.prompt == "Login: ", f"there is an admin, but it asks {guest.prompt!r}")
    began = time.monotonic()
    for user, password in (("admin", "correct horse"), ("nobody", "battery staple")):
        said = log_in(guest, user, password)
        check(said == ["% wrong user or password"], f"{user} with a wrong password is told {said}")
    raw = give_up(guest, "admin", "again wrong")
    took = time.monotonic() - began
    t.note(f"three wrong passwords took {took:.1f} s")
    check(took > 1 + 1 + 2, f"three wrong passwords took {took:.1f} s alone")
    check("junctor>" not in raw, raw)
    admin = t.closing(Console(gateway, login=True))
    log_in(admin, "admin", "battery staple", 40)
    check(admin.prompt == "junctor> ", f"admin has {admin.prompt!r}")
    for line in ("configure", "set system user eve role viewer password \"eve's password\""):
        check(admin.type(line) == [], f"{line} is refused")
    check("revision 4 holds" in admin.type("commit"), "a user cannot be added")
    check(admin.type("exit") == [], "configuration cannot be left")
    eve = t.closing(Console(gateway, login=True))
    log_in(eve, "eve", "eve's password", 40)
    check(any("phones" in line for line in eve.type("show calls")), "a viewer does not see the call")
    check("may not" in eve.type("configure")[0] or "only an admin" in eve.type("configure")[0], "a viewer may configure")
    gateway.console("configure", "set system user eve role admin", "commit")
    eve.type("configure")
    check(eve.prompt == "junctor(config)# ", "a new role does not hold at once")
    gateway.console("configure", "delete system user eve", "commit")
    check("is no user any more" in eve.type("run show calls")[0], "who is no user any more may still look")
    gateway.console("configure", "rollback 5", "commit")
    gateway.kill_control()
    gateway.start_control()
    eve.type("exit")
    check(eve.type("show calls") == [anew("eve")] and eve.prompt == "Login: ",
          "a console is root's after a restart of junctor-control")
    log_in(eve, "eve", "eve's password", 40)
    check(any("phones" in line for line in eve.type("show calls")), "eve cannot log in again")
    hang_up(*call)


@case("e2e.console.login-again", timeout_s=120)
def login_again(t):
    """junctor-control starts again under a console: it asks who sits there, and only who sat there finds the candidate."""
    config = basic_config()
    config["system"]["users"] = [{"name": name, "role": "ADMIN", "password": "correct horse"} for name in ("ann", "bob")]
    gateway = t.gateway(config, folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    console = t.closing(Console(gateway, login=True))
    log_in(console, "ann", "correct horse")
    for line in ("configure", "set media dscp 26"):
        check(console.type(line) == [], line)
    gateway.kill_control()
    said = console.type("commit")
    check("cannot be reached" in said[0] and console.prompt == "junctor(config)# ", f"while nobody is there: {said}")
    gateway.start_control()
    check(console.type("commit") == [anew("ann")], "the console does not end its session")
    check(console.prompt == "Login: ", f"the prompt is {console.prompt!r}")
    log_in(console, "ann", "correct horse", 40)
    check(console.prompt == "junctor(config)# ", f"ann finds {console.prompt!r}")
    check("+ media dscp 26" in console.type("show | compare"), "the candidate is gone")
    gateway.kill_control()
    gateway.start_control()
    console.type("commit")
    log_in(console, "bob", "correct horse", 40)
    check(console.prompt == "junctor> ", f"bob finds {console.prompt!r}")
    console.type("configure")
    check(console.type("show | compare") == [], "bob finds what ann did not commit")
    hang_up(*call)


@case("e2e.console.login-waits", timeout_s=60)
def login_waits(t):
    """--login before junctor-control runs: it says so, waits, and ^C ends that; also while a password is looked at."""
    gateway = t.gateway(folder=True)
    gateway.kill_control()
    waits = "junctor-control does not run yet; it is waited for, ^C ends that"
    gone = t.closing(Console(gateway, login=True, wait=False))
    gone.until(waits)
    gone.keys("\x03")
    gone.wait_end(5)
    (gateway.run_dir / "management.sock").unlink(missing_ok=True)
    patient = t.closing(Console(gateway, login=True, wait=False))
    patient.until(waits)
    gateway.start_control()
    patient.until("Choose a password for admin")
    for password in ("correct horse", "correct horse"):
        patient._until_prompt()
        patient.keys(password + "\r")
    patient.prompt = patient._until_prompt(20)[1]
    check(patient.prompt == "junctor> ", f"the prompt is {patient.prompt!r}")
    guest = t.closing(Console(gateway, login=True))
    guest.type("admin")
    gateway.control.kill(signal.SIGSTOP)
    try:
        guest.keys("correct horse\r")
        time.sleep(1)
        guest.keys("\x03")
        said = guest.wait_end(5)
        check("junctor-control has not answered yet" in said, f"the console ends with {said[-200:]}")
    finally:
        gateway.control.kill(signal.SIGCONT)


NOBODY = 65534


@case("e2e.console.not-the-console", timeout_s=60)
def not_the_console(t):
    """Another user of the machine cannot take a gateway without admin; root's rights are given up at the console."""
    gateway = t.gateway(folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    path = gateway.run_dir / "management.sock"
    for folder in (t.lab.folder, gateway.run_dir):
        os.chmod(folder, 0o711)
    os.chmod(path, 0o666)
    guest = t.closing(Console(gateway, login=True, uid=NOBODY))
    check(guest.prompt == "Login: ", f"a guest is asked {guest.prompt!r}")
    check(log_in(guest, "admin", "correct horse") == ["% wrong user or password"], "a guest may log in as admin")
    plain = t.closing(Console(gateway, uid=NOBODY))
    check(any("phones" in line for line in plain.type("show calls")), "a user of the machine is no viewer")
    check("only an admin" in plain.type("configure")[0], "a user of the machine may configure")
    check(gateway.junctor("-c", "show calls | count") == "Count: 2 lines\n", "no command comes through as sshd gives it")
    os.chown(path, NOBODY, NOBODY)
    console = t.closing(Console(gateway, login=True))
    with open(f"/proc/{console.process.pid}/status") as status:
        lines = [line.split() for line in status if line.startswith(("Uid:", "Gid:", "Groups:"))]
    check(lines == [["Uid:", *[str(NOBODY)] * 4], ["Gid:", *[str(NOBODY)] * 4], ["Groups:"]], f"the console is {lines}")
    os.chown(path, 0, 0)
    hang_up(*call)


@case("e2e.console.login-serial", timeout_s=90)
def login_serial(t):
    """The same transcript at the far end of a serial pair."""
    _, call = sit_down(t, serial=True)
    hang_up(*call)


@case("e2e.console.idle-logout", timeout_s=150)
def idle_logout(t):
    """A console without a key for as long as the configuration says is left; keys keep it, and so does the call."""
    config = basic_config(timeout_s=0)
    config["system"]["idle_logout_min"] = 1
    gateway = t.gateway(config, folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    console = t.closing(Console(gateway))
    time.sleep(20)
    began = time.monotonic()
    console.type("show calls")
    said = console.wait_end(120)
    took = time.monotonic() - began
    t.note(f"left after {took:.0f} s")
    check("logged out after 1 min without a key" in said, said[-200:])
    check(took > 55, f"left after {took:.0f} s already")
    hang_up(*call)

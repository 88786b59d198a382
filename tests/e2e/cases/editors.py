# SPDX-License-Identifier: MIT
"""Two editors at two consoles at once."""
import signal

from harness.console import Console
from harness.gateway import basic_config
from harness.process import check
from harness.registry import case
from harness.sip import hang_up, talk

PASSWORDS = {"ann": "ann's password", "bob": "bob's password"}


def sit_down(t, gateway, user):
    console = t.closing(Console(gateway, login=True))
    console.type(user)
    console.type(PASSWORDS[user], 40)
    check(console.prompt == "junctor> ", f"{user} has {console.prompt!r}")
    return console


def types(console, *lines):
    """Lines that have no answer."""
    for line in lines:
        said = console.type(line)
        check(said == [], f"{line!r} is answered by {said}")


def two(t):
    """A gateway with a call, and ann and bob at a console each."""
    gateway = t.gateway(basic_config(), folder=True)
    phone, pbx = t.both()
    call = talk(phone, pbx)
    gateway.console("configure", *(f"set system user {user} role admin password \"{password}\""
                                   for user, password in PASSWORDS.items()), "commit")
    return gateway, call, sit_down(t, gateway, "ann"), sit_down(t, gateway, "bob")


def holds(gateway, *lines):
    text = gateway.console("show configuration").splitlines()
    for line in lines:
        check(line in text, f"{line!r} does not hold:\n" + "\n".join(text))


@case("e2e.config.two-editors", timeout_s=120)
def two_editors(t):
    """At different places both are kept. At the same one the second is told who was first, sees both, and decides; what
    else that one typed is not lost."""
    gateway, call, ann, bob = two(t)
    types(ann, "configure", "set trunk pbx max-calls 5")
    types(bob, "configure", "set trunk phones max-calls 6", "edit media", "set dscp 26", "top")
    check(ann.type("commit") == ["revision 3 holds"], "ann cannot commit")
    check(bob.type("commit") == ["revision 4 holds"], "bob cannot commit beside ann")
    holds(gateway, "set trunk pbx max-calls 5", "set trunk phones max-calls 6", "set media dscp 26")

    # ann has not seen what bob committed, and bob not what ann does now.
    types(ann, "set trunk pbx max-calls 7", "set media dscp 10")
    types(bob, "set trunk pbx max-calls 8", "set route to-pbx called _1XXX")
    said = ann.type("commit")
    check("another commit changed the same: media dscp (revision 4, bob)" in said[0], said)
    types(ann, "set media dscp 26")
    check(ann.type("commit") == ["revision 5 holds"], "ann cannot commit what bob has committed already")
    said = bob.type("commit")
    check("another commit changed the same: trunk pbx max-calls (revision 5, ann)" in said[0], said)
    said = bob.type("show | compare")
    check({"- trunk pbx max-calls 7", "+ trunk pbx max-calls 8"} <= set(said), f"bob does not see both: {said}")
    holds(gateway, "set trunk pbx max-calls 7")
    said = bob.type("update")
    check(said == ["upon revision 5:", "- trunk pbx max-calls 7", "+ trunk pbx max-calls 8", "- route to-pbx called _.",
                   "+ route to-pbx called _1XXX"], said)
    check(bob.type("commit comment \"as agreed with ann\"") == ["revision 6 holds"], "bob cannot decide")
    holds(gateway, "set trunk pbx max-calls 8", "set media dscp 26")
    commits = bob.type("run show commits")
    check(any(" bob " in line and "as agreed" in line for line in commits) and any(" ann " in line for line in commits), commits)

    # Or takes the other's, and keeps the rest.
    types(bob, "set trunk pbx max-calls 9")
    check(ann.type("rollback") == [], "ann cannot begin anew")
    types(ann, "set trunk pbx max-calls 10", "set trunk phones max-calls 11")
    check(bob.type("commit") == ["revision 7 holds"], "bob cannot commit")
    check("(revision 7, bob)" in ann.type("commit")[0], "ann is not told")
    ann.type("update")
    types(ann, "set trunk pbx max-calls 9")
    check(ann.type("show | compare") == ["- trunk phones max-calls 6", "+ trunk phones max-calls 11"], "bob's is not taken")
    check(ann.type("commit") == ["revision 8 holds"], "ann cannot commit the rest")
    holds(gateway, "set trunk pbx max-calls 9", "set trunk phones max-calls 11")
    hang_up(*call)


@case("e2e.config.exclusive", timeout_s=120)
def exclusive(t):
    """One alone: the other is told who, may look and type, and commits when the first has left; also when the first one's
    console died, with nothing of the other's lost."""
    gateway, call, ann, bob = two(t)
    types(ann, "configure exclusive", "set media dscp 10")
    said = bob.type("configure exclusive")
    check(said == ["% ann configures exclusively"], said)
    said = bob.type("configure")
    check(said == ["! ann configures exclusively: nothing can be committed until then"], said)
    types(bob, "set trunk pbx max-calls 5")
    check(bob.type("commit") == ["% ann configures exclusively"], "bob commits in spite of it")
    check(ann.type("commit") == ["revision 3 holds"], "ann cannot commit")
    ann.process.send_signal(signal.SIGKILL)
    ann.process.wait(10)
    check(bob.type("show | compare") == ["- media dscp 10", "+ trunk pbx max-calls 5"], "what bob typed is gone")
    check(bob.type("commit") == ["revision 4 holds"], "the lock outlives its console")
    holds(gateway, "set trunk pbx max-calls 5", "set media dscp 10")

    # A console that dies in the middle leaves nothing of its candidate.
    ann = sit_down(t, gateway, "ann")
    types(ann, "configure", "set media dscp 20")
    ann.process.send_signal(signal.SIGKILL)
    ann.process.wait(10)
    types(bob, "set trunk pbx max-calls 6")
    check(bob.type("commit") == ["revision 5 holds"], "bob cannot commit")
    holds(gateway, "set trunk pbx max-calls 6", "set media dscp 10")
    types(bob, "exit", "configure exclusive", "exit")
    hang_up(*call)

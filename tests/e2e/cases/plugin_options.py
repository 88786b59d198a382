# SPDX-License-Identifier: MIT
"""A dialect with options that no schema of the gateway knows, at the console and on the wire."""
import os
import pathlib

from harness.console import Console
from harness.peers import Sipp
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import Call


def with_test_plugins(t):
    """A gateway that has the dialects of tests/plugins as well."""
    gateway = t.gateway(start=False, folder=True)
    folder = t.lab.folder / "plugins"
    folder.mkdir()
    for name in ("plugins", "test-plugins"):
        for library in (pathlib.Path(t.build).absolute() / "lib/junctor" / name).glob("*.so"):
            os.symlink(library, folder / library.name)
    gateway.control_options = ["--plugin-dir", folder]
    return gateway.start()


@case("e2e.config.plugin-gone", timeout_s=150)
def plugin_gone(t):
    """Where the plugin of a trunk is gone after a restart, that trunk alone is left out, and it is said; a commit has to
    correct it, and with the plugin it is there again."""
    gateway = with_test_plugins(t)
    gateway.console("configure", "set trunk pbx plugin plain_numbers", "commit")
    library = next((t.lab.folder / "plugins").glob("*plain_numbers*.so"))
    aside = library.rename(library.with_suffix(".away"))
    gateway.kill_control()
    gateway.start_control()
    check([trunk["name"] for trunk in gateway.show("trunks")] == ["phones"], f"the trunks are {gateway.show('trunks')}")
    version = gateway.show("version")
    check(version["trunks_left_out"] == ["pbx"], f"show version | json says {version}")
    why = "trunk pbx is left out: there is no plugin 'plain_numbers'"
    check(f"! {why}" in gateway.console("show version"), gateway.console("show version"))
    check(why in gateway.control.text(), "the log does not say that the trunk is left out")
    phone = t.agent(t.phones)
    call = phone.invite("1001", phone.sdp(20010))
    failure = call.expect(None)
    call.ack_failure(failure)
    check(failure.status == 404, f"a call to the trunk that is left out gets {failure.status}")
    said = gateway.console("configure", "set media dscp 10", "commit", fails=True)
    check("there is no plugin 'plain_numbers'" in said, f"a commit with the plugin that is gone says {said}")
    said = gateway.console("configure", "set trunk pbx plugin generic", "commit confirmed 1")
    check("left out" not in said, f"a commit without it says {said}")
    check(len(gateway.show("trunks")) == 2, "the trunk is not there again")
    # What nobody confirms returns, also to what is without its plugin.
    wait_until("the trunk is left out again", lambda: len(gateway.show("trunks")) == 1, 70, 1)
    check(f"! {why}" in gateway.console("show version"), gateway.console("show version"))
    aside.rename(library)
    gateway.kill_control()
    gateway.start_control()
    check(len(gateway.show("trunks")) == 2, "with its plugin the trunk is not there again")
    check("left out" not in gateway.console("show version"), gateway.console("show version"))


def refusal(t, phone, name):
    """How an anonymous caller at the PBX's side is refused: by the dialect, or by the phone if it comes so far."""
    caller = Sipp(t.pbx, "anonymous-caller.xml", name, target=t.pbx.gateway4)
    invite = phone.next(lambda m: m.method == "INVITE" and not m.is_response, 1.5)
    if invite is not None:
        call = Call(phone, invite)
        call.reply(486)
        call.expect("ACK")
    caller.wait()
    (status,), = caller.logged(r"REFUSED (\d+)")
    check((status == "486") == (invite is not None), f"the caller got {status}")
    return status


def caret(console, line):
    """The word that the console marks as wrong, and why."""
    mark, why = console.type(line)
    at = mark.index("^") - len(console.prompt)
    return line[at:].split()[0], why


@case("e2e.config.plugin-option", timeout_s=120)
def plugin_option(t):
    """Plugins and their options are offered with what they mean, wrong ones refused under their word; what is committed
    is seen by a peer, and comes back with its revision."""
    gateway = with_test_plugins(t)
    phone = t.agent(t.phones)
    check(refusal(t, phone, "generic") == "486", "the test is worthless: anonymous callers are refused without it")
    console = t.closing(Console(gateway))
    console.type("configure")
    offered = console.ask_help("set trunk pbx plugin ")
    check(any(line.split()[:2] == ["plain_numbers", "numbers"] for line in offered), offered)
    check(console.type("set trunk pbx plugin pl<Tab>") == [], "a plugin cannot be set")
    offered = console.ask_help("set trunk pbx plugin-option ")
    for wanted in ("min_digits", "hold", "anonymous whether calls of anonymous callers are taken"):
        check(any(" ".join(line.split()).startswith(wanted) for line in offered), f"no {wanted} is in {offered}")
    offered = console.ask_help("set trunk pbx plugin-option anonymous ")
    check([line.split()[0] for line in offered] == ["allow", "refuse", "<value>"] and "the default" in offered[0], offered)
    for line, word, reason in (("set trunk pbx plugin-option anonymous maybe", "maybe", "allow|refuse"),
                               ("set trunk pbx plugin-option min_digits 16 max-calls 3", "16", "does not fit"),
                               ("set trunk pbx plugin-option colour red", "colour", "no such option")):
        at, why = caret(console, line)
        check(at == word and reason in why, f"{line}: {at!r} is marked: {why}")
    check(console.type("show | compare") == ["+ trunk pbx plugin plain_numbers"], "something wrong is in the candidate")
    check(console.type("commit") == ["revision 2 holds"], "the plugin alone cannot be committed")
    check(refusal(t, phone, "default") == "486", "the default of the option does not hold")
    check(console.type("set trunk pbx plugin-option anon<Tab>ref<Tab>") == [], "the option cannot be set")
    check(console.type("commit") == ["revision 3 holds"], "the option cannot be committed")
    check(refusal(t, phone, "refuse") == "433", "the option has no effect on the wire")
    for nth, (revision, status) in enumerate(((1, "486"), (3, "433"), (2, "486"), (3, "433"))):
        console.type(f"rollback {revision}")
        check("holds" in console.type("commit")[0], f"revision {revision} cannot be taken")
        said = refusal(t, phone, f"rollback-{nth}")
        check(said == status, f"with revision {revision} again the caller gets {said}")
    check("set trunk pbx plugin-option anonymous refuse" in console.type("show | no-more"), "the option is not kept")
    gateway.kill_control()
    gateway.start_control()
    check(refusal(t, phone, "again") == "433", "the option does not hold after a restart")

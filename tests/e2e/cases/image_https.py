# SPDX-License-Identifier: MIT
"""Upgrades of the appliance from a server of its owner."""
import re

from cases.image_upgrade import INSTALL_S, is_blank, slots
from harness.appliance import LABELS, bundle, command, configure, first_login, ports_up, vm
from harness.https import Authority, HttpsServer, NameServer, file, status
from harness.process import check, wait_until
from harness.registry import case

HOST = "https://updates.lab"
DNS = """\
set interface lan address fd00:1::1/64
set system dns server 10.10.1.2
"""
FETCH_S = 900


def add(machine, url):
    """`request system software add` to its end: what it said, in one line."""
    return " ".join(command(machine, f"request system software add {url}", timeout_s=FETCH_S + INSTALL_S).split())


def company(t, new):
    """Names, an authority, and servers at an address that is no trunk's peer. Returns the authority and the server."""
    folder = t.lab.folder
    address = t.phones.add_address(9)
    ours, other = Authority(folder / "company"), Authority(folder / "somebody")
    half = folder / "half"
    half.write_bytes(new.read_bytes()[:4 << 20])
    t.closing(NameServer(t.phones, {"updates.lab": address, "other.lab": address, "six.lab": "fd00:1::9"}))
    answers = {
        f"/{new.name}": file(new), "/half": file(half, of=new.stat().st_size), "/huge": file(half, of=1 << 30),
        "/moved": status(302, Location=f"{HOST}/{new.name}"),
        "/http": status(302, Location=f"http://updates.lab/{new.name}"),
    }
    addresses = (address, "fd00:1::9")
    server = t.closing(HttpsServer(t.phones, addresses, 443, ours.server("server", "DNS:updates.lab,DNS:six.lab"), answers))
    for port, pair in ((444, other.server("stranger", "DNS:updates.lab")),
                       (445, ours.server("early", "DNS:updates.lab", ("20980101000000Z", "20991231000000Z")))):
        t.closing(HttpsServer(t.phones, addresses, port, pair, answers))
    return ours, server


@case("e2e.image.https", timeout_s=2400, cores=2, labels=LABELS)
def https(t):
    """A version is fetched from a server whose authority the configuration trusts, over IPv4 and IPv6, by name. What is
    no such server, or gives no whole file, is refused by name, and nothing is written."""
    new = bundle(t, "0.2.0")
    machine = vm(t)
    first_login(machine)
    ports_up(t, machine, DNS)
    ours, server = company(t, new)
    before = slots(machine)

    def refused(url, reason):
        said = add(machine, url)
        print(f"  {said}", flush=True)
        check("% " in said and re.search(reason, said), f"{url} should be refused because of {reason}: {said}")
        check(slots(machine) == before, f"{url} changed the slots: {slots(machine)}")

    # What the configuration says of name servers is put into effect when nothing else wants the processor.
    wait_until("names are resolved", lambda: "cannot be resolved" not in add(machine, f"{HOST}/none"), 180, 3)
    refused(f"{HOST}/{new.name}", "certificate is not trusted.*set system trust-anchor")
    command(machine, "configure")
    said = command(machine, f"set system trust-anchor company certificate {ours.in_one_line()[:-8]}")
    check("is no certificate" in said, f"half of a certificate is taken: {said}")
    command(machine, "exit")
    configure(machine, f"set system trust-anchor company certificate {ours.in_one_line()}")
    for url, reason in (
            (f"{HOST}:444/{new.name}", "certificate is not trusted"),
            (f"{HOST}:445/{new.name}", r"not yet valid.*the clock of this machine says 20\d\d-"),
            (f"https://other.lab/{new.name}", "certificate is not trusted.*does not match|alternative certificate subject"),
            (f"http://updates.lab/{new.name}", "neither https"),
            (f"{HOST}/http", "not to https"),
            (f"{HOST}/none", "does not give the file.*404"),
            ("https://six.lab/none", "does not give the file.*404"),
            (f"{HOST}/huge", "larger than 512 MiB"),
            (f"{HOST}/half", "ended the connection before the file was whole"),
            (f"{HOST}:446/{new.name}", "cannot be reached"),
            (f"https://nobody.lab/{new.name}", "cannot be resolved")):
        refused(url, reason)
    check(f"/{new.name}" not in server.asked, f"a client that trusts nobody has asked: {server.asked}")
    for label in ("junctor-root-b", "junctor-boot-b"):
        check(is_blank(machine.disk, label), f"something was written to {label}")

    said = add(machine, f"{HOST}/moved")
    check("the next start takes it" in said, f"it was not installed: {said}")
    check(re.search(r"fetching [1-9]\d?%", said) and re.search(r"installing [1-9]\d?%", said), f"no progress: {said}")
    check(slots(machine)["B"][:2] == ("0.2.0", "at the next start"), f"B should be next: {slots(machine)}")
    t.note(f"installed {machine.since_start():.1f} s after power-on")

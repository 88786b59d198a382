# SPDX-License-Identifier: MIT
"""The Direct SIP call between Asterisk and the Mediation Server of Lync 2010, as its interoperability guide shows it."""
from harness.peers import Sipp
from harness.process import check
from harness.registry import case


@case("e2e.lync.direct-sip")
def direct_sip(t):
    media_host = t.pbx.add_address(3)
    gateway = t.gateway(transport="TCP")
    keys = {"media_host": media_host}
    server = Sipp(t.pbx, "lync-mediation-server.xml", "mediation-server", transport="TCP", keys=keys)
    asterisk = Sipp(t.phones, "lync-asterisk.xml", "asterisk", transport="TCP", target=t.phones.gateway4, keys=keys)
    asterisk.wait(40)
    server.wait(10)
    check(server.logged("HELD") and server.logged("RESUMED"), "the call was not held and resumed")
    (ip, _), = asterisk.logged(r"MEDIA 1 (\S+) (\d+)")
    check(ip == t.phones.gateway4, f"the caller was told to send voice to {ip}")
    record = gateway.records()[0]
    check(record["ended_by"] == "callee" and record["sip_status"] == 200, f"the record says {record}")

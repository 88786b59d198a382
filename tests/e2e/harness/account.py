# SPDX-License-Identifier: MIT
"""Account: what became of the voice of many calls between two moments, by what the dataplane itself counts.

    ends send --> [ sockets, port ] --> received | dropped | sent --> [ port, sockets ] --> ends hear

    account = Account(gateway)      before
    account.settle(t, sent, heard)  after, when nobody sends: notes what was lost where; fails if the gateway lost it

A machine that stands still for a moment overruns the ring of a lab's port, or the socket of an end: that is told, and
proves nothing. What the dataplane received it must have sent, and have dropped nothing. How much a worker can take is
measured by tools/bench.
"""
from .process import check

# Nodes that voice passes; what they count as a warning or an error is a packet that went no further.
NODES = ("rtp_classify.", "rtp_relay.", "handover.", "transmit.", "worker.")


class Account:
    def __init__(self, gateway):
        self._gateway = gateway
        self._dropped, self._missed = self._drops(), self._missed_by_ports()
        self._received, self._sent = self.passed()

    def _drops(self):
        return {c["name"]: c["value"] for c in self._gateway.show("counters")
                if c["name"].startswith(NODES) and c["severity"] != "info"}

    def _missed_by_ports(self):
        return sum(port["missed"] for port in self._gateway.show("ports"))

    def passed(self):
        """(received, sent) by all legs until now."""
        legs = [leg for session in self._gateway.media() for leg in session["legs"]]
        return tuple(sum(leg[f"packets_{what}"] for leg in legs) for what in ("received", "sent"))

    def settle(self, t, sent, heard):
        """sent, heard: of all ends since it was opened. Everything that was received was sent on."""
        received, passed = (now - before for now, before in zip(self.passed(), (self._received, self._sent)))
        missed = self._missed_by_ports() - self._missed
        t.note(f"{sent} packets were sent, {received} received by the dataplane (its ports missed {missed}), {passed} "
               f"sent on, {heard} heard")
        dropped = {name: value - self._dropped.get(name, 0) for name, value in self._drops().items()
                   if value != self._dropped.get(name, 0)}
        check(not dropped, f"the dataplane dropped packets: {dropped}")
        check(passed == received, f"the dataplane received {received} packets and sent {passed}")
        check(heard > 0.5 * sent, f"only {heard} of {sent} packets were heard")

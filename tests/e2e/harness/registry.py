# SPDX-License-Identifier: MIT
"""The table of tests, and what each is given."""
import collections

from .gateway import Gateway, basic_config
from .process import check
from .sip import Agent

TESTS = {}
Test = collections.namedtuple("Test", "name function timeout_s cores labels")


def case(name, timeout_s=60, cores=1, labels=("e2e",)):
    """Registers a test: a function of a Context."""
    def register(function):
        assert name not in TESTS, name
        TESTS[name] = Test(name, function, timeout_s, cores, labels)
        return function
    return register


class Context:
    """What a test has: the lab, a gateway on demand, SIP ends, and what is closed after it."""

    def __init__(self, lab, build, verbose, image=None):
        self.lab = lab
        self.build = build
        self.verbose = verbose
        self.image = image      # of the appliance, where it is given
        self.phones, self.pbx = lab.phones, lab.pbx
        self.gateway_or_none = None
        self._closing = []

    def gateway(self, config=None, start=True, folder=False, **kwargs):
        """The gateway, started; kwargs as of basic_config, folder as of Gateway."""
        self.gateway_or_none = Gateway(self.lab, self.build, config or basic_config(**kwargs), folder)
        return self.gateway_or_none.start() if start else self.gateway_or_none

    def agent(self, host, **kwargs):
        return self.closing(Agent(host, **kwargs))

    def both(self, **kwargs):
        """A SIP end on each side."""
        return self.agent(self.phones, **kwargs), self.agent(self.pbx, **kwargs)

    def closing(self, thing):
        self._closing.append(thing)
        return thing

    def note(self, text):
        print(f"  {text}")

    def finish(self):
        """After the test's own checks: nothing is left over, and both processes stop cleanly."""
        gateway = self.gateway_or_none
        if gateway is None or gateway.control is None:
            return
        gateway.wait_no_calls()
        if gateway.dataplane is not None and gateway.dataplane.running():
            sessions = gateway.media()
            check(not sessions, f"the dataplane still has sessions: {[s.get('id') for s in sessions]}")
        gateway.stop()

    def tell(self):
        """After a failure: what these things know beside their logs."""
        told = []
        for thing in self._closing:
            try:
                told += [thing.tell()] if hasattr(thing, "tell") else []
            except Exception as failure:    # what else is known is told
                told.append(f"--- {thing} tells nothing: {failure!r}")
        return "\n".join(dict.fromkeys(told))

    def close(self):
        """All of them; the first that could not be closed is told then."""
        failures = []
        for thing in self._closing:
            try:
                thing.close()
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

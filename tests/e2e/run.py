#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs end-to-end tests, each in a lab of its own.

usage: run.py --list                          every test: name, time-out in seconds, how many cores, labels
       run.py [--build DIR] [--keep] [-v] NAME    one test; -v shows what the gateway saw, --keep leaves its folder
              --aloud         of an appliance: its serial console, as it speaks
              --image FILE    of an appliance: this image, in place of one made of the build folder
"""
import argparse
import importlib
import os
import pathlib
import signal
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import registry                      # noqa: E402
from harness.lab import Lab                       # noqa: E402
from harness.process import Failure               # noqa: E402
from harness.vm import Vm                         # noqa: E402


SIGNALS = (signal.SIGALRM, signal.SIGTERM, signal.SIGINT)


def load():
    for file in sorted((HERE / "cases").glob("[a-z]*.py")):
        importlib.import_module(f"cases.{file.stem}")
    return registry.TESTS


def give_up(signum, _):
    raise Failure("the test takes too long" if signum == signal.SIGALRM else f"ended by signal {signum}")


class GivenUp(BaseException):
    """Passes by who looks after what failed."""


def give_up_telling(signum, _):
    raise GivenUp(signal.Signals(signum).name)


def show(lab, gateway, verbose):
    """What a person wants to see after a failure: the ladder, and the last lines of every program."""
    if gateway and gateway.control and gateway.control.running():
        for what in ("trace", "media", "counters") if verbose else ("trace",):
            try:
                print(f"--- junctor show {what}\n{gateway.junctor('show', what)}")
            except (Failure, OSError) as failure:
                print(f"--- junctor show {what}: {failure}")
    for log in sorted(lab.folder.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()
        print(f"--- {log.name}, last of {len(lines)} lines")
        print("\n".join(lines[-25:]))


def tell(lab, context, passed, verbose):
    if not passed or verbose:
        show(lab, context.gateway_or_none, verbose)
    if not passed:
        sys.stdout.flush()      # should it end here
        print(context.tell())


def run(test, options):
    """True if it passed."""
    lab = Lab()
    context = registry.Context(lab, os.path.abspath(options.build), options.verbose, options.image)
    begun = time.monotonic()
    signal.alarm(test.timeout_s)
    passed = False
    try:
        lab.create()
        test.function(context)
        context.finish()
        passed = True
    except Failure as failure:
        print(f"FAILED {test.name}: {failure}")
    except Exception:
        print(f"FAILED {test.name}:")
        traceback.print_exc(file=sys.stdout)
    finally:
        # A little less than CMakeLists.txt has for it.
        signal.alarm(0 if passed else 120 if "image" in test.labels else 25)
        try:
            for signum in SIGNALS:
                signal.signal(signum, give_up_telling)
            tell(lab, context, passed, options.verbose)
        except GivenUp as signal_name:
            print(f"--- no more is told: {signal_name}")
        finally:
            signal.alarm(0)
            try:
                context.close()
            finally:
                lab.destroy(keep_folder=options.keep)
    if options.keep:
        print(f"its files are in {lab.folder}")
    if passed:
        print(f"passed {test.name} in {time.monotonic() - begun:.1f} s")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default=str(HERE.parent.parent / "build" / "release"))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--aloud", action="store_true")
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("name", nargs="?")
    options = parser.parse_args()
    tests = load()
    if options.list:
        for test in tests.values():
            print(test.name, test.timeout_s, test.cores, ",".join(test.labels))
        return 0
    if options.name not in tests:
        print(f"there is no test {options.name}; --list shows them", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("network namespaces need root", file=sys.stderr)
        return 2
    for signum in SIGNALS:
        signal.signal(signum, give_up)
    Vm.aloud = options.aloud
    return 0 if run(tests[options.name], options) else 1


if __name__ == "__main__":
    sys.exit(main())

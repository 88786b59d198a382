#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demonstration call of tools/demo: two baresips, a ladder, a table of the media, and what each side heard."""
import argparse
import os
import signal
import subprocess
import sys
import time

from harness import registry
from harness.lab import Lab
from harness.peers import Baresip
from harness.process import Failure, check, wait_until
from harness.sound import SOUNDS

TALK_S = 8


def title(text):
    print(f"\n== {text}", flush=True)


def interrupted(signum, _):
    raise Failure(f"ended by signal {signum}")


def call(context):
    lab = context.lab
    title("The lab: two hosts, each on a network of its own, and the gateway between them")
    print(f"""
  baresip, {lab.phones.ip4:<10} --- {lab.phones.gateway4} [ Junctor ] {lab.pbx.gateway4} ---  {lab.pbx.ip4}, baresip
  plays {SOUNDS['phones'][0]} + {SOUNDS['phones'][1]} Hz                                   plays {SOUNDS['pbx'][0]} + {SOUNDS['pbx'][1]} Hz""")
    gateway = context.gateway(folder=True)
    title(f"The call: the phone side dials 1001, the PBX side answers, they talk for {TALK_S} s, the phone side hangs up")
    far = Baresip(lab.pbx, answers=True).start()
    near = Baresip(lab.phones, answers=False).start(dial="1001")
    wait_until("the call is up", lambda: near.in_call() and far.in_call(), 15)
    time.sleep(TALK_S)
    print(gateway.junctor("show", "calls").rstrip())
    title("The media of each leg, as the gateway measured it")
    print(gateway.junctor("show", "media").rstrip())
    media = gateway.media()
    check(len(media) == 1 and len(media[0]["legs"]) == 2, f"one call with two legs should be there, not {media}")
    near.hang_up()
    wait_until("the other side hears of the end", far.call_ended, 5)
    far.hang_up()
    title("The SIP of both legs, as the gateway saw it")
    print(gateway.junctor("show", "trace").rstrip())
    gateway.wait_no_calls()
    title("The record of the call")
    print(gateway.junctor("show", "records").rstrip())
    return near, far


def verdict(near, far):
    title("What each side heard (its recording, searched for the tones that the other played)")
    good = True
    for end, other in ((near, "pbx"), (far, "phones")):
        heard, own = end.heard_seconds(other), end.heard_seconds(end.host.side)
        right = heard >= 0.8 * TALK_S and own == 0
        good = good and right
        print(f"  {end.host.side:6}  {SOUNDS[other][0]} + {SOUNDS[other][1]} Hz for {heard:4.1f} s of {TALK_S}, "
              f"its own sound for {own:.1f} s   {'as it should be' if right else 'WRONG'}")
    return good


def converse(context):
    """Leaves the user at the console of the gateway, which still runs."""
    title("The console of this gateway (exit leaves it, and takes the lab away); try")
    print("  show trace                                                 Tab and ? say what may follow")
    print("  configure, set trunk pbx max-calls 5, show | compare, commit confirmed 1")
    print("  show calls history | section phones\n")
    gateway = context.gateway_or_none
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is the console's
    subprocess.call(gateway.lab.gw.argv(gateway.junctor_argv),
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    signal.signal(signal.SIGINT, before)


def main():
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--batch", action="store_true", help="do not end in the console")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("tools/demo: network namespaces need root", file=sys.stderr)
        return 2
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, interrupted)
    lab = Lab()
    context = registry.Context(lab, os.path.abspath(options.build), False)
    try:
        lab.create()
        good = verdict(*call(context))
        print("\n== " + ("Each side heard the other." if good else "The sound did not come through as it should."))
        if good and not options.batch and sys.stdin.isatty() and sys.stdout.isatty():
            converse(context)
        context.finish()
    except Failure as failure:
        print(f"\ntools/demo: {failure}", file=sys.stderr)
        for log in sorted(lab.folder.glob("junctor-*.log")):
            print(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:]), file=sys.stderr)
        return 1
    finally:
        context.close()
        lab.destroy()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scripts of rootfs that decide which version starts and with which configuration, in a folder in place of /, with
the shell that the image has (busybox).

usage: upgrade_test.py ROOTFS
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOTFS = pathlib.Path(sys.argv.pop()).resolve()
BLOCK = b"# GRUB Environment Block\norder=A B\nA_left=6\nA_good=1\nB_left=0\nB_good=0\nwhole=1\n".ljust(1024, b"#")
COPIES = (8192, 12288)


def run(script, *words, **environment):
    done = subprocess.run(["busybox", "sh", ROOTFS / script, *words], capture_output=True, text=True, timeout=20,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **{k: str(v) for k, v in environment.items()}})
    return done.returncode, done.stdout + done.stderr


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def read(self, path):
        return (self.root / path).read_text()


class Choice(Folder):
    """A partition with the boot choice, both copies whole: the version in A is good."""

    def setUp(self):
        super().setUp()
        self.env = self.root / "env"
        image = bytearray(16384)
        for at in COPIES:
            image[at:at + 1024] = BLOCK
        self.env.write_bytes(image)

    def slots(self, *words, ok=True):
        status, said = run("upgrade/slots", *words, JUNCTOR_ENV=self.env)
        self.assertEqual(status == 0, ok, said)
        return said.strip()

    def spoil(self, at):
        with open(self.env, "r+b") as file:
            file.seek(at)
            file.write(b"\xff" * 1024)


class Slots(Choice):
    """upgrade/slots: the boot choice."""

    def test_a_new_version_gets_three_starts_and_six_when_it_is_good(self):
        self.slots("set-state", "B", "bad")
        self.assertEqual(self.slots("get-primary"), "A")
        self.slots("set-primary", "B")
        self.assertEqual(self.slots("get-primary"), "B")
        self.assertIn("order=B A\nA_left=6\nA_good=1\nB_left=3\nB_good=0", self.slots("show"))
        self.slots("set-state", "B", "good")
        self.assertIn("B_left=6\nB_good=1", self.slots("show"))

    def test_a_return_to_a_good_version_gives_it_six(self):
        self.slots("set-primary", "B")
        self.slots("set-primary", "A")
        self.assertIn("order=A B\nA_left=6\nA_good=1", self.slots("show"))

    def test_what_is_bad_does_not_start(self):
        self.slots("set-primary", "B")
        self.slots("set-state", "B", "bad")
        self.assertEqual(self.slots("get-primary"), "A")
        self.assertEqual(self.slots("get-state", "B"), "bad")
        self.assertEqual(self.slots("get-state", "A"), "good")

    def test_both_copies_are_whole_and_the_same_and_nothing_else_is_written(self):
        self.slots("set-primary", "B")
        content = self.env.read_bytes()
        first, second = (content[at:at + 1024] for at in COPIES)
        self.assertEqual(first, second)
        self.assertTrue(first.startswith(b"# GRUB Environment Block\norder=B A\n") and first.endswith(b"##"))
        for at in COPIES:
            content = content[:at] + bytes(1024) + content[at + 1024:]
        self.assertEqual(content, bytes(16384))

    def test_the_second_copy_serves_when_the_first_is_spoilt(self):
        self.slots("set-primary", "B")
        self.spoil(COPIES[0])
        self.assertEqual(self.slots("get-primary"), "B")
        self.slots("set-state", "B", "good")
        self.spoil(COPIES[1])
        self.assertIn("B_good=1", self.slots("show"))

    def test_without_a_copy_it_says_so_and_writes_nothing(self):
        for at in COPIES:
            self.spoil(at)
        before = self.env.read_bytes()
        self.assertIn("no copy of the boot choice", self.slots("set-primary", "B", ok=False))
        self.assertEqual(self.env.read_bytes(), before)

    def test_refuses_what_it_does_not_know(self):
        for words in ([], ["get-state"], ["get-state", "C"], ["set-state", "A", "well"], ["format"]):
            self.slots(*words, ok=False)


class EndTrial(Choice):
    """upgrade/end-trial: gives up what nobody has declared good."""

    def end(self, line="quiet junctor.slot=B ro"):
        return run("upgrade/end-trial", JUNCTOR_ENV=self.env, JUNCTOR_CMDLINE=self.write("cmdline", line + "\n"))

    def test_what_is_not_good_is_given_up_and_fails(self):
        self.slots("set-primary", "B")
        status, said = self.end()
        self.assertEqual(status, 1)
        self.assertIn("slot B good: it is given up", said)
        self.assertEqual(self.slots("get-primary"), "A")
        self.assertIn("A_left=6\nA_good=1\nB_left=0\nB_good=0", self.slots("show"))

    def test_what_was_declared_good_stays(self):
        self.slots("set-primary", "B")
        self.slots("set-state", "B", "good")
        self.assertEqual(self.end(), (0, ""))
        self.assertEqual(self.end("junctor.slot=A"), (0, ""))
        self.assertEqual(self.slots("get-primary"), "B")

    def test_a_machine_without_slots_is_left_alone(self):
        self.slots("set-primary", "B")
        self.assertEqual(self.end("quiet junctor.slot=C"), (0, ""))
        self.assertEqual(self.slots("get-primary"), "B")

    def test_where_the_choice_cannot_be_read_the_machine_restarts(self):
        self.slots("set-primary", "B")
        for at in COPIES:
            self.spoil(at)
        self.assertEqual(self.end()[0], 1)


class PreInstall(Folder):
    """upgrade/pre-install: what RAUC asks before it writes."""

    def setUp(self):
        super().setUp()
        self.write("os-release", 'NAME=Junctor\nVERSION_ID="1.4.0"\n')
        self.write("data/slots/B/config/running.json")
        slots = self.write("slots", f'#!/bin/sh\necho "$*" >>{self.root}/calls\n')
        slots.chmod(0o755)

    def install(self, manifest, **environment):
        self.write("bundle/manifest.raucm", manifest)
        given = {"RAUC_BUNDLE_MOUNT_POINT": self.root / "bundle", "RAUC_CURRENT_BOOTNAME": "A",
                 "JUNCTOR_RELEASE": self.root / "os-release", "JUNCTOR_FORCE": self.root / "force",
                 "JUNCTOR_REFUSAL": self.root / "refusal", "JUNCTOR_SLOTS": self.root / "slots",
                 "JUNCTOR_DATA": self.root / "data"}
        return run("upgrade/pre-install", **{**given, **environment})

    def was_refused(self, answer, reason):
        self.assertEqual(answer[0], 1)
        self.assertIn(reason, answer[1])
        self.assertIn(reason, self.read("refusal"))
        self.assertFalse((self.root / "calls").exists())
        self.assertFalse((self.root / "data/slots/B/take-over").exists())

    def test_versions_are_compared_by_their_numbers(self):
        for version in ("1.4.0", "1.4", "1.4.0.1", "1.10.0", "2.0"):
            self.assertEqual(self.install(f"[update]\nversion={version}\n")[0], 0, version)
        for version in ("1.3.9", "1.3.10", "0.9.9.9", "1"):
            with self.subTest(version):
                for leftover in ("calls", "data/slots/B/take-over"):
                    (self.root / leftover).unlink(missing_ok=True)
                self.was_refused(self.install(f"[update]\nversion={version}\n"), f"version {version} is older than 1.4.0")

    def test_force_takes_an_older_one(self):
        self.write("force")
        self.assertEqual(self.install("version=1.0.0\n")[0], 0)

    def test_a_bundle_without_a_version_is_refused(self):
        self.write("force")
        self.was_refused(self.install("[update]\n"), "names no version")

    def test_what_cannot_be_read_whole_is_refused(self):
        (self.root / "bundle/root.img").mkdir(parents=True)  # a read of it fails, as of a block that dm-verity refuses
        self.was_refused(self.install("version=2.0.0\n"), "the bundle is damaged")

    def test_the_slot_is_bad_before_it_is_to_take_a_configuration_over(self):
        self.assertEqual(self.install("version=2.0.0\n")[0], 0)
        self.assertEqual(self.read("calls"), "set-state B bad\n")
        self.assertTrue((self.root / "data/slots/B/take-over").exists())

    def test_the_running_slot_is_never_touched(self):
        (self.root / "data/slots/A").mkdir()
        self.assertEqual(self.install("version=2.0.0\n", RAUC_CURRENT_BOOTNAME="B")[0], 0)
        self.assertEqual(self.read("calls"), "set-state A bad\n")
        (self.root / "calls").unlink()
        self.was_refused(self.install("version=2.0.0\n", RAUC_CURRENT_BOOTNAME=""), "not started from a slot")

    def test_a_choice_that_cannot_be_written_refuses(self):
        self.write("slots", "#!/bin/sh\nexit 1\n")
        self.was_refused(self.install("version=2.0.0\n"), "the boot choice cannot be written")

    def test_a_data_partition_that_cannot_be_written_refuses(self):
        self.write("data/slots/B/room/is-a-folder")
        self.was_refused(self.install("version=2.0.0\n"), "the data partition cannot be written")


class PrepareConfig(Folder):
    """units/prepare-config: a configuration for the slot that runs."""

    def setUp(self):
        super().setUp()
        self.write("proc/cmdline", "quiet junctor.slot=B junctor.tree=4096\n")
        self.write("usr/share/junctor/factory/appliance.json", "factory")
        for slot in "AB":
            (self.root / f"data/slots/{slot}/config").mkdir(parents=True)

    def prepare(self, ok=True):
        status, said = run("units/prepare-config", self.root)
        self.assertEqual(status == 0, ok, said)

    def test_a_new_appliance_gets_the_factorys(self):
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "factory")

    def test_its_own_stays(self):
        self.write("data/slots/B/config/running.json", "own")
        self.write("data/slots/A/config/running.json", "other")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "own")

    def test_an_upgrade_takes_the_others_over_once(self):
        self.write("data/slots/A/config/running.json", "other")
        self.write("data/slots/A/config/revisions/7.json", "seven")
        self.write("data/slots/B/config/running.json", "of the version before")
        self.write("data/slots/B/config/left-over", "x")
        self.write("data/slots/B/take-over")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "other")
        self.assertEqual(self.read("data/slots/B/config/revisions/7.json"), "seven")
        self.assertFalse((self.root / "data/slots/B/config/left-over").exists())
        self.write("data/slots/A/config/running.json", "later")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "other")
        self.assertEqual(self.read("data/slots/A/config/revisions/7.json"), "seven")

    def test_without_another_configuration_it_keeps_its_own(self):
        self.write("data/slots/B/config/running.json", "own")
        self.write("data/slots/B/take-over")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "own")

    def test_a_take_over_that_was_cut_is_done_again(self):
        self.write("data/slots/A/config/running.json", "other")
        (self.root / "data/slots/B/config").rmdir()
        self.write("data/slots/B/config", "a file, so that the copy fails")
        self.write("data/slots/B/take-over")
        self.prepare(ok=False)
        self.assertTrue((self.root / "data/slots/B/take-over").exists())
        (self.root / "data/slots/B/config").unlink()
        (self.root / "data/slots/B/config").mkdir()
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "other")

    def test_without_a_slot_it_says_so(self):
        self.write("proc/cmdline", "quiet\n")
        self.prepare(ok=False)


if __name__ == "__main__":
    unittest.main()

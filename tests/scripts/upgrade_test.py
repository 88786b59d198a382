#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scripts of rootfs that decide which version starts and with which configuration, and the one that changes the
partition table, in a folder in place of /, with the shell that the image has (busybox).

usage: upgrade_test.py ROOTFS
"""
import itertools
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

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
        return run("upgrade/end-trial", JUNCTOR_ENV=self.env, JUNCTOR_CMDLINE=self.write("cmdline", line + "\n"),
                   JUNCTOR_DATA=self.root)

    def test_what_is_not_good_is_given_up_and_fails(self):
        self.slots("set-primary", "B")
        status, said = self.end()
        self.assertEqual(status, 1)
        self.assertIn("slot B good: it is given up", said)
        self.assertTrue((self.root / "restarted").exists())
        self.assertEqual(self.slots("get-primary"), "A")
        self.assertIn("A_left=6\nA_good=1\nB_left=0\nB_good=0", self.slots("show"))

    def test_what_was_declared_good_stays(self):
        self.slots("set-primary", "B")
        self.slots("set-state", "B", "good")
        self.assertEqual(self.end(), (0, ""))
        self.assertEqual(self.end("junctor.slot=A"), (0, ""))
        self.assertFalse((self.root / "restarted").exists())
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

    def test_a_data_partition_without_room_for_another_configuration_refuses(self):
        self.write("bin/stat", "#!/bin/sh\necho '100 * 4096 / 1024'\n").chmod(0o755)
        self.write("data/slots/A/config/running.json", "x")
        self.was_refused(self.install("version=2.0.0\n", PATH=f"{self.root}/bin:{os.environ['PATH']}"),
                         "has no room for a copy of the configuration: 400 KiB are free")

    def test_a_data_partition_that_cannot_be_written_refuses(self):
        self.write("data/slots/B/room/is-a-folder")
        self.was_refused(self.install("version=2.0.0\n"), "the data partition cannot be written")


class PrepareConfig(Folder):
    """units/prepare-config: a configuration for the slot that runs."""

    def setUp(self):
        super().setUp()
        self.write("proc/cmdline", "quiet junctor.slot=B junctor.tree=4096\n")
        self.write("usr/share/junctor/factory/appliance.json", "factory")
        self.check = self.write("usr/bin/junctor-control", "#!/bin/sh\n[ \"$1 $3\" = '--config --check' ]\n")
        self.check.chmod(0o755)
        for slot in "AB":
            (self.root / f"data/slots/{slot}/config").mkdir(parents=True)

    def prepare(self, ok=True, **environment):
        status, said = run("units/prepare-config", self.root, **environment)
        self.assertEqual(status == 0, ok, said)

    def test_a_new_appliance_gets_the_factorys(self):
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "factory")

    def test_one_that_is_lost_is_left_to_its_revisions(self):
        self.write("data/slots/B/config/revisions/000001.json", "one")
        self.prepare()
        self.assertFalse((self.root / "data/slots/B/config/running.json").exists())

    def test_its_own_stays(self):
        self.write("data/slots/B/config/running.json", "own")
        self.write("data/slots/A/config/running.json", "other")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "own")

    def test_what_a_later_version_has_written_is_not_taken(self):
        self.check.write_text("#!/bin/sh\nexit 1\n")
        self.write("data/slots/A/config/running.json", "of a later version")
        self.write("data/slots/A/config/revisions/7.json", "seven")
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "factory")
        self.assertFalse((self.root / "data/slots/B/config/revisions").exists())

    def test_where_only_the_other_has_one_it_is_taken(self):
        for name in ("running.json", "revisions/000001.json"):
            with self.subTest(name):
                self.setUp()
                self.write(f"data/slots/A/config/{name}", "with an admin")
                self.prepare()
                self.assertEqual(self.read(f"data/slots/B/config/{name}"), "with an admin")
                self.assertFalse((self.root / "data/slots/B/take-over").exists())

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

    def test_what_it_had_before_is_written_over(self):
        self.write("data/slots/A/config/running.json", "other")
        for name in ("config/running.json", "config/revisions/7.json", "config.new/running.json"):
            with self.subTest(name):
                before = self.write(f"data/slots/B/{name}", "5000 octets" + "x" * 4989)
                self.write("data/slots/B/take-over")
                with open(before, "rb") as file:
                    self.prepare()
                    self.assertEqual(file.read().strip(b"\0"), b"")
                self.assertEqual(self.read("data/slots/B/config/running.json"), "other")

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

    def test_half_a_copy_is_none(self):
        self.write("data/slots/A/config/running.json", "other")
        self.write("data/slots/A/config/revisions/1.json", "one")
        self.write("data/slots/B/config/running.json", "of the version before")
        self.write("data/slots/B/take-over")
        full = self.write("bin/cp", '#!/bin/sh\nfor to; do :; done\n: >"$to/running.json"\nexit 1\n')
        full.chmod(0o755)
        self.prepare(ok=False, PATH=f"{self.root}/bin:{os.environ['PATH']}")
        self.assertEqual(os.listdir(self.root / "data/slots/B/config"), [])
        self.assertEqual(sorted(os.listdir(self.root / "data/slots/B")), ["config", "take-over"])
        self.prepare()
        self.assertEqual(self.read("data/slots/B/config/running.json"), "other")
        self.assertEqual(self.read("data/slots/B/config/revisions/1.json"), "one")

    def test_without_a_slot_it_says_so(self):
        self.write("proc/cmdline", "quiet\n")
        self.prepare(ok=False)


SECTOR, TABLE, LAST = 512, 66, 33     # octets; sectors at the begin that are looked at, and of the second table
SMALL, LARGE = 4 << 11, 128 << 11     # sectors of the image, and of the disk that it was written to
# dd(1), after which the partition tables are kept as they are then, if it wrote on the disk.
DD = """#!/bin/sh
/usr/bin/dd "$@" || exit
case " $* " in *" of=$DISK "*) ;; *) exit 0 ;; esac
/usr/bin/dd if="$DISK" of="$STEPS/$(ls "$STEPS" | wc -l)" bs=512 count=66 2>/dev/null
"""


class GrowData(Folder):
    """units/grow-data: whoever reads the first partition table finds it whole, wherever the power was cut."""

    def setUp(self):
        super().setUp()
        self.disk = self.root / "dev/vda"
        self.steps = self.root / "steps"
        for folder in ("dev/junctor", "sys/class/block", "sys/devices/vda/vda2", "usr/lib/junctor", "steps", "bin"):
            (self.root / folder).mkdir(parents=True)
        with open(self.disk, "wb") as file:
            file.truncate(SMALL * SECTOR)
        table = ("label: gpt\nfirst-lba: 2048\nstart=2048, size=2048, name=junctor-bios\n"
                 "start=4096, size=2048, type=3B8F8425-20E0-4F3B-907F-1A25A76F98E8, name=junctor-data\n")
        subprocess.run(["sfdisk", "--quiet", self.disk], input=table, text=True, check=True, capture_output=True)
        with open(self.disk, "r+b") as file:
            file.truncate(LARGE * SECTOR)
        os.symlink(ROOTFS / "overlay/usr/lib/junctor/repart.d", self.root / "usr/lib/junctor/repart.d")
        os.symlink("../vda2", self.root / "dev/junctor/data")
        self.write("dev/vda2")
        os.symlink("../../devices/vda/vda2", self.root / "sys/class/block/vda2")
        for name, number in (("size", LARGE), ("vda2/start", 4096), ("vda2/size", 2048), ("vda2/partition", 2)):
            self.write(f"sys/devices/vda/{name}", f"{number}\n")
        dd = self.write("bin/dd", DD)
        dd.chmod(0o755)

    def grow(self):
        for step in self.steps.iterdir():
            step.unlink()
        before = self.begin()
        status, said = run("units/grow-data", self.root, DISK=self.disk, STEPS=self.steps,
                           PATH=f"{self.root}/bin:/usr/sbin:/usr/bin:/sbin:/bin", TMPDIR=self.root)
        self.assertEqual(status, 0, said)
        return [before] + [(self.steps / str(n)).read_bytes() for n in range(len(list(self.steps.iterdir())))]

    def begin(self):
        with open(self.disk, "rb") as file:
            return file.read(TABLE * SECTOR)

    def second(self):
        with open(self.disk, "rb") as file:
            file.seek(-LAST * SECTOR, os.SEEK_END)
            return file.read()

    def put(self, begin):
        with open(self.disk, "r+b") as file:
            file.write(begin)

    def end_of_data(self, begin):
        """Of a whole first table, the sector that the data partition ends with; -1 if it is not whole."""
        header = begin[SECTOR:SECTOR + 92]
        own, = struct.unpack_from("<I", header, 16)
        if header[:8] != b"EFI PART" or zlib.crc32(header[:16] + bytes(4) + header[20:]) != own:
            return -1
        at, count, size, crc = struct.unpack_from("<QIII", header, 72)
        entries = begin[at * SECTOR:at * SECTOR + count * size]
        return struct.unpack_from("<Q", entries, size + 40)[0] if zlib.crc32(entries) == crc else -1

    def mixtures(self, old, new):
        """What a disk may hold when it was to write these sectors, and the power was cut."""
        sectors = [n for n in range(TABLE) if old[n * SECTOR:(n + 1) * SECTOR] != new[n * SECTOR:(n + 1) * SECTOR]]
        self.assertLess(len(sectors), 10)
        for some in itertools.product((False, True), repeat=len(sectors)):
            mixed = bytearray(old)
            for n, is_new in zip(sectors, some):
                if is_new:
                    mixed[n * SECTOR:(n + 1) * SECTOR] = new[n * SECTOR:(n + 1) * SECTOR]
            yield bytes(mixed)

    def expect_grown(self):
        done = subprocess.run(["sfdisk", "--verify", self.disk], capture_output=True, text=True)
        self.assertIn("No errors detected", done.stdout + done.stderr)
        self.assertGreater(self.end_of_data(self.begin()), LARGE - 4096)
        self.assertEqual(self.begin()[SECTOR + 72], 2, "the entries are not where they usually are")

    def test_the_first_table_is_whole_wherever_the_power_is_cut(self):
        steps = self.grow()
        self.expect_grown()
        small, large = self.end_of_data(steps[0]), self.end_of_data(steps[-1])
        self.assertGreater(large, small)
        found = set()
        for old, new in zip(steps, steps[1:]):
            for mixed in self.mixtures(old, new):
                self.assertIn(self.end_of_data(mixed), (small, large))
                found.add(mixed)
        self.assertGreater(len(found), 4)
        # The next start goes on from there.
        second = self.second()
        for begin in found:
            self.put(begin)
            kernel = self.end_of_data(begin) + 1 - 4096
            self.write("sys/devices/vda/vda2/size", f"{kernel}\n")
            for cut in self.grow():
                self.assertIn(self.end_of_data(cut), (small, large))
            self.expect_grown()
            self.assertEqual(self.second(), second)

    def test_nothing_is_written_when_it_is_done(self):
        self.grow()
        self.write("sys/devices/vda/vda2/size", f"{self.end_of_data(self.begin()) + 1 - 4096}\n")
        self.assertEqual(len(self.grow()), 1)

    def test_another_table_is_left_alone(self):
        self.put(bytes(TABLE * SECTOR))
        status, said = run("units/grow-data", self.root)
        self.assertEqual((status, self.begin()), (1, bytes(TABLE * SECTOR)), said)


if __name__ == "__main__":
    unittest.main()

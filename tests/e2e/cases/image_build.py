# SPDX-License-Identifier: MIT
"""What tools/image makes, without starting it: the same wherever it is built, and a list of all that is in it."""
import hashlib
import io
import os
import pathlib
import re
import stat
import subprocess
import tarfile

from harness.appliance import LABELS, ROOT, image, partitions
from harness.process import check
from harness.registry import case

PROGRAMS = ("junctor", "junctor-appliance", "junctor-board", "junctor-control", "junctor-dataplane", "junctor-leds",
            "junctor-network")


CACHE = pathlib.Path(os.environ.get("JUNCTOR_IMAGE_CACHE", "/var/cache/junctor-image"))


def run(*argv, cwd=ROOT, env=None, umask=-1):
    done = subprocess.run([str(a) for a in argv], cwd=cwd, env={**os.environ, **(env or {})}, umask=umask,
                          capture_output=True, text=True)
    check(done.returncode == 0, f"{argv[0]} {argv[1]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def is_reproducible(build):
    """Only what is shipped is: a debug build keeps its paths, for debuggers."""
    cache = (pathlib.Path(build) / "CMakeCache.txt").read_text()
    return re.search(r"^CMAKE_BUILD_TYPE:\w+=Rel", cache, re.M) and re.search(r"^JUNCTOR_SANITIZE:\w+=$", cache, re.M)


def copy_tree(to):
    """Every file that git knows or would take, with the history that tells the date of the newest change."""
    run("git", "clone", "-q", ROOT, to)
    names = [n for n in run("git", "ls-files", "-z", "-co", "--exclude-standard").split("\0") if (ROOT / n).is_file()]
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_bytes((ROOT / name).read_bytes())
        (to / name).chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def listing(folder):
    """Path: what a squashfs keeps of it."""
    rows = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        content = os.readlink(path) if path.is_symlink() else digest(path) if stat.S_ISREG(about.st_mode) else ""
        rows[str(path.relative_to(folder))] = (oct(about.st_mode), int(about.st_mtime), content)
    return rows


def differences(one, other):
    a, b = listing(one), listing(other)
    names = [n for n in sorted(a.keys() | b.keys()) if a.get(n) != b.get(n)]
    return [f"{n}: {a.get(n)} against {b.get(n)}" for n in names[:10]] or ["no file: the packing differs"]


@case("e2e.image.reproducible", timeout_s=3600, cores=2, labels=LABELS)
def reproducible(t):
    """The same inputs give the same squashfs, kernel partition and disk, bit for bit.

    One image is made of this build, as it is: its objects may come from a compiler cache, filled by other builds.
    The other is made of a copy of the tree in a folder of another depth, with another umask and time zone, every file
    compiled anew without any cache. So what a cache could hide shows, and one build is enough.
    """
    check(is_reproducible(t.build), f"{t.build} is no release build")
    here, there = t.lab.folder / "here", t.lab.folder / "a/much/deeper/folder/there"
    there.parent.mkdir(parents=True)
    copy_tree(there)
    run("cmake", "--build", pathlib.Path(t.build).resolve(), "--target", "product")
    elsewhere = {"env": {"CCACHE_DISABLE": "1", "TZ": "Pacific/Kiritimati"}, "umask": 0o077}
    run("cmake", "--preset", "release", cwd=there, **elsewhere)
    run("cmake", "--build", "build/release", "--target", "product", cwd=there, **elsewhere)
    for name in PROGRAMS:
        check(digest(pathlib.Path(t.build) / "bin" / name) == digest(there / "build/release/bin" / name),
              f"{name} differs between the builds")
    keep = {"JUNCTOR_IMAGE_KEEP": "yes"}
    run("tools/image", "--quick", "--programs", pathlib.Path(t.build).resolve(), "--out", here, env=keep)
    elsewhere["env"].update(keep)
    run("tools/image", "--quick", "--programs", "build/release", "--packages", here / "packages.lock", cwd=there,
        **elsewhere)
    other = there / "build/image"
    for name in ("root.squashfs", "boot.img"):
        folders = {"root.squashfs": "root", "boot.img": "boot"}
        check(digest(here / "work" / name) == digest(other / "work" / name), f"{name} differs:\n" +
              "\n".join(differences(here / "work" / folders[name], other / "work" / folders[name])))
    for disk in here.glob("*.img"):
        check(subprocess.run(["cmp", disk, other / disk.name]).returncode == 0, f"{disk.name} differs")
    t.note(f"squashfs {digest(here / 'work/root.squashfs')}")


@case("e2e.image.contents", timeout_s=300, labels=LABELS)
def contents(t):
    """Each package is listed with version, hash and licences; the squashfs keeps to its size."""
    out = image(t).parent
    lock = [line.split() for line in (out / "packages.lock").read_text().splitlines()]
    check(len(lock) > 100, f"packages.lock has {len(lock)} packages")
    rows = [line.split(None, 4) for line in (out / "contents.txt").read_text().splitlines()[1:]]
    check([[name, version, hash] for name, version, _, hash, *_ in rows] == lock, "contents.txt is not packages.lock")
    for row in rows:
        check(len(row) == 5 and re.match(r"[A-Za-z]", row[4]), f"{row[0]} has no licence")
        check(re.fullmatch("[0-9a-f]{64}", row[3]), f"{row[0]} has no hash")
    size = (out / "work/root.squashfs").stat().st_size
    check(size <= 120_000_000, f"the squashfs has {size} octets")
    check_boot_loader(t, image(t), {name: hash for name, _, hash in lock})
    check_modules(t, out / "work/root.squashfs")
    modes = run("unsquashfs", "-ll", out / "work/root.squashfs").splitlines()
    special = [line for line in modes if re.match(r"[-dbcps].{2}[sS]|[-dbcps].{5}[sS]", line)]
    check(len(modes) > 1000 and not special, f"these have setuid or setgid: {special}")
    about = run("unsquashfs", "-s", out / "work/root.squashfs")
    check("Xattrs are not stored" in about, "a file may have capabilities")
    t.note(f"{len(rows)} packages, squashfs {size / 1e6:.1f} MB")


def of_package(name, hash, path):
    """A file of the package with this hash."""
    package = next((p for p in (CACHE / "debs").glob(f"{name}_*") if digest(p) == hash), None)
    check(package, f"there is no {name} with the hash {hash}")
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        return files.extractfile(path).read()


def check_boot_loader(t, disk, hashes):
    """What the disk has beside the slots is of the listed packages, too."""
    def grub(package, path):
        return of_package(package, hashes[package], f"./usr/lib/grub/{path}")

    with open(disk, "rb") as file:
        boot = file.read(440)
        file.seek(partitions(disk)["junctor-bios"][0])
        core = file.read(512)
        start, size = partitions(disk)["junctor-esp"]
        file.seek(start)
        esp = file.read(size)
    # Between them lies what is written into it: where the core is, and that the BIOS names the drive.
    first = grub("grub-pc-bin", "i386-pc/boot.img")
    check(boot[:0x5C] == first[:0x5C] and boot[0x68:] == first[0x68:440], "the first sector is not grub-pc-bin's")
    check(core[:0x1F4] == grub("grub-pc-bin", "i386-pc/diskboot.img")[:0x1F4], "GRUB's core is not grub-pc-bin's")
    (t.lab.folder / "esp.img").write_bytes(esp)
    run("mcopy", "-i", t.lab.folder / "esp.img", "::/EFI/BOOT/BOOTX64.EFI", t.lab.folder)
    efi = (t.lab.folder / "BOOTX64.EFI").read_bytes()
    for module in ("normal", "squash4", "loadenv"):
        check(grub("grub-efi-amd64-bin", f"x86_64-efi/{module}.mod") in efi, f"{module} is not grub-efi-amd64-bin's")


def check_modules(t, squashfs):
    """Each kernel module is named by a board or rootfs/modules.txt, or one that is depends on it."""
    folder = t.lab.folder / "modules"
    run("unsquashfs", "-q", "-n", "-d", folder, squashfs, "usr/lib/modules")
    kernel = next((folder / "usr/lib/modules").iterdir())
    lines = [line.split() for line in (ROOT / "rootfs/modules.txt").read_text().splitlines()]
    named = {words[0] for words in lines if words[0] != "#" and not words[0].startswith("[")}
    boards = (ROOT / "board").glob("*/")
    named |= set(run(pathlib.Path(t.build) / "bin/junctor-board", "list", "modules", *boards).split())
    (folder / "lib").symlink_to("usr/lib")
    needed = "".join(run("modprobe", "-d", folder, "-S", kernel.name, "--show-depends", name) for name in named)
    files = {path.name for path in kernel.rglob("*.ko")}
    unnamed = files - {pathlib.Path(path).name for path in re.findall(r"^insmod (\S+)", needed, re.M)}
    check(len(files) > 30 and not unnamed, f"nothing names {unnamed}")
    t.note(f"{len(files)} kernel modules")


@case("e2e.image.other-packages", timeout_s=600, labels=LABELS)
def other_packages(t):
    """A list that is not of this tree, or names a package with another content, is refused before anything is built."""
    lines = (image(t).parent / "packages.lock").read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("grub-pc-bin "))
    other_hash = lines[at][:-1] + ("0" if lines[at][-1] != "0" else "1")
    for name, changed, reason in (("without GRUB", lines[:at] + lines[at + 1:], "not in both: grub-pc-bin"),
                                  ("with another", lines + ["python3 3.11.2-1+b1 " + "0" * 64], "not in both: python3"),
                                  ("another GRUB", lines[:at] + [other_hash] + lines[at + 1:], "are not those of")):
        (t.lab.folder / "list").write_text("".join(line + "\n" for line in changed))
        done = subprocess.run([ROOT / "tools/image", "--quick", "--programs", t.build, "--out", t.lab.folder / "out",
                               "--packages", t.lab.folder / "list"], capture_output=True, text=True)
        check(done.returncode != 0 and reason in done.stderr, f"{name}: {done.returncode} {done.stdout}{done.stderr}")
        check(not list((t.lab.folder / "out").glob("*.img")), f"{name}: a disk was made")
    # What Debian has no more is taken from what was fetched once.
    (t.lab.folder / "apt.conf").write_text('Dir::State::lists "/nonexistent/";\n')
    done = subprocess.run([ROOT / "tools/image", "--quick", "--programs", t.build, "--out", t.lab.folder / "out",
                           "--packages", image(t).parent / "packages.lock"], capture_output=True, text=True,
                          env={**os.environ, "APT_CONFIG": str(t.lab.folder / "apt.conf")})
    check(done.returncode == 0, f"of packages that Debian has no more: {done.stdout}{done.stderr}")


@case("e2e.build.no-paths", timeout_s=60)
def no_paths(t):
    """No path of the machine that built them is in the programs: the cheap half of e2e.image.reproducible."""
    if not is_reproducible(t.build):
        return t.note("a debug build keeps its paths")
    build = pathlib.Path(t.build).resolve()
    plugins = sorted((build / "lib/junctor/plugins").glob("*.so"))
    check(plugins, "there are no plugins")
    for path in [build / "bin" / name for name in PROGRAMS] + plugins:
        content = path.read_bytes()
        for folder in (build, ROOT):
            at = content.find(str(folder).encode() + b"/")
            check(at < 0, f"{path.name} has {content[at:at + 120].split(bytes(1))[0]!r}")
        # What was compiled elsewhere, and came from a cache.
        elsewhere = re.search(rb"\0(\.\./[^\0]+)", content)
        check(not elsewhere, f"{path.name} has {elsewhere and elsewhere[1]!r}")

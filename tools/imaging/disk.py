#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Part of tools/image: puts a disk together in a plain file; neither loop devices nor grub-install are used. GRUB and
mkfs.vfat are of the packages that are listed (`files`: where they are unpacked), whatever this machine has.

    bios (GRUB's core) | esp (vfat: grub.cfg, console.cfg, BOOTX64.EFI) | env (choice of the slot, twice) |
    boot-a | boot-b | root-a | root-b | data

Slot A is filled; B and data are empty: data is made at the first start, and grown to the end of the disk.
"""
import argparse
import pathlib
import shutil
import struct
import subprocess

MIB = 1 << 20
SECTOR = 512
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
# label, type, MiB
PARTITIONS = [
    ("junctor-bios", "21686148-6449-6E6F-744E-656564454649", 1),
    ("junctor-esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 32),
    ("junctor-env", LINUX, 1),
    ("junctor-boot-a", LINUX, 64),
    ("junctor-boot-b", LINUX, 64),
    ("junctor-root-a", LINUX, 256),
    ("junctor-root-b", LINUX, 256),
    ("junctor-data", "3B8F8425-20E0-4F3B-907F-1A25A76F98E8", 64),  # "server data": the one that rootfs/repart.d grows
]
MODULES = ("part_gpt fat squash4 linux normal configfile loadenv test echo serial terminal search reboot halt sleep "
           "regexp smbios minicmd extcmd gzio datehook").split()


def run(*arguments: object, **options: object) -> None:
    subprocess.run([str(a) for a in arguments], check=True, stdout=subprocess.DEVNULL, **options)


def starts() -> dict[str, int]:
    """First octet of each partition, by label; the first MiB belongs to the partition table."""
    at, result = 1, {}
    for label, _, size in PARTITIONS:
        result[label] = at * MIB
        at += size
    return result


def partition_table(disk: pathlib.Path) -> None:
    total = 2 + sum(size for _, _, size in PARTITIONS)
    with open(disk, "wb") as file:
        file.truncate(total * MIB)
    lines = ["label: gpt", "label-id: 6A756E63-746F-4000-8000-000000000000", "unit: sectors"]
    for number, (label, kind, size) in enumerate(PARTITIONS, 1):
        lines.append(f"start={starts()[label] // SECTOR}, size={size * MIB // SECTOR}, type={kind}, "
                     f"uuid=6A756E63-746F-4000-8000-{number:012d}, name={label}")
    run("sfdisk", "--quiet", disk, input="\n".join(lines).encode() + b"\n")


def grub(files: pathlib.Path, work: pathlib.Path) -> tuple[bytes, bytes]:
    """boot.img for the first sector and core.img, told of each other's place; BOOTX64.EFI is left in `work`."""
    core_image(files, "x86_64-efi", "(,gpt2)/grub", work / "BOOTX64.EFI", MODULES)
    return grub_by_bios(files, work, "(,gpt2)/grub", MODULES, starts()["junctor-bios"] // SECTOR)


def core_image(files: pathlib.Path, kind: str, prefix: str, out: pathlib.Path, modules: list[str]) -> None:
    run(files / "usr/bin/grub-mkimage", "-d", files / "usr/lib/grub" / kind, "-O", kind, "-p", prefix, "-o", out,
        *modules)


def grub_by_bios(files: pathlib.Path, work: pathlib.Path, prefix: str, modules: list[str],
                 lba: int) -> tuple[bytes, bytes]:
    """boot.img and core.img as above; core.img is to be written to sector `lba`, where it has a MiB."""
    core_image(files, "i386-pc", prefix, work / "core.img", ["biosdisk", *modules])
    boot = bytearray((files / "usr/lib/grub/i386-pc/boot.img").read_bytes())
    core = bytearray((work / "core.img").read_bytes())
    if len(core) > MIB:
        raise SystemExit("tools/image: GRUB's core is larger than its partition")
    struct.pack_into("<Q", boot, 0x5C, lba)  # kernel_sector
    boot[0x66:0x68] = b"\x90\x90"            # the drive that the BIOS names is the one to boot from
    struct.pack_into("<Q", core, 0x1F4, lba + 1)  # first block of the rest
    return bytes(boot[:440]), bytes(core)


def make_fat(files: pathlib.Path, *arguments: object) -> None:
    run(files / "usr/sbin/mkfs.vfat", "--invariant", *arguments)


def esp(files: pathlib.Path, work: pathlib.Path, grub_cfg: pathlib.Path, console_cfg: pathlib.Path) -> pathlib.Path:
    image = work / "esp.img"
    with open(image, "wb") as file:
        file.truncate(32 * MIB)
    make_fat(files, "-i", "4A554E43", "-n", "JUNCTOR", image)
    run("mmd", "-i", image, "::/grub", "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", image, grub_cfg, "::/grub/grub.cfg")
    run("mcopy", "-i", image, console_cfg, "::/grub/console.cfg")
    run("mcopy", "-i", image, work / "BOOTX64.EFI", "::/EFI/BOOT/BOOTX64.EFI")
    return image


def environment(files: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """Two copies of GRUB's environment block (1,024 octets) as files of a file system that nobody writes to: GRUB and
    rootfs/upgrade/slots change their sectors in place. The latter finds them at octets 8,192 and 12,288, and so does
    rootfs/initramfs/init."""
    image = work / "env.img"
    with open(image, "wb") as file:
        file.truncate(MIB)
    # 11 reserved sectors, 1 of allocation table, 4 of the root folder: the first cluster begins with sector 16.
    make_fat(files, "-F", "12", "-s", "8", "-R", "11", "-f", "1", "-r", "64", "-a", "-i", "4A554E44", image)
    block = work / "env"
    text = b"# GRUB Environment Block\norder=A B\nA_left=6\nA_good=1\nB_left=0\nB_good=0\nwhole=1\n"
    block.write_bytes(text.ljust(1024, b"#"))
    for name in ("env0", "env1"):
        run("mcopy", "-i", image, block, f"::/{name}")
    content = image.read_bytes()
    if any(content[at:at + 1024] != block.read_bytes() for at in (8192, 12288)):
        raise SystemExit("tools/image: the boot choice does not lie where rootfs/upgrade/slots looks for it")
    return image


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--grub-cfg", type=pathlib.Path, required=True)
    parser.add_argument("--console-cfg", type=pathlib.Path, required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--boot", type=pathlib.Path, required=True)
    parser.add_argument("--files", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("disk", type=pathlib.Path)
    a = parser.parse_args()
    sizes = {label: size * MIB for label, _, size in PARTITIONS}
    for label, image in (("junctor-root-a", a.root), ("junctor-boot-a", a.boot)):
        if image.stat().st_size > sizes[label]:
            raise SystemExit(f"tools/image: {image.name} is larger than the partition {label}")
    partition_table(a.disk)
    boot, core = grub(a.files, a.work)
    esp_image = esp(a.files, a.work, a.grub_cfg, a.console_cfg)
    env_image = environment(a.files, a.work)
    with open(a.disk, "r+b") as disk:
        disk.write(boot)
        disk.seek(starts()["junctor-bios"])
        disk.write(core)
        for label, image in (("junctor-esp", esp_image), ("junctor-env", env_image), ("junctor-root-a", a.root),
                             ("junctor-boot-a", a.boot)):
            disk.seek(starts()[label])
            with open(image, "rb") as source:
                shutil.copyfileobj(source, disk, MIB)


if __name__ == "__main__":
    main()

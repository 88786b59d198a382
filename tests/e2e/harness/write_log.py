# SPDX-License-Identifier: MIT
"""What a machine has written to its disk, in its order, as QEMU's blklogwrites keeps it (the format of Linux'
dm-log-writes): what the disk holds if the power is cut at any moment of it.

    machine.write_log = new_log(path)       before its start
    for write in writes(path): ...          an octet where it begins, and what was written
"""
import struct

from .process import check

SECTOR = 512
_MAGIC = 0x6a736677736872
_DISCARD = 4


def new_log(path):
    path.write_bytes(b"")
    return path


def writes(path):
    """(first octet, octets) of each write; also of the last ones before a machine was switched off."""
    with open(path, "rb") as file:
        magic, version = struct.unpack("<QQ", file.read(SECTOR)[:16])
        check((magic, version) == (_MAGIC, 1), f"{path} is no log of writes")
        while len(head := file.read(SECTOR)) == SECTOR:
            sector, count, flags, _ = struct.unpack("<QQQQ", head[:32])
            if count == 0 and flags == 0:
                return
            if count and not flags & _DISCARD:
                content = file.read(count * SECTOR)
                if len(content) < count * SECTOR:
                    return
                yield sector * SECTOR, content

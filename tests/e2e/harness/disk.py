# SPDX-License-Identifier: MIT
"""Disk: an ext4 file system in a file, whose plug can be pulled at any system call of a program.

What the file system has not written to its device is in memory only, and the file is the device: a copy of it is what
a machine would find after the power was cut at that moment. Mounts are in a mount namespace of the test's own, so that
they go with it however it ends.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess

from .process import Failure, check, wait_until

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS = 0x20000
# What a program can change a disk by; open and close, too, so that it stands still between all of them.
CALLS = ("openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat",
         "mkdir", "ftruncate", "close")


def _run(*argv):
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, argv))}: {(done.stderr or done.stdout).strip()}")


def own_mounts():
    """From now on the mounts of this process and its children are theirs alone."""
    check(_LIBC.unshare(_CLONE_NEWNS) == 0, f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    _run("mount", "--make-rslave", "/")


class Disk:
    def __init__(self, image, mount_point, megabytes=16):
        """commit=300: nothing is written by the clock within a test, only by who asks for it."""
        self.image, self.mount_point = image, mount_point
        mount_point.mkdir(exist_ok=True)
        if not image.exists():
            with open(image, "wb") as file:
                file.truncate(megabytes << 20)
            _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
        _run("mount", "-o", "loop,commit=300", image, mount_point)

    def as_after_a_power_cut(self, copy):
        shutil.copyfile(self.image, copy)

    def close(self):
        if self.mount_point is not None:
            _run("umount", "-l", self.mount_point)
            self.mount_point = None


def _is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] in ("T", "t")


def thread_of(pid, name):
    """The id of the process's thread of that name."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm") as file:
            if file.read().strip() == name:
                return int(task)
    raise Failure(f"process {pid} has no thread {name}")


@contextlib.contextmanager
def stopped_at(pid, call, nth, act, log):
    """Does act() (in another process: it returns a Popen) while the thread is being watched, and yields whether its process
    was stopped at the thread's nth system call of that name. Goes on with it afterwards."""
    tracer = subprocess.Popen(["strace", "-p", str(pid), "-e", f"trace={call}",
                               "-e", f"inject={call}:signal=SIGSTOP:when={nth}", "-o", str(log)],
                              stderr=subprocess.PIPE, text=True)
    try:
        line = tracer.stderr.readline()
        check("attached" in line, f"strace: {line.strip()}")
        done = act()
        # A process that only waits under its tracer is "S"; one that the signal stopped is "T" or "t".
        wait_until("the commit is done or stopped", lambda: done.poll() is not None or "--- stopped by SIGSTOP" in
                   log.read_text(errors="replace"), 20, 0.01)
        is_stopped = done.poll() is None
        if is_stopped:
            wait_until("it stands still", lambda: _is_stopped(pid), 5, 0.005)
        yield is_stopped
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
        os.kill(pid, signal.SIGCONT)
    done.wait(20)

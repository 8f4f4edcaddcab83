"""What a process may do when it has become QEMU.

Less than its parent, for good: no core dumps, no rights from programs that give some, and no io_uring. With io_uring the main loop
of QEMU 11.1 now and then does not notice what a processor's thread started (measured: one boot of eleven stood still in the
firmware, its disk's answer unread until somebody spoke to the monitor); without, it polls as older ones do.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Callable

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_IO_URING_SETUP = 425  # on every architecture
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS

_MOST_FILES = 16384  # a disk has one connection; the most that the virtual slots can hold are 2400 of them
_MOST_THREADS = 4096  # of one user, so of one partition: its processors, and what QEMU has beside them


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


_STEPS = (
    (_LOAD_WORD, 0, 0, 0),  # the number of the system call
    (_JUMP_IF_EQUAL, 0, 1, _IO_URING_SETUP),
    (_RETURN, 0, 0, _REFUSE),
    (_RETURN, 0, 0, _ALLOW),
)


def confined(parent: int, own_user: bool) -> Callable[[], None]:
    """What the new process does before it becomes QEMU. The kernel kills it when its parent, this thread, ends. own_user: nobody
    else runs as its user."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    text = b"".join(struct.pack("=HBBI", *step) for step in _STEPS)
    program = _Program(len(_STEPS), text)
    kills = int(signal.SIGKILL)
    files = min(_MOST_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])

    def prepare() -> None:
        if prctl(_PR_SET_PDEATHSIG, kills, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(127)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the guest's memory would be in it
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if own_user:
            resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_THREADS, _MOST_THREADS))
        if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            # A kernel without filters has refused; then QEMU's own sandbox is not there either, and the doctor says so.
            prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)

    return prepare

"""Processes that are to outlive the service, and are its children only as long as both live."""

from __future__ import annotations

import asyncio
import contextlib
import os


def reap_when_ended(pid: int) -> None:
    """Lets a child that ends leave nothing behind. Nobody here waits for it."""
    loop = asyncio.get_running_loop()
    pidfd = os.pidfd_open(pid)

    def reap() -> None:
        loop.remove_reader(pidfd)
        os.close(pidfd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

    loop.add_reader(pidfd, reap)

"""The QEMU process of a partition: it dies with whoever started it, and its last words are kept."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.bounded_log import BoundedLog
from openlpar.hypervisor.qemu.confinement import confined

_LOG_LIMIT = 256 << 10
_LINES_KEPT = 20
_LONGEST_LINE = 400


class QemuProcess:
    """A started QEMU. ``ended`` becomes its exit status, negative for a signal, after all that it wrote was read."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        keep_open: Sequence[int],
        user: int = 0,
        groups: Sequence[int] = (),
    ) -> None:
        """environment: in addition to ours; log: of what it writes; keep_open: descriptors it inherits; user: whom it runs as, in
        the group of the same number and in groups, 0 for ourselves. Raises OSError."""
        other: dict[str, Any] = {"user": user, "group": user, "extra_groups": groups} if user else {}
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = loop.create_future()
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._part = b""
        self._output, theirs = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(theirs, True)
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                env={**os.environ, **environment},
                pass_fds=keep_open,
                **other,
                preexec_fn=confined(os.getpid(), own_user=bool(user)),  # noqa: PLW1509 (there are no threads)
            )
        except BaseException:
            os.close(self._output)
            raise
        finally:
            os.close(theirs)
        self.pid = self._process.pid
        self._log = BoundedLog(log, _LOG_LIMIT)
        self._pidfd = os.pidfd_open(self.pid)
        loop.add_reader(self._output, self.read_output)
        loop.add_reader(self._pidfd, self._end)

    def read_output(self) -> None:
        """Takes in what QEMU has written until now."""
        while True:
            try:
                data = os.read(self._output, 65536)
            except BlockingIOError:
                return
            if not data:
                asyncio.get_running_loop().remove_reader(self._output)
                return
            self._log.write(data)
            *lines, self._part = (self._part + data).split(b"\n")
            self._part = self._part[-_LONGEST_LINE:]
            self._lines += (line.decode(errors="replace")[:_LONGEST_LINE] for line in lines[-_LINES_KEPT:])

    def last_words(self) -> list[str]:
        """The last lines it wrote, oldest first."""
        rest = [self._part.decode(errors="replace")] if self._part else []
        return [*self._lines, *rest]

    def kill(self) -> None:
        if not self.ended.done():
            self._process.kill()

    def _end(self) -> None:
        loop = asyncio.get_running_loop()
        self.read_output()
        loop.remove_reader(self._pidfd)
        loop.remove_reader(self._output)
        os.close(self._pidfd)
        os.close(self._output)
        self._log.close()
        self.ended.set_result(self._process.wait())

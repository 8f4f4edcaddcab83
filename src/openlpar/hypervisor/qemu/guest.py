"""The service's side of one partition that runs in QEMU."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.link import Link, Lost

_F12 = "\x1b[24~"
_TOGETHER_S = 0.05
"""Console text is taken into the state in pieces of this long: each piece is a commit."""


class Guest:
    """A running partition. The link to its supervisor comes a moment after it.

    heard: told every notice; shown: told what the console shows, in larger pieces. menu: it is to stop in the boot menu;
    has_left: it is no longer this system's.
    save_to: file that is to have its state when it has come up; restored_from: one that it is started from, until it has started.
    """

    def __init__(
        self,
        uuid: str,
        run: Path,
        heard: Callable[[Guest, Notice], None],
        shown: Callable[[Guest, str], None],
    ) -> None:
        self.uuid = uuid
        self.run = run
        self.save_to: Path | None = None
        self.restored_from: Path | None = None
        self._heard, self._shown = heard, shown
        self.menu = False
        self.has_left = False
        self._link: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        self._text: list[str] = []
        self._flush: asyncio.TimerHandle | None = None
        self._typing: set[asyncio.Task[None]] = set()

    def linked(self, link: Link) -> None:
        self._link.set_result(link)

    @property
    def position(self) -> int:
        """Characters of the console that have been shown, passed on or still gathered."""
        return self._link.result().position if self.has_link() else 0

    def has_link(self) -> bool:
        return self._link.done() and self._link.exception() is None

    async def request(self, do: str, limit_s: float = 100.0, **arguments: Any) -> Any:
        """Asks the supervisor. Raises control.Refused, link.Lost."""
        link = await asyncio.shield(self._link)
        return await link.request(do, limit_s, **arguments)

    async def gone(self) -> None:
        """Returns when there is no supervisor any more, and all it left has been heard."""
        link = await asyncio.shield(self._link)
        await link.gone.wait()

    async def close(self) -> None:
        """Lets go of it; the partition goes on."""
        self.flush()
        for task in self._typing:
            task.cancel()
        if self.has_link():
            await self._link.result().close()
        elif not self._link.done():
            self._link.set_exception(Lost("the partition was not started"))
            self._link.exception()  # there may be nobody to tell

    def hear(self, notice: Notice) -> None:
        if self.menu and notice.kind == "firmware":
            self.menu = False
            # Once: the key waits until SLOF looks for it, and what is left of more would be taken for a choice.
            self.type(_F12)
        if notice.kind == "ended":
            self.flush()
        self._heard(self, notice)

    def show(self, text: str) -> None:
        self._text.append(text)
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(_TOGETHER_S, self.flush)

    def flush(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        text = "".join(self._text)
        self._text.clear()
        if text:
            self._shown(self, text)

    def type(self, text: str) -> None:
        """Typed text may be lost, as on a serial line."""
        task = asyncio.create_task(self._type(text))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def _type(self, text: str) -> None:
        with contextlib.suppress(Exception):
            await self.request("type", text=text)

"""What brings something outside in line with the state: round after round, whenever something may have changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod

log = logging.getLogger(__name__)

AGAIN_S = 2.0
"""After which a round that did not succeed is tried again."""


class Reconciler(ABC):
    """Subclasses say in ``converge`` what a round is. concerns: what the log calls it."""

    concerns = ""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on, beginning with a first round."""
        self.wake()
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """No more rounds; what is outside stays as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Something may have changed."""
        self._wanted.set()

    @abstractmethod
    async def converge(self) -> bool:
        """One round. Whether all is as it is wanted now."""
        ...

    async def _follow(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                done = await self.converge()
            except Exception:  # the next round may do better
                log.exception("%s could not be brought in line", self.concerns)
                done = False
            if not done:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), AGAIN_S)
                self._wanted.set()

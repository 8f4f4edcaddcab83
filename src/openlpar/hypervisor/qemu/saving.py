"""Laying the state of a running guest into a file. What is done with it: ``states``."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from openlpar.hypervisor.qemu.qmp import Qmp, QmpRefused

_LOOK_S = 0.02


async def save(qmp: Qmp, path: Path) -> None:
    """Lays the state of a guest that stands still into a file: as a whole or not at all. Raises QmpError."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        await qmp.execute("migrate", {"uri": f"file:{draft}"})
        while (moved := await qmp.execute("query-migrate"))["status"] != "completed":
            if moved["status"] in ("failed", "cancelled"):
                raise QmpRefused("GenericError", str(moved.get("error-desc", moved["status"])))
            await asyncio.sleep(_LOOK_S)
        draft.replace(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)

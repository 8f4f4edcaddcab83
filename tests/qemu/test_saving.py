"""A guest's state is laid into a file, unless somebody has typed at its console: all that start from it would be spoilt."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.qemu.control import Refused
from tests.qemu.conftest import Core, until


async def up(core: Core) -> None:
    await core.start()
    await core.until("started")
    await core.direct(agent=True)
    await core.until("agent", active=True)


async def save(core: Core, path: Path) -> Any:
    return await core.link.request("save_state", path=str(path))


async def test_a_guest_nobody_typed_at_is_saved(core: Core, tmp_path: Path) -> None:
    await up(core)
    saving = asyncio.create_task(save(core, tmp_path / "state"))
    await until((tmp_path / ".state.draft").exists)
    await core.direct(migration={"status": "completed", "old": True})
    await saving
    assert (tmp_path / "state").read_bytes() == b"a state"
    await core.until("saved", path=str(tmp_path / "state"))


async def test_one_that_was_typed_at_is_not(core: Core, tmp_path: Path) -> None:
    await up(core)
    await core.link.request("type", text="x")
    with pytest.raises(Refused, match="somebody has typed at its console"):
        await save(core, tmp_path / "state")
    assert not list(tmp_path.iterdir())
    assert (await core.link.request("status"))["qemu"] == "running", "it never stood still"


async def test_what_is_typed_meanwhile_comes_after_it(core: Core, tmp_path: Path) -> None:
    await up(core)
    saving = asyncio.create_task(save(core, tmp_path / "state"))
    await until((tmp_path / ".state.draft").exists)
    typing = asyncio.create_task(core.link.request("type", text="late"))
    await core.link.request("status")  # what was asked before has been looked at
    assert "LATE" not in core.text and not typing.done()
    await core.direct(migration={"status": "completed", "old": True})
    await asyncio.gather(saving, typing)
    await until(lambda: "LATE" in core.text)
    assert (tmp_path / "state").exists()


async def test_the_log_of_the_service_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def request(do: str, **arguments: Any) -> None:
        raise Refused("somebody has typed at its console")

    guest: Any = SimpleNamespace(run=tmp_path / "0a0b0c0d", request=request)
    with caplog.at_level(logging.WARNING):
        await object.__new__(Qemu)._save(guest, tmp_path / "states" / "one")
    assert "the state of the partition in" in caplog.text and "is not saved: somebody has typed" in caplog.text

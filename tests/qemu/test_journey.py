"""A guest leaves its supervisor, or comes to one, with a fake QEMU."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest

from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.launch import INCOMING, LOCK
from tests.qemu.conftest import Core, pid_in


@pytest.fixture
async def address(core: Core) -> AsyncIterator[str]:
    """Of somebody who takes what is sent."""
    path = str(core.run / "there.sock")
    server = await asyncio.start_unix_server(lambda reader, writer: writer.close(), path)
    yield path
    server.close()


async def _status(core: Core) -> str:
    return str((await core.link.request("status"))["qemu"])


async def test_it_leaves_and_stands_still_until_it_is_called_back(core: Core, address: str) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    await core.until("moving", share=0.75)
    await core.direct(migration={"status": "completed"})
    await core.until("sent")
    assert await _status(core) == "postmigrate"
    assert "stopped" not in core.kinds(), "that it stands still is meant"
    await core.link.request("send", number="1", address=address)
    assert core.kinds().count("sent") == 1, "asked for again, nothing begins"
    with pytest.raises(Refused, match="being moved"):
        await core.link.request("resize_cores", count=2)
    await core.link.request("stay")
    await core.until("stays")
    assert await _status(core) == "running"
    await core.link.request("send", number="2", address=address)
    await core.direct(migration={"status": "failed", "error-desc": "Broken pipe"})
    await core.until("not_sent", reason="Broken pipe")
    assert await _status(core) == "running"


async def test_it_is_stopped_on_its_way(core: Core, address: str) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    with pytest.raises(Refused, match="on its way already"):
        await core.link.request("send", number="2", address=address)
    await core.link.request("stay")
    assert core.find("not_sent", reason="the sending was stopped")
    await core.link.request("stay")
    assert await _status(core) == "running"


async def test_one_with_dimms_stands_still_and_goes_on_when_it_stays(core: Core, address: str) -> None:
    await core.start("tcg")
    await core.until("started")
    await core.direct(enlarged=True)
    await core.link.request("send", number="1", address=address)
    assert await _status(core) == "paused"
    await core.direct(migration={"status": "failed"})
    await core.until("not_sent", reason="QEMU could not send it")
    assert await _status(core) == "running"


async def test_what_cannot_begin_stays(core: Core, address: str) -> None:
    await core.start("tcg")
    await core.until("started")
    with pytest.raises(Refused, match=r"nowhere\.sock"):
        await core.link.request("send", number="1", address=str(core.run / "nowhere.sock"))
    await core.direct(enlarged=True, unwilling="State blocked by non-migratable device")
    with pytest.raises(Refused, match="non-migratable"):
        await core.link.request("send", number="2", address=address)
    assert await _status(core) == "running"


async def test_old_news_are_no_departure(core: Core, address: str) -> None:
    """QEMU still says how the guest came in, when it did not begin to send it."""
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    await core.direct(migration={"status": "completed", "old": True})
    await core.until("not_sent", reason="QEMU did not begin to send it")
    assert await _status(core) == "running"


async def test_a_monitor_that_is_lost_meanwhile(core: Core, address: str) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    await core.direct(eof=False)
    await core.until("qmp_back")
    await core.direct(migration={"status": "completed"})
    await core.until("sent")


async def test_a_monitor_that_hangs_meanwhile(core: Core, address: str) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    await core.direct(hung=True)
    with pytest.raises(Refused):
        await core.link.request("stay")
    await core.direct(hung=False, migration={"status": "completed"})
    await core.until("sent")
    await core.link.request("stay")
    assert await _status(core) == "running"


async def test_qemu_that_ends_meanwhile(core: Core, address: str) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("send", number="1", address=address)
    await core.direct(dead=-signal.SIGKILL)
    await core.until("ended")
    with pytest.raises(Refused):
        await core.link.request("send", number="2", address=address)


# where it arrives


async def test_it_comes_and_begins_when_it_is_told(core: Core) -> None:
    await core.start("--incoming", expected=True)
    await core.link.request("expected")
    with pytest.raises(Refused, match="not come in yet"):
        await core.link.request("stay")
    _, sender = await asyncio.open_unix_connection(core.run / INCOMING)
    await core.direct(arrived="paused")
    sender.close()
    await core.link.request("arrival")
    assert core.find("arrived")
    assert await _status(core) == "paused"
    with pytest.raises(Refused, match="being moved"):
        await core.link.request("eject", slot="vscsi2-1")
    await core.link.request("stay")
    assert await _status(core) == "running"
    await core.until("taken")
    await core.link.request("stay")
    assert not {"started", "running"} & set(core.kinds()), "it does not start"


async def test_one_that_never_comes(core: Core) -> None:
    await core.start("--incoming", expected=True)
    waiting = asyncio.create_task(core.link.request("arrival"))
    await core.link.request("expected")
    await core.direct(stderr="load of migration failed", dead=1)
    with pytest.raises(Refused, match="load of migration failed"):
        await waiting


async def test_one_that_cannot_be_expected(core: Core) -> None:
    await core.start("--dies", "cannot set up guest memory", expected=True)
    with pytest.raises(Refused, match="cannot set up guest memory"):
        await core.link.request("expected")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid_in(core.run / LOCK), signal.SIGTERM)

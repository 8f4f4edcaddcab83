"""The service's end of the virtual switch, with the real process behind it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import ending
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from tests.qemu.conftest import alive, pid_in, until

WANTED: dict[str, Any] = {
    "switches": [{"name": "ETHERNET0", "mode": "Veb"}],
    "ports": [{"name": "4-3", "switch": "ETHERNET0", "pvid": 1, "mac": "fa:16:3e:00:00:03"}],
}


class Watched(Switch):
    """Counts how often the connection was lost."""

    losses = 0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, self._count)

    def _count(self) -> None:
        self.losses += 1


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    """Of the switch. In the end it is told to end."""
    place = Path(tempfile.mkdtemp(prefix="ol"))
    yield place / "n"
    await ending.end_all(place)
    shutil.rmtree(place)


@pytest.fixture
async def switch(folder: Path) -> AsyncIterator[Watched]:
    made = Watched(folder)
    yield made
    await made.close()


async def ports(switch: Switch) -> set[str]:
    return {port["name"] for port in (await switch.request("status"))["ports"]}


async def test_it_is_started_when_there_is_none(switch: Watched, folder: Path) -> None:
    await switch.configure(WANTED)
    assert await ports(switch) == {"4-3"}
    assert alive(pid_in(folder / "pid"))
    assert (folder / "4-3.s").is_socket()


async def test_it_is_told_only_what_is_new(switch: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    await switch.configure(WANTED)
    asked: list[str] = []

    async def request(do: str, **arguments: Any) -> Any:
        asked.append(do)

    monkeypatch.setattr(switch, "request", request)
    await switch.configure(WANTED)
    assert not asked
    await switch.configure({**WANTED, "ports": []})
    assert asked == ["configure"]


async def test_the_one_that_runs_is_taken_up_again(switch: Watched, folder: Path) -> None:
    await switch.configure(WANTED)
    first = pid_in(folder / "pid")
    await switch.close()
    assert alive(first)
    assert not switch.losses
    again = Watched(folder)
    assert await ports(again) == {"4-3"}
    assert pid_in(folder / "pid") == first
    await again.close()


async def test_one_that_was_killed_is_noticed_and_another_carries_the_same(switch: Watched, folder: Path) -> None:
    await switch.configure(WANTED)
    first = pid_in(folder / "pid")
    os.kill(first, signal.SIGKILL)
    await until(lambda: switch.losses == 1)
    await switch.configure(WANTED)
    assert await ports(switch) == {"4-3"}
    assert pid_in(folder / "pid") != first


async def test_several_may_ask_at_the_same_time(switch: Watched) -> None:
    await asyncio.gather(*(switch.configure(WANTED) for _ in range(5)))
    assert await ports(switch) == {"4-3"}


async def test_a_refusal_says_why(switch: Watched) -> None:
    wrong = {**WANTED, "ports": [{**WANTED["ports"][0], "switch": "nowhere"}]}
    with pytest.raises(SwitchError, match=r"refuses configure: .*nowhere"):
        await switch.configure(wrong)
    await switch.configure(WANTED)


async def test_an_answer_that_is_none_is_an_error(folder: Path) -> None:
    folder.mkdir(parents=True)

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"hello\n")
        writer.close()

    server = await asyncio.start_unix_server(babble, folder / "control.sock")
    switch = Watched(folder)
    with pytest.raises(SwitchError, match="does not answer configure"):
        await switch.configure(WANTED)
    await switch.close()
    server.close()

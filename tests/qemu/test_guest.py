"""The service's side of a partition: notices and console text, on their way into the state."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.link import Lost
from tests.qemu.conftest import until

F12 = "\x1b[24~"


class FakeLink:
    """Remembers what is asked, and how far the console has been read."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.position = 0
        self.gone = asyncio.Event()
        self.is_closed = False
        self._refusal = refusal

    async def request(self, do: str, limit_s: float = 0, **arguments: Any) -> Any:
        self.asked.append((do, arguments))
        if self._refusal is not None:
            raise self._refusal
        return {}

    async def close(self) -> None:
        self.is_closed = True


class Heard:
    def __init__(self) -> None:
        self.told: list[str] = []

    def notice(self, guest: Guest, notice: Notice) -> None:
        self.told.append(notice.kind)

    def text(self, guest: Guest, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def guest(heard: Heard) -> Guest:
    return Guest("u", Path("/nowhere"), heard.notice, heard.text)


def linked(guest: Guest, refusal: Exception | None = None) -> FakeLink:
    link: Any = FakeLink(refusal)
    guest.linked(link)
    return link  # type: ignore[no-any-return]


async def test_what_is_asked_waits_for_the_supervisor(guest: Guest) -> None:
    asking = asyncio.create_task(guest.request("power_down"))
    await asyncio.sleep(0)
    assert not asking.done()
    link = linked(guest)
    await asking
    assert link.asked == [("power_down", {})]


async def test_console_text_goes_on_in_larger_pieces(guest: Guest, heard: Heard) -> None:
    linked(guest)
    for letter in "hello":
        guest.show(letter)
    assert not heard.told
    await until(lambda: heard.told)
    assert heard.told == ["hello"]


async def test_what_the_console_showed_comes_before_the_end(guest: Guest, heard: Heard) -> None:
    linked(guest)
    guest.show("last words")
    guest.hear(Notice(1, 0, "ended"))
    assert heard.told == ["last words", "ended"]


async def test_what_is_gathered_is_not_lost_when_the_service_ends(guest: Guest, heard: Heard) -> None:
    link = linked(guest)
    guest.show("text")
    await guest.close()
    assert heard.told == ["text"]
    assert link.is_closed


async def test_the_position_is_that_of_the_link(guest: Guest) -> None:
    assert guest.position == 0
    linked(guest).position = 12
    assert guest.position == 12


@pytest.mark.parametrize("refusal", [None, Refused("it does not read"), Lost("it is gone")])
async def test_typed_text_may_be_lost(guest: Guest, refusal: Exception | None) -> None:
    link = linked(guest, refusal)
    guest.type("ls\n")
    await until(lambda: link.asked)
    assert link.asked == [("type", {"text": "ls\n"})]


async def test_the_key_of_the_boot_menu_is_typed_once(guest: Guest) -> None:
    link = linked(guest)
    guest.menu = True
    for kind in ("started", "firmware", "firmware", "ref_code"):
        guest.hear(Notice(1, 0, kind))
    await until(lambda: link.asked)
    assert link.asked == [("type", {"text": F12})]


async def test_a_partition_that_never_started_is_let_go(guest: Guest) -> None:
    asking = asyncio.create_task(guest.request("quit"))
    await asyncio.sleep(0)
    await guest.close()
    with pytest.raises(Lost, match="not started"):
        await asking
    assert not guest.has_link()

"""The connections to another system: kept for the next question, replaced when they break, and not too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import mobility as say
from openlpar.peers import lines
from openlpar.peers.link import PeerLink
from openlpar.ports.peer import Peer

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b"


class Other:
    """A system that answers every question with its number."""

    def __init__(self) -> None:
        self.port = 0
        self.lines = self.questions = self.at_once = self.most = 0
        self.mute = False
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self.writers.append(writer)
        while await self._asked(reader):
            self.questions += 1
            number = self.questions
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            body = b'{"n": %d}' % number
            if not self.mute:
                writer.write(ANSWER % (len(body), body))
        writer.close()

    async def _asked(self, reader: asyncio.StreamReader) -> bool:
        try:
            await reader.readuntil(b"\r\n\r\n{}")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        return True


@pytest.fixture
async def other() -> AsyncIterator[Other]:
    made = Other()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    for writer in made.writers:
        writer.close()


@pytest.fixture
async def link(other: Other, tmp_path: Path) -> PeerLink:
    made = PeerLink(tmp_path)
    made.trust(Peer("osprey", "x", f"http://127.0.0.1:{other.port}", "k" * 32))
    return made


async def test_one_question_after_the_other_needs_one_connection(link: PeerLink, other: Other) -> None:
    assert [await link.ask("osprey", "hello", {}) for _ in range(5)] == [{"n": n} for n in range(1, 6)]
    assert other.lines == 1


async def test_many_questions_share_a_few(link: PeerLink, other: Other) -> None:
    answers = await asyncio.gather(*(link.ask("osprey", "hello", {}) for _ in range(100)))
    assert sorted(answer["n"] for answer in answers) == list(range(1, 101))
    assert other.lines <= lines.LINES
    assert other.most <= lines.LINES


async def test_a_connection_that_the_other_side_has_closed_is_replaced(link: PeerLink, other: Other) -> None:
    await asyncio.gather(*(link.ask("osprey", "hello", {}) for _ in range(3)))
    for writer in other.writers:
        writer.close()
    before = other.lines
    assert await link.ask("osprey", "hello", {}) == {"n": 4}
    assert other.lines == before + 1


async def test_what_is_not_answered_in_time_is_not_asked_again(
    link: PeerLink, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link.ask("osprey", "hello", {})
    monkeypatch.setattr(lines, "ANSWER_S", 0.05)
    other.mute = True
    with pytest.raises(Failure) as late:
        await link.ask("osprey", "hello", {})
    assert late.value.message is say.PEER_AWAY
    assert (other.questions, other.lines) == (2, 1)


async def test_an_idle_connection_is_closed(link: PeerLink, other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "IDLE_S", 0.01)
    await link.ask("osprey", "hello", {})
    async with asyncio.timeout(5):
        await other.writers[0].wait_closed()
    assert await link.ask("osprey", "hello", {}) == {"n": 2}
    assert other.lines == 2

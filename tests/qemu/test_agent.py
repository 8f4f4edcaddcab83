"""The guest agent, as a supervisor with a fake QEMU sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.agent import Agent, AgentRefused, AgentSilent
from openlpar.hypervisor.qemu.control import Refused
from tests.qemu.conftest import Core, until
from tests.qemu.fake_qemu import AGENT_ANSWERS

KNOWN = {
    "active": True,
    "os": "Fake Linux 1.0",
    "kernel": "6.1.0-fake",
    "hostname": "lpar1",
    "vcpus": 1,
    "addresses": ["fe80::1", "192.0.2.1"],
}


async def test_agent_comes_and_goes(core: Core) -> None:
    await core.start()
    await core.until("started")
    await core.direct(agent=True)
    assert (await core.until("agent", active=True)).data == KNOWN
    assert core.find("running", by="agent")
    assert (await core.link.request("status"))["agent"] == KNOWN
    await core.direct(agent=False)
    await core.until("agent", active=False)
    with pytest.raises(Refused, match="the guest agent did not answer"):
        await core.link.request("agent_shutdown", mode="reboot", limit_s=10)


async def test_agent_that_falls_silent_is_found_out_and_missed_no_longer_when_it_answers(core: Core) -> None:
    await core.start()
    await core.until("started")
    await core.direct(agent=True)
    await core.until("agent", active=True)
    await core.direct(mute=True)
    await core.until("agent", active=False)
    core.notices.clear()
    await core.direct(mute=False)
    assert (await core.until("agent", active=True)).data == KNOWN


async def test_agent_shuts_down(core: Core) -> None:
    await core.start()
    await core.until("started")
    await core.direct(agent=True)
    await core.until("agent", active=True)
    await core.link.request("agent_shutdown")
    assert (await core.until("ended")).data["reason"] == "guest-shutdown"


@asynccontextmanager
async def guest(path: Path, answers: dict[str, Any]) -> AsyncIterator[Agent]:
    """A link to an agent that answers every command with these bytes, or what is made of the JSON."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            request = json.loads(line.lstrip(b"\xff"))
            answer = answers.get(request["execute"], request.get("arguments", {}).get("id"))
            writer.write(answer if isinstance(answer, bytes) else json.dumps({"return": answer}).encode() + b"\n")
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    learned: list[dict[str, Any]] = []
    agent = Agent(path, learned.append, ping_s=0.05, answer_s=0.5)
    task = asyncio.create_task(agent.run())
    agent.port(True)
    try:
        yield agent
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        b'{"return": {"pretty-name": 7, "kernel-release": null}}\n',
        b'{"return": []}\n',
        b'{"return": null}\n',
        b'{"error": {"desc": "no"}}\n',
        b'{"error": {}}\n',
        json.dumps({"return": [{"name": "eth0", "ip-addresses": [{"ip-address": "x" * 500}] * 1000}]}).encode() + b"\n",
    ],
)
async def test_what_a_guest_says_is_bounded_and_need_not_make_sense(run: Path, nonsense: bytes) -> None:
    answers = dict.fromkeys(AGENT_ANSWERS, nonsense)
    async with guest(run / "agent.sock", answers) as agent:
        await until(lambda: agent.known["active"])
        assert len(json.dumps(agent.known)) < 64 * 300


@pytest.mark.parametrize(
    "junk", [b"no json\n", b"[1]\n", b"{}\n", b"[" * 5000 + b"\n", b"x" * (2 << 20), b'{"error": 1}\n']
)
async def test_junk_is_silence(run: Path, junk: bytes) -> None:
    async with guest(run / "agent.sock", {"guest-ping": junk, **dict.fromkeys(AGENT_ANSWERS, junk)}) as agent:
        with pytest.raises(AgentSilent):
            await agent.ask("guest-ping")
        assert agent.known == {"active": False}


async def test_refusal_is_no_silence(run: Path) -> None:
    async with guest(run / "agent.sock", {**AGENT_ANSWERS, "guest-x": b'{"error": {"desc": "disabled"}}\n'}) as agent:
        with pytest.raises(AgentRefused, match="disabled"):
            await agent.ask("guest-x")
        await until(lambda: agent.known == KNOWN)


async def test_available_memory_is_the_guests_own_account(core: Core) -> None:
    await core.start()
    await core.until("started")
    assert await core.link.request("available_memory") == {"mib": None}
    await core.direct(agent=True)
    await core.until("agent", active=True)
    assert await core.link.request("available_memory") == {"mib": 896}


@pytest.mark.parametrize("answer", [None, {}, {"buf-b64": 7}, {"buf-b64": "?"}])
async def test_a_file_that_makes_no_sense_is_told(run: Path, answer: Any) -> None:
    answers = {**AGENT_ANSWERS, "guest-file-open": 7, "guest-file-read": answer, "guest-file-close": {}}
    async with guest(run / "agent.sock", answers) as agent:
        with pytest.raises(ValueError, match="that is no file's content"):
            await agent.read_file("/proc/meminfo")


async def test_nobody_is_asked_while_the_port_is_closed(run: Path) -> None:
    learned: list[Any] = []
    agent = Agent(run / "none.sock", learned.append, ping_s=0.01)
    task = asyncio.create_task(agent.run())
    agent.port(True)
    agent.port(False)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert learned == []

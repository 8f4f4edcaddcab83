"""The link to qemu-guest-agent in the guest: the stand-in for the RMC connection of a partition.

Whether a guest has the port open is QEMU's word (the event VSERPORT_CHANGE); whether an agent answers is found out by asking.
Nothing is asked while the port is closed. Whatever comes from a guest is bounded before it is believed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

LONGEST_ANSWER = 1 << 20
_SETTLING_S, _SETTLING_LOOKS = 2.0, 4
"""A guest that has just come up gets its addresses one after the other: it is asked for all again soon, a few times."""

_MOST_ADDRESSES = 64
_LONGEST_TEXT = 256
_FILE_BYTES = 4096


class AgentSilent(Exception):
    """No agent answered, or not with what was asked for. The text says which."""


class Agent:
    """Asks the guest agent, and says what it learned whenever that changes."""

    def __init__(
        self,
        path: Path,
        learned: Callable[[dict[str, Any]], None],
        ping_s: float = 30.0,
        answer_s: float = 5.0,
        refresh_pings: int = 4,
    ) -> None:
        """path: of the chardev's socket. learned: gets {"active": True, "os", "kernel", "hostname", "vcpus", "addresses"} or
        {"active": False}. ping_s: between looks whether it still answers; refresh_pings: every so many, all is asked again."""
        self._path = path
        self._learned = learned
        self._ping_s = ping_s
        self._answer_s = answer_s
        self._refresh_pings = refresh_pings
        self._numbers = count(1)
        self._looks = 0
        self._one_at_a_time = asyncio.Lock()
        self._changed = asyncio.Event()
        self._open = False
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.known: dict[str, Any] = {"active": False}

    def port(self, is_open: bool) -> None:
        """The guest opened or closed its end."""
        if is_open != self._open:
            self._open = is_open
            self._changed.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                self._changed.clear()
                await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause_s()):
                        await self._changed.wait()
        finally:
            self._hang_up()

    def _pause_s(self) -> float | None:
        """None: until the guest opens the port."""
        if not self._open:
            return None
        return min(_SETTLING_S, self._ping_s) if 0 < self._looks < _SETTLING_LOOKS else self._ping_s

    async def _look(self) -> None:
        if not self._open:
            self._hang_up()
            return self._silent()
        try:
            if self._looks < _SETTLING_LOOKS or self._looks % self._refresh_pings == 0:
                self._learn(await self._ask_all())
            else:
                await self.ask("guest-ping")
        except AgentSilent:
            return self._silent()
        except AgentRefused:
            pass  # that is an answer
        self._looks += 1

    def _silent(self) -> None:
        self._looks = 0
        self._learn({"active": False})

    def _learn(self, known: dict[str, Any]) -> None:
        if known != self.known:
            self.known = known
            self._learned(known)

    async def _ask_all(self) -> dict[str, Any]:
        known: dict[str, Any] = {"active": True}
        for command, read in _QUESTIONS.items():
            with contextlib.suppress(AgentRefused, KeyError, TypeError, AttributeError):
                known |= read(await self.ask(command))
        return known

    async def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """What the agent returned. Raises AgentSilent, AgentRefused."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._answer_s):
                    return await self._exchange(command, arguments)
            except (OSError, EOFError, ValueError, RecursionError) as error:  # TimeoutError is an OSError
                self._hang_up()
                raise AgentSilent(f"the guest agent did not answer {command}: {str(error) or 'not in time'}") from error

    async def tell(self, command: str, arguments: Mapping[str, Any]) -> None:
        """For commands that succeed in silence (``guest-shutdown``). Raises AgentSilent when no agent answers beforehand."""
        await self.ask("guest-ping")
        async with self._one_at_a_time:
            if self._streams is None:
                raise AgentSilent("the guest agent went away")
            self._send(self._streams[1], {"execute": command, "arguments": dict(arguments)})

    async def read_file(self, path: str) -> str:
        """The beginning of a file in the guest. Raises AgentSilent, AgentRefused, ValueError."""
        file = await self.ask("guest-file-open", {"path": path, "mode": "r"})
        try:
            answer = await self.ask("guest-file-read", {"handle": file, "count": _FILE_BYTES})
            return base64.b64decode(answer["buf-b64"], validate=True).decode(errors="replace")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: that is no file's content") from error
        finally:
            with contextlib.suppress(AgentSilent, AgentRefused):
                await self.ask("guest-file-close", {"handle": file})

    async def _exchange(self, command: str, arguments: Mapping[str, Any] | None) -> Any:
        if self._streams is None:
            await self._connect()
        assert self._streams is not None
        reader, writer = self._streams
        request: dict[str, Any] = {"execute": command}
        if arguments:
            request["arguments"] = dict(arguments)
        self._send(writer, request)
        answer = await self._line(reader)
        if "error" in answer:
            raise AgentRefused(str(answer["error"].get("desc", answer["error"]))[:_LONGEST_TEXT])
        return answer["return"]

    async def _connect(self) -> None:
        """Connects and skips what an earlier question left behind: the answer with our number is the first of ours."""
        reader, writer = self._streams = await asyncio.open_unix_connection(self._path, limit=LONGEST_ANSWER)
        number = next(self._numbers)
        writer.write(b"\xff")  # ends whatever half request an earlier client left in the agent's parser
        self._send(writer, {"execute": "guest-sync", "arguments": {"id": number}})
        while True:
            with contextlib.suppress(ValueError):
                if (await self._line(reader)).get("return") == number:
                    return

    @staticmethod
    def _send(writer: asyncio.StreamWriter, request: Mapping[str, Any]) -> None:
        writer.write(json.dumps(request).encode() + b"\n")

    @staticmethod
    async def _line(reader: asyncio.StreamReader) -> dict[str, Any]:
        line = await reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("it hung up")
        answer = json.loads(line.lstrip(b"\xff"))
        if not isinstance(answer, dict) or not ("return" in answer or isinstance(answer.get("error"), dict)):
            raise ValueError("that is no answer")
        return answer

    def _hang_up(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class AgentRefused(Exception):
    """The agent answered that it does not do that."""


def _text(value: Any) -> str:
    return str(value or "")[:_LONGEST_TEXT]


def _system(answer: Any) -> dict[str, Any]:
    return {"os": _text(answer.get("pretty-name") or answer.get("name")), "kernel": _text(answer.get("kernel-release"))}


def _hostname(answer: Any) -> dict[str, Any]:
    return {"hostname": _text(answer["host-name"])}


def _vcpus(answer: Any) -> dict[str, Any]:
    return {"vcpus": sum(bool(cpu["online"]) for cpu in answer)}


def _addresses(answer: Any) -> dict[str, Any]:
    found = [
        _text(address["ip-address"])
        for interface in answer
        if interface["name"] != "lo"
        for address in interface.get("ip-addresses", ())
    ]
    return {"addresses": found[:_MOST_ADDRESSES]}


_QUESTIONS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "guest-get-osinfo": _system,
    "guest-get-host-name": _hostname,
    "guest-get-vcpus": _vcpus,
    "guest-network-get-interfaces": _addresses,
}

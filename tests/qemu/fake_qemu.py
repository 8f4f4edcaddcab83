"""A QEMU that only speaks: ``python fake_qemu.py [OPTION]...`` in a run folder.

It opens qmp.sock, con.sock, agent.sock, and director.sock, over which a test tells it what to do: a line of JSON with one key,
answered by an empty line when it is done. It has 512 MiB of memory and a DIMM of 256, which it gives up only when the test says so.
Options: --incoming (waits for a migration), --silent (opens no monitor),
--dies TEXT (says that and exits with 1).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

MEMINFO = b"MemTotal:  1048576 kB\nMemAvailable:    917504 kB\nBuffers: 0 kB\n"
AGENT_ANSWERS: dict[str, Any] = {
    "guest-ping": {},
    "guest-file-open": 1000,
    "guest-file-read": {"count": len(MEMINFO), "buf-b64": base64.b64encode(MEMINFO).decode(), "eof": True},
    "guest-file-close": {},
    "guest-get-osinfo": {"pretty-name": "Fake Linux 1.0", "kernel-release": "6.1.0-fake"},
    "guest-get-fsinfo": [],
    "guest-get-host-name": {"host-name": "lpar1"},
    "guest-get-vcpus": [{"logical-id": 0, "online": True}, {"logical-id": 1, "online": False}],
    "guest-network-get-interfaces": [
        {"name": "lo", "ip-addresses": [{"ip-address": "::1"}]},
        {"name": "eth0", "ip-addresses": [{"ip-address": "fe80::1"}, {"ip-address": "192.0.2.1"}]},
    ],
}


async def requests(reader: asyncio.StreamReader) -> AsyncIterator[Any]:
    """JSON values that follow each other, with or without a line end."""
    text = ""
    while data := await reader.read(65536):
        text = (text + data.decode()).lstrip()
        with contextlib.suppress(ValueError):
            while text:
                request, end = json.JSONDecoder().raw_decode(text)
                text = text[end:].lstrip()
                yield request


class Fake:
    """State of the machine and of what the test wants of it."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.agent = False
        self.mute = False
        self.hung = False
        self.dimms = self.backends = 0
        self.migration: dict[str, Any] = {}
        self.refuses_migration = ""
        self.events_wanted = asyncio.Event()
        self.monitors: list[asyncio.StreamWriter] = []
        self.consoles: list[asyncio.StreamWriter] = []

    def event(self, name: str, **data: Any) -> None:
        self.to_monitors({"event": name, "data": data, "timestamp": {"seconds": 1, "microseconds": 2000}})

    def to_monitors(self, plain: Any) -> None:
        for writer in self.monitors:
            writer.write(json.dumps(plain).encode() + b"\r\n")

    def exit(self, status: int) -> None:
        asyncio.get_running_loop().call_later(0.01, os._exit, status)

    # ---- the monitor

    async def monitor(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.monitors.append(writer)
        if not self.hung:
            writer.write(
                b'{"QMP": {"version": {"qemu": {"major": 11, "minor": 1, "micro": 0}}, "capabilities": []}}\r\n'
            )
        async for request in requests(reader):
            command = request["execute"].replace("-", "_")
            if self.hung:
                continue
            answer = getattr(self, f"do_{command}", None)
            if answer is None:
                error = {"class": "CommandNotFound", "desc": f"The command {request['execute']} has not been found"}
                writer.write(json.dumps({"error": error, "id": request.get("id")}).encode() + b"\r\n")
            elif command == "migrate" and self.refuses_migration:
                error = {"class": "GenericError", "desc": self.refuses_migration}
                writer.write(json.dumps({"error": error, "id": request.get("id")}).encode() + b"\r\n")
            else:
                returned = answer(request.get("arguments", {}))
                writer.write(json.dumps({"return": returned or {}, "id": request.get("id")}).encode() + b"\r\n")
        self.monitors.remove(writer)
        writer.close()

    def do_qmp_capabilities(self, arguments: Any) -> None:
        pass

    def do_migrate_set_capabilities(self, arguments: Any) -> None:
        self.events_wanted.set()

    # a migration goes on when a test says so

    def do_migrate_set_parameters(self, arguments: Any) -> None:
        pass

    def do_getfd(self, arguments: Any) -> None:
        pass

    def do_migrate(self, arguments: Any) -> None:
        kind, _, place = arguments["uri"].partition(":")
        assert (kind, place) == ("fd", "journey") or kind == "file"
        if kind == "file":
            with open(place, "wb") as state:
                state.write(b"a state")
        self.migration = {"status": "active", "ram": {"total": 1000, "remaining": 250}}

    def do_query_migrate(self, arguments: Any) -> Any:
        return self.migration

    def do_migrate_cancel(self, arguments: Any) -> None:
        self.be_migration({"status": "cancelled"})

    def do_migrate_incoming(self, arguments: Any) -> None:
        pass

    def do_announce_self(self, arguments: Any) -> None:
        pass

    def do_stop(self, arguments: Any) -> None:
        self.status = "paused"
        self.event("STOP")

    def do_inject_nmi(self, arguments: Any) -> None:
        pass

    def do_query_status(self, arguments: Any) -> Any:
        return {"status": self.status, "running": self.status == "running"}

    def do_query_chardev(self, arguments: Any) -> Any:
        return [
            {"label": "con0", "filename": "unix:con.sock", "frontend-open": True},
            {"label": "agent0", "filename": "unix:agent.sock", "frontend-open": self.agent},
        ]

    def do_cont(self, arguments: Any) -> None:
        if self.status == "inmigrate":
            print("cont while inmigrate", file=sys.stderr, flush=True)
            os._exit(9)
        self.status = "running"
        self.event("RESUME")

    def do_system_powerdown(self, arguments: Any) -> None:
        self.event("POWERDOWN")
        self.event("SHUTDOWN", guest=True, reason="guest-shutdown")
        self.exit(0)

    def do_system_reset(self, arguments: Any) -> None:
        self.event("RESET", guest=False, reason="host-qmp-system-reset")

    def do_quit(self, arguments: Any) -> None:
        self.event("SHUTDOWN", guest=False, reason="host-qmp-quit")
        self.exit(0)

    # ---- a DIMM that takes its time

    def do_query_hotpluggable_cpus(self, arguments: Any) -> Any:
        return [
            {"props": {"core-id": 0}, "vcpus-count": 1, "type": "core", "qom-path": "/machine/unattached/device[1]"}
        ]

    def do_query_block(self, arguments: Any) -> Any:
        return []

    def do_qom_get(self, arguments: Any) -> Any:
        return {"size": 512 << 20, "max-size": 1024 << 20, "slots": 4}

    def do_query_memory_size_summary(self, arguments: Any) -> Any:
        return {"base-memory": 512 << 20}

    def do_query_memory_devices(self, arguments: Any) -> Any:
        return [{"type": "dimm", "data": {"id": "dimm1", "size": 256 << 20, "memdev": "/objects/mem1"}}][: self.dimms]

    def do_qom_list(self, arguments: Any) -> Any:
        names = ["mem1"][: self.backends] if arguments["path"] == "/objects" else ["dimm1"][: self.dimms]
        return [{"name": name, "type": "child<x>"} for name in names]

    def do_object_del(self, arguments: Any) -> None:
        self.backends -= 1

    def do_device_del(self, arguments: Any) -> None:
        pass

    def be_generous(self, how: Any) -> None:
        """The guest lets the DIMM go."""
        self.dimms = 0
        self.event("DEVICE_DELETED", device="dimm1", path="/machine/peripheral/dimm1")

    # ---- console and guest agent

    async def console(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.consoles.append(writer)
        while data := await reader.read(4096):
            writer.write(data.upper())
        self.consoles.remove(writer)

    async def guest_agent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"return": "left over from an earlier client"}\n{"ret')
        while line := await reader.readline():
            if not self.agent or self.mute:
                continue
            request = json.loads(line.lstrip(b"\xff"))
            command = request["execute"]
            if command == "guest-sync":
                answer = {"return": request["arguments"]["id"]}
                writer.write(b"\n")
            elif command == "guest-shutdown":
                self.event("SHUTDOWN", guest=True, reason="guest-shutdown")
                self.exit(0)
                continue
            elif command in AGENT_ANSWERS:
                answer = {"return": AGENT_ANSWERS[command]}
            else:
                answer = {"error": {"class": "CommandNotFound", "desc": f"unknown {command}"}}
            writer.write(json.dumps(answer).encode() + b"\n")

    # ---- what a test wants

    async def director(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            for what, how in json.loads(line).items():
                done = getattr(self, f"be_{what}")(how)
                if done is not None:
                    await done
            for console in self.consoles:
                await console.drain()
            writer.write(b"\n")

    def be_event(self, how: Any) -> None:
        name, data = how
        self.event(name, **data)

    def be_console(self, text: str) -> None:
        for writer in self.consoles:
            writer.write(text.encode())

    def be_agent(self, there: bool) -> None:
        self.agent = there
        self.event("VSERPORT_CHANGE", open=there, id="")

    def be_mute(self, mute: bool) -> None:
        self.mute = mute

    def be_hung(self, hung: bool) -> None:
        self.hung = hung

    async def be_arrived(self, status: str) -> None:
        """When somebody waits for the migration."""
        await self.events_wanted.wait()
        self.status = status
        self.event("MIGRATION", status="completed")

    def be_migration(self, how: Any) -> None:
        self.migration = how
        if how["status"] == "completed" and not how.get("old"):
            self.status = "postmigrate"
            self.event("STOP")
        self.event("MIGRATION", status=how["status"])

    def be_unwilling(self, why: str) -> None:
        self.refuses_migration = why

    def be_enlarged(self, how: Any) -> None:
        """The guest has a DIMM."""
        self.dimms = self.backends = 1

    def be_raw(self, text: str) -> None:
        """On the monitor, whatever it is."""
        for writer in self.monitors:
            writer.write(text.encode())

    def be_eof(self, for_good: bool) -> None:
        """Closes the monitor; for_good: nobody can connect to it again."""
        if for_good:
            os.unlink("qmp.sock")
        for writer in self.monitors:
            writer.close()

    def be_stderr(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def be_greedy(self, mib: int) -> None:
        """Uses that much memory, for good."""
        self.fat = bytearray(mib << 20)
        self.fat[::4096] = b"x" * len(self.fat[::4096])

    def be_dead(self, status: int) -> None:
        """status: exit status, or a negative signal."""
        if status < 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), -status)
        self.exit(status)


async def main(options: list[str]) -> None:
    if "--dies" in options:
        print(options[options.index("--dies") + 1], file=sys.stderr)
        sys.exit(1)
    fake = Fake("inmigrate" if "--incoming" in options else "prelaunch")
    await asyncio.start_unix_server(fake.console, "con.sock")
    await asyncio.start_unix_server(fake.guest_agent, "agent.sock")
    await asyncio.start_unix_server(fake.director, "director.sock")
    if "--silent" not in options:
        await asyncio.start_unix_server(fake.monitor, "qmp.sock")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

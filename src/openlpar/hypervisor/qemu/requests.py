"""What a supervisor can be asked to do: one method each, whose keyword arguments are those of the request."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openlpar.hypervisor.qemu import saving
from openlpar.hypervisor.qemu.agent import AgentRefused, AgentSilent
from openlpar.hypervisor.qemu.anatomy import anatomy_of
from openlpar.hypervisor.qemu.console import ConsoleBusy
from openlpar.hypervisor.qemu.control import Refused, Request, check_arguments
from openlpar.hypervisor.qemu.qmp import Event, QmpError, QmpLost, QmpRefused, QmpTimeout
from openlpar.hypervisor.qemu.unplug import DeviceInterrupted, DeviceRefused

if TYPE_CHECKING:
    from openlpar.hypervisor.qemu.devices import Devices, Sizes
    from openlpar.hypervisor.qemu.supervisor import Supervisor

_OF_DEVICES = (
    "sizes",
    "resize_memory",
    "resize_cores",
    "clear",
    "insert",
    "eject",
    "reconnect",
    "shorten",
    "lengthen",
    "resize_disk",
    "statistics",
)
_HARMLESS = ("sizes", "statistics")
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_AVAILABLE = re.compile(r"^MemAvailable: +([0-9]{1,15}) kB$", re.MULTILINE)
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Requests:
    """Requests to one supervisor. All raise Refused."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._devices: Devices | None = None
        self._saving = asyncio.Lock()

    def by_name(self) -> Mapping[str, Request]:
        own = (
            self.status,
            self.power_down,
            self.agent_shutdown,
            self.quit,
            self.reset,
            self.nmi,
            self.type,
            self.console,
            self.usage,
            self.threads,
            self.available_memory,
            self.save_state,
            self.anatomy,
            self.expected,
            self.arrival,
            self.send,
            self.stay,
            self.dismiss,
        )
        return {request.__name__: request for request in own} | {
            name: self._device_request(name) for name in _OF_DEVICES
        }

    async def status(self) -> dict[str, Any]:
        """phase: starting, firmware, linux, running, panicked or ended; qemu: its own word for it, "" when it does not say."""
        supervisor = self._supervisor
        qemu, problem = "", ""
        if supervisor.phase != "ended":
            try:
                qemu = await self._qmp("query-status")
                qemu = qemu["status"]
            except Refused as refusal:
                problem = str(refusal)
        last = supervisor.journal.last
        return {
            "uuid": supervisor.told.uuid,
            "name": supervisor.told.name,
            "by": supervisor.told.by,
            "pid": supervisor.process.pid if supervisor.process else None,
            "phase": supervisor.phase,
            "qemu": qemu,
            "problem": problem,
            "ref_code": supervisor.ref_code,
            "agent": supervisor.agent.known,
            "number": supervisor.journal.number,
            "last": last.kind if last else "",
        }

    async def power_down(self) -> None:
        """The power-off signal (EPOW): the guest shuts down when it likes."""
        await self._qmp("system_powerdown")

    async def agent_shutdown(self, mode: str = "powerdown") -> None:
        """mode: powerdown or reboot."""
        if mode not in ("powerdown", "reboot"):
            raise Refused(f"agent_shutdown: mode {mode!r} is neither powerdown nor reboot")
        try:
            await self._supervisor.agent.tell("guest-shutdown", {"mode": mode})
        except (AgentSilent, AgentRefused) as error:
            raise Refused(str(error)) from error

    async def quit(self) -> None:
        """Ends QEMU at once. Returns when it has ended; a QEMU that does not answer is killed."""
        await self._supervisor.quit("it was told to end")

    async def reset(self) -> None:
        await self._qmp("system_reset")

    async def nmi(self) -> None:
        """Makes the guest take a dump, if it is set up to."""
        await self._qmp("inject-nmi")

    async def type(self, text: str) -> None:
        try:
            async with self._saving:  # else it would be in the state
                self._supervisor.console.type(text)
        except (ConsoleBusy, OSError) as error:
            raise Refused(str(error)) from error

    async def console(self, since: int = 0) -> dict[str, Any]:
        """{"from": position, "console": text}: what was shown since a position, or as much of it as is kept."""
        position, text = self._supervisor.console.ring.since(since)
        return {"from": position, "console": text}

    async def usage(self) -> dict[str, Any]:
        """Of the QEMU process: cpu_s since it started, resident_kib."""
        process = self._supervisor.process
        try:
            if process is None:
                raise FileNotFoundError
            with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
                words = file.read().rpartition(")")[2].split()
        except OSError:
            raise Refused("QEMU does not run") from None
        return {
            "cpu_s": (int(words[11]) + int(words[12])) / _CLOCK_TICKS,
            "resident_kib": int(words[21]) * _PAGE // 1024,
        }

    async def threads(self) -> dict[str, Any]:
        """process: pid of QEMU; threads: ids of those that run the guest's processors."""
        process = self._supervisor.process
        found = await self._qmp("query-cpus-fast")
        return {"process": process.pid if process else 0, "threads": [cpu["thread-id"] for cpu in found]}

    async def available_memory(self) -> dict[str, Any]:
        """mib: what the guest could give to programs without swapping, by its own account; None when it does not tell."""
        try:
            told = _AVAILABLE.search(await self._supervisor.agent.read_file("/proc/meminfo"))
        except (AgentSilent, AgentRefused, ValueError):
            told = None
        return {"mib": int(told[1]) // 1024 if told else None}

    async def save_state(self, path: str) -> None:
        """Lays the guest's state into a file; it stands still meanwhile. Not for a guest that uses file systems on its disks: they
        will not be as it remembers them. Nor for one at whose console somebody has typed: what he did would be done, and what he
        began to write would stand there, in every partition that is started from the state."""
        supervisor = self._supervisor
        self._check_at_rest("save_state")
        try:
            mounted = [
                each["mountpoint"] for each in await supervisor.agent.ask("guest-get-fsinfo") if each.get("disk")
            ]
        except (AgentSilent, AgentRefused, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"it is not known what the guest has mounted: {error}") from error
        if mounted:
            raise Refused(f"the guest uses file systems on its disks: {', '.join(map(str, mounted))}")
        async with self._saving:
            if supervisor.console.was_typed_at:
                raise Refused("somebody has typed at its console")
            await self._save(Path(path))
        supervisor.journal.add("saved", path=path)

    async def _save(self, path: Path) -> None:
        supervisor = self._supervisor
        supervisor.is_saving = True
        try:
            await self._qmp("stop")
            try:
                await saving.save(supervisor.qmp, path)
            finally:
                await self._qmp("cont")
        except (QmpError, OSError) as error:
            raise Refused(f"the guest's state could not be saved: {error}") from error
        finally:
            supervisor.is_saving = False

    # see Journey

    async def anatomy(self) -> dict[str, Any]:
        """What another QEMU has to be made of to go on with the guest, see ``Anatomy``."""
        try:
            return (await anatomy_of(self._supervisor.qmp)).to_plain()
        except QmpRefused as refusal:
            raise Refused(refusal.text) from refusal
        except QmpError as error:
            raise Refused(str(error), unsure=True) from error

    async def expected(self) -> None:
        """Returns when the guest can be sent here."""
        await self._supervisor.journey.until_listening()

    async def arrival(self) -> None:
        """Returns when all of it is here."""
        await self._supervisor.journey.until_arrived()

    async def send(self, number: str, address: str) -> None:
        if self._supervisor.phase in ("starting", "ended"):
            raise Refused("the partition does not run")
        if self._devices is not None and not self._supervisor.journey.is_under_way:
            await self._device_request("lengthen")()
        await self._supervisor.journey.send(number, address)

    async def stay(self) -> None:
        await self._supervisor.journey.stay()

    async def show_media(self) -> None:
        """Shows a restored guest its disks as new ones. Not asked for by others. Raises QmpError."""
        try:
            await self._driver().show_media()
        except DeviceRefused as refusal:
            raise QmpRefused("GenericError", str(refusal)) from refusal
        except DeviceInterrupted as error:
            raise QmpLost(str(error)) from error

    async def settle(self, event: Event) -> Sizes | None:
        """See ``Devices.settle``. Not asked for by others."""
        try:
            return await self._devices.settle(event) if self._devices is not None else None
        except (DeviceRefused, DeviceInterrupted):
            return None  # the next operation on the same thing finds it

    def close(self) -> None:
        """QEMU has ended. Not asked for by others."""
        if self._devices is not None:
            self._devices.close()

    async def dismiss(self) -> None:
        """Whoever asks has taken note of the end: the supervisor ends, too."""
        if self._supervisor.phase != "ended":
            raise Refused("the partition runs")
        self._supervisor.dismissed.set()

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        try:
            return await self._supervisor.qmp.execute(command, arguments)
        except QmpRefused as refusal:
            raise Refused(f"{command}: {refusal.text}") from refusal
        except (QmpLost, QmpTimeout) as error:
            raise Refused(str(error), unsure=True) from error

    def _device_request(self, name: str) -> Request:
        async def request(**arguments: Any) -> Any:
            self._check_at_rest(name)
            asked: Callable[..., Coroutine[Any, Any, Any]] = getattr(self._driver(), name)
            check_arguments(name, asked, arguments)
            try:
                return _plain(await asked(**arguments))
            except DeviceRefused as refusal:
                raise Refused(str(refusal)) from refusal
            except DeviceInterrupted as error:
                raise Refused(str(error), unsure=True) from error

        return request

    def _check_at_rest(self, do: str) -> None:
        if self._supervisor.journey.is_under_way and do not in _HARMLESS:
            raise Refused("the partition is being moved")

    def _driver(self) -> Devices:
        """Made once for a QEMU: it counts what QEMU does not give back."""
        if self._devices is None:
            from openlpar.hypervisor.qemu.devices import Devices

            told = self._supervisor.told
            self._devices = Devices(
                self._supervisor.qmp,
                core_remove=told.core_remove,
                dimm_mib=told.dimm_mib,
                patience_s=told.limits.unplug,
            )
        return self._devices


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value

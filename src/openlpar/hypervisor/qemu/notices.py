"""What a notice of a supervisor's journal says about a partition, in the words of the UOM."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from openlpar.hypervisor.qemu.journal import Notice
from openlpar.ports.hypervisor import Observation, Resource
from openlpar.uom.partition_state import PartitionState, RMCState

_STARVED = "Host memory exhausted"
DLPAR = frozenset({Resource.MEMORY, Resource.PROCESSORS})
"""What a running guest can be given or lose: QEMU's virtual I/O bus takes no adapters while it runs."""
OFF = Observation(
    state=PartitionState.NOT_ACTIVATED.value,
    ref_code="00000000",
    ref_code_full="",
    rmc=RMCState.INACTIVE.value,
    rmc_ip="",
)


def observation(notice: Notice, management: Collection[str] = ()) -> Observation | None:
    """None for what is no news to a client. An unknown kind is none. management: addresses that the partition has on the
    management network, if it uses them."""
    seen = _READERS.get(notice.kind, _nothing)(notice.data)
    known = [address for address in notice.data.get("addresses", ()) if address in management]
    return replace(seen, rmc_ip=known[0]) if seen is not None and known else seen


def starved(reason: str) -> Observation:
    """The host's kernel ended QEMU for want of memory: nothing that the guest did, and nothing that a start would mend."""
    return replace(OFF, state=PartitionState.ERROR.value, ref_code=_STARVED, ref_code_full=reason, failed=reason)


def _nothing(data: dict[str, Any]) -> None:
    return None


def _started(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.STARTING.value, ref_code="", ref_code_full="", rmc=RMCState.INACTIVE.value)


def _ref_code(data: dict[str, Any]) -> Observation:
    code, text = str(data.get("code", "")), str(data.get("text", ""))
    return Observation(ref_code=code or text, ref_code_full=text or code)


def _prompt(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.OPEN_FIRMWARE.value)


def _linux(data: dict[str, Any]) -> Observation:
    banner = str(data.get("banner", ""))
    return Observation(ref_code=banner[:32], ref_code_full=banner)


def _running(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.RUNNING.value, booted=True)


def _agent(data: dict[str, Any]) -> Observation:
    """The guest agent stands in for RMC: what it can say, and do, an RMC connection can."""
    if not data.get("active"):
        return Observation(rmc=RMCState.INACTIVE.value)
    return Observation(
        rmc=RMCState.ACTIVE.value,
        rmc_ip=_reachable(data.get("addresses", ())),
        operating_system=str(data.get("os") or "Unknown"),
        dlpar=DLPAR,
    )


def _reachable(addresses: Iterable[str]) -> str:
    """The link-local address, by which a management switch reaches a partition, else whichever comes first."""
    known = [str(address) for address in addresses]
    return next((address for address in known if address.lower().startswith("fe80:")), known[0] if known else "")


def _resized(data: dict[str, Any]) -> Observation:
    return Observation(memory_mb=data.get("memory_mib"), processors=data.get("cores"))


def _reset(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.STARTING.value, rmc=RMCState.INACTIVE.value)


def _panicked(data: dict[str, Any]) -> Observation:
    text = str(data.get("text", ""))
    return Observation(
        state=PartitionState.ERROR.value, ref_code=text[:32], ref_code_full=text, rmc=RMCState.INACTIVE.value
    )


def _shutdown(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.SHUTTING_DOWN.value)


def _moving(data: dict[str, Any]) -> Observation:
    return Observation(moved=min(float(data.get("share", 0.0)), 0.99))


def _sent(data: dict[str, Any]) -> Observation:
    return Observation(moved=1.0)


def _not_sent(data: dict[str, Any]) -> Observation:
    return Observation(stays=str(data.get("reason") or "it could not be sent"))


def _running_on(data: dict[str, Any]) -> Observation:
    return Observation(state=PartitionState.RUNNING.value)


def _ended(data: dict[str, Any]) -> Observation:
    return OFF


_READERS: dict[str, Callable[[dict[str, Any]], Observation | None]] = {
    "started": _started,
    "ref_code": _ref_code,
    "prompt": _prompt,
    "linux": _linux,
    "running": _running,
    "moving": _moving,
    "sent": _sent,
    "not_sent": _not_sent,
    "taken": _running_on,
    "agent": _agent,
    "resized": _resized,
    "reset": _reset,
    "panicked": _panicked,
    "shutdown": _shutdown,
    "ended": _ended,
}

"""What a running QEMU is made of, as far as another one has to be made of the same to go on with its guest.

It is read from QEMU itself: what was started, and what has come and gone since. Names and addresses of people's things (disks,
network adapters) are not in it: those are the other system's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

import msgspec

from openlpar.hypervisor.qemu.qmp import Qmp
from openlpar.hypervisor.qemu.unplug import PERIPHERAL

_MIB = 1 << 20
_CORE = "-spapr-cpu-core"
_GENERATION = re.compile(r"power(\d+)", re.IGNORECASE)

_Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]*\Z")]
_Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class Dimm:
    """address: where the guest has it."""

    id: Annotated[str, msgspec.Meta(pattern=r"^dimm\d+\Z")]
    mib: _Count
    address: _Count
    slot: _Count


@dataclass(frozen=True, slots=True)
class Anatomy:
    """machine: machine type with its version. processor: model; compat: the newest that it pretends to be, "" when it does not.

    cores: their numbers; cores_room: how many there are places for. memory_mib: without DIMMs; memory_room_mib: with as many as fit
    in; memory_slots: for DIMMs. disks: by name of the device, filled or not, the serial number it was started with. nvram: it
    has a file for its NVRAM.
    """

    machine: Annotated[str, msgspec.Meta(pattern=r"^pseries-\d+\.\d+\Z")]
    processor: _Word
    compat: _Word
    cores: tuple[_Count, ...]
    cores_room: _Count
    memory_mib: _Count
    memory_room_mib: _Count
    memory_slots: _Count
    dimms: tuple[Dimm, ...]
    disks: dict[Annotated[str, msgspec.Meta(pattern=r"^vscsi\d{1,3}-\d{1,2}\Z")], _Word]
    nvram: bool

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Raises ValueError when it is none."""
        return msgspec.convert(plain, cls)


def generation(processor: str) -> int:
    """9 of ``power9_v2.2``; 0 for one without."""
    found = _GENERATION.match(processor)
    return int(found[1]) if found else 0


async def anatomy_of(qmp: Qmp) -> Anatomy:
    """Raises QmpError."""
    memory = await _machine(qmp, "memory")
    summary = await qmp.execute("query-memory-size-summary")
    places = await qmp.execute("query-hotpluggable-cpus")
    blocks = await qmp.execute("query-block")
    boot = int(summary["base-memory"]) // _MIB
    return Anatomy(
        machine=str(await _machine(qmp, "type")).removesuffix("-machine"),
        processor=str(places[0]["type"]).removesuffix(_CORE),
        compat=str(await _machine(qmp, "max-cpu-compat") or ""),
        cores=tuple(sorted(int(place["props"]["core-id"]) for place in places if place.get("qom-path"))),
        cores_room=len(places),
        memory_mib=boot,
        memory_room_mib=max(boot, int(memory.get("max-size", 0)) // _MIB),
        memory_slots=int(memory.get("slots", 0)),
        dimms=tuple(map(_dimm, await qmp.execute("query-memory-devices"))),
        disks={
            str(block["qdev"]): await _serial(qmp, block)
            for block in blocks
            if block.get("qdev") and block["removable"]
        },
        nvram=any(block["device"].startswith("pflash") for block in blocks),
    )


async def _machine(qmp: Qmp, name: str) -> Any:
    return await qmp.execute("qom-get", {"path": "/machine", "property": name})


def _dimm(device: Mapping[str, Any]) -> Dimm:
    data = device["data"]
    return Dimm(str(data["id"]), int(data["size"]) // _MIB, int(data["addr"]), int(data["slot"]))


async def _serial(qmp: Qmp, block: Mapping[str, Any]) -> str:
    path = f"{PERIPHERAL}/{block['qdev']}"
    return str(await qmp.execute("qom-get", {"path": path, "property": "serial"}) or "")

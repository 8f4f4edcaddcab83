"""What recorded objects hang on, made where it was not recorded: a lone feed of partitions gets a managed system.

Nothing that was recorded is altered but ``parent``, which becomes a uuid.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item
from openlpar.ops.inventory.partitions import completed
from openlpar.ops.inventory.system import complete_as_system
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.enterprise_pool import PowerEnterprisePool
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition import PartitionState
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_LOCATION = re.compile(r"U(\d{4})\.(\w{3})\.(\w{7})-V\d+-C\d+")


def complete_frame(draft: Draft) -> None:
    """Resolves every ``parent`` (a uuid, or ``Type/uuid``), making the objects that are missing."""
    known = {(type(item.now), item.now.uuid): item for item in draft.all_items()}
    uuids = {uuid for _, uuid in known}
    waiting = list(draft.all_items())
    for item in waiting:  # grows: what is made may have a parent that is missing too
        parent = item.now.parent
        if parent is None:
            continue
        kind, _, uuid = parent.rpartition("/")
        item.set(parent=uuid)
        if not kind:
            if uuid not in uuids:
                hint = "Add the object with that uuid."
                raise draft.error(say.DANGLING, item, "parent", value=uuid, what="object", hint=hint)
            continue
        make = _MAKE.get(kind)
        if make is None:
            hint = f"Use one of {', '.join(_MAKE)}."
            raise draft.error(say.UNKNOWN_NAME, item, "parent", what="parent type", name=kind, hint=hint)
        if (make[0], uuid) not in known:
            made = draft.add(make[1](draft, uuid, item))
            known[make[0], uuid] = made
            if "/" in (made.now.parent or ""):
                waiting.append(made)
    if not draft.items(ManagedSystem):
        draft.add(_system(draft, "", None))


def _system(draft: Draft, uuid: str, child: Item[Any] | None) -> ManagedSystem:
    found = _LOCATION.match(_location(draft))
    described = ManagedSystem(uuid=uuid)
    if found:
        mtms = MachineTypeModelAndSerialNumber(machine_type=found[1], model=found[2], serial=found[3])
        described = described.evolve(mtms=mtms)
    return complete_as_system(draft, described)


def _location(draft: Draft) -> str:
    """Location code of any virtual adapter: it begins with the server's type, model and serial number."""
    for adapter in draft.all(ClientNetworkAdapter):
        return adapter.loc_code
    for scsi in draft.all(VirtualSCSIMapping):
        return scsi.server_adapter.loc_code
    for fibre in draft.all(VirtualFibreChannelMapping):
        return fibre.server_adapter.loc_code
    return ""


def _first_system(draft: Draft) -> ManagedSystem:
    if not draft.items(ManagedSystem):
        draft.add(_system(draft, "", None))
    return draft.system


def _vios(draft: Draft, uuid: str, child: Item[Any]) -> VirtualIOServer:
    lpar_id = _free_id(draft, _server_id(child.now))
    described = VirtualIOServer(uuid=uuid, id=lpar_id, name=f"vios{lpar_id}", state=PartitionState.RUNNING.value)
    made = completed(_first_system(draft), described, draft.entropy)
    assert isinstance(made, VirtualIOServer)
    return made


def _lpar(draft: Draft, uuid: str, child: Item[Any]) -> LogicalPartition:
    lpar_id = _free_id(draft, child.now.get("lpar_id") if "lpar_id" in child.now.by_name else None)
    described = LogicalPartition(uuid=uuid, id=lpar_id, name=f"lpar{lpar_id}", state=PartitionState.RUNNING.value)
    made = completed(_first_system(draft), described, draft.entropy)
    assert isinstance(made, LogicalPartition)
    return made


def _server_id(child: Element) -> int | None:
    if "lpar_id" in child.by_name:
        found: int | None = child.get("lpar_id")
        return found
    adapter = child.get("server_adapter") if "server_adapter" in child.by_name else None
    return None if adapter is None else adapter.get("vios_id")


def _free_id(draft: Draft, wish: int | None) -> int:
    used = {item.now.id for item in draft.partitions()}
    if wish and wish not in used:
        return wish
    return next(number for number in range(1, len(used) + 2) if number not in used)


def _pool(draft: Draft, uuid: str, child: Item[Any]) -> SharedStoragePool:
    total = child.now.capacity if isinstance(child.now, Tier) else Decimal(1000)
    return SharedStoragePool(
        uuid=uuid,
        multi_data_tier_configured=False,
        multi_failure_group_configured=False,
        physical_volumes=(),
        capacity=total,
        free_space=total,
        over_commit_space=Decimal(0),
        total_lu_size=Decimal(0),
        alert_threshold=Decimal(35),
        name=f"pool{len(draft.items(SharedStoragePool)) + 1}",
        udid=f"24{draft.entropy.hex(64)}",
    )


def _tier(draft: Draft, uuid: str, child: Item[LogicalUnit]) -> Tier:
    """Below the pool whose identity the unit's UDID carries, else below the first one, else below one that is made."""
    identity = child.now.udid[2:34]
    pools = draft.items(SharedStoragePool)
    pool = next((p for p in pools if p.now.udid[2:34] == identity), pools[0] if pools else None)
    pool_uuid = pool.now.uuid if pool else draft.entropy.uuid()
    total = pool.now.capacity if pool else Decimal(1000)
    return Tier(
        uuid=uuid,
        parent=f"SharedStoragePool/{pool_uuid}",
        name="SYSTEM",
        udid=f"25{identity or draft.entropy.hex(32)}{draft.entropy.hex(16)}",
        tier_type="UnrestrictedSystemTier",
        is_default=True,
        capacity=total,
        mirror_state="NotMirrored",
        failure_groups=(),
        ssp_uri=f"SharedStoragePool/{pool_uuid}",
    )


def _enterprise_pool(draft: Draft, uuid: str, child: Item[Any]) -> PowerEnterprisePool:
    return PowerEnterprisePool(uuid=uuid, name="pool")


_MAKE: dict[str, tuple[type[Element], Callable[[Draft, str, Item[Any]], Element]]] = {
    "ManagedSystem": (ManagedSystem, _system),
    "VirtualIOServer": (VirtualIOServer, _vios),
    "LogicalPartition": (LogicalPartition, _lpar),
    "SharedStoragePool": (SharedStoragePool, _pool),
    "Tier": (Tier, _tier),
    "PowerEnterprisePool": (PowerEnterprisePool, _enterprise_pool),
}

"""Partitions of an inventory: as an operation would have created them, then in the state that was described."""

from __future__ import annotations

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item, laid_over
from openlpar.ops.io_slot.profile import fibre_channel_ports, profile_slot
from openlpar.ops.lpar.configuration import with_current, with_defaults, with_runtime
from openlpar.ops.lpar.create import created
from openlpar.ports.state import Entropy
from openlpar.uom.io_slot import IOSlot
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import (
    BasePartition,
    PartitionCapabilities,
    PartitionMemoryConfiguration,
    PartitionState,
    PartitionType,
    ProfileIOSlot,
    RMCState,
)
from openlpar.uom.virtual_io_server import VirtualIOServer

_VIOS_LEVEL = "VIOS 3.1.2.10"
_GUEST = "Linux/Simulated 6.1"


def complete_partitions(draft: Draft) -> None:
    """Gives every partition its id, uuid, configuration and state."""
    items = draft.partitions()
    used = {item.now.id for item in items if item.now.has("id")}
    free = iter(number for number in range(1, len(items) + len(used) + 1) if number not in used)
    for item in items:
        if not item.now.name:
            raise draft.error(say.MISSING, item, field="name", wanted="the partition's name, 1 to 31 characters")
        item.defaults(id=next(free) if not item.now.has("id") else item.now.id)
        described = item.now
        item.now = completed(draft.system, described, draft.entropy)
        draft.register(item, item.now.uuid, item.now.name)
    _assign_slots(draft)


def completed(system: ManagedSystem, described: BasePartition, entropy: Entropy) -> BasePartition:
    """A whole partition from a described one that has an id and a name."""
    is_vios = isinstance(described, VirtualIOServer)
    wish = described
    if not wish.get("env"):
        wish = wish.evolve(env=(PartitionType.VIOS if is_vios else PartitionType.AIX_LINUX).value)
    if not wish.mem_config.has("desired"):
        memory = wish.mem_config
        desired = memory.get("min") or memory.get("max") or (4096 if is_vios else 1024)
        wish = wish.evolve(mem_config=laid_over(PartitionMemoryConfiguration(desired=desired), memory))
    made = created(entropy, system, wish)
    if isinstance(made, VirtualIOServer):
        made = _served(made)
    running = wish.get("state") not in (None, PartitionState.NOT_ACTIVATED.value)
    if running:
        made = _running(made, wish)
    shown = laid_over(made, wish)
    # Once more, for numbers that were described (max) decide others (current max) that were not.
    shown = laid_over(with_runtime(with_current(with_defaults(shown)), running=running), wish)
    return shown.evolve(uuid=made.uuid, partition_uuid=made.uuid, parent=system.uuid)


def _served(made: VirtualIOServer) -> VirtualIOServer:
    """What a Virtual I/O Server has beside a partition's fields."""
    return made.evolve(
        api_capable=True,
        manager_passthrough_capable=True,
        vnic_capable=True,
        vnic_failover_capable=True,
        is_mover_service_partition=True,
        paging_service_partition=False,
        is_license_accepted=True,
        operating_system=_VIOS_LEVEL,
    )


def _running(made: BasePartition, wish: BasePartition) -> BasePartition:
    """A booted partition: reference code and operating system as the simulated hypervisor would show them.

    The management partition has no RMC connection to itself; it can be changed while it runs all the same.
    """
    is_vios = isinstance(made, VirtualIOServer)
    is_linux = made.env == PartitionType.AIX_LINUX and not wish.operating_system.startswith("AIX")
    booted = wish.state == PartitionState.RUNNING
    rmc = RMCState.NONE if wish.is_mgmt_partition else RMCState.ACTIVE if booted else RMCState.INACTIVE
    rmc_state = wish.get("rmc_state") or rmc.value
    dynamic = booted and (wish.is_mgmt_partition or rmc_state in (RMCState.ACTIVE, RMCState.BUSY))
    return made.evolve(
        ref_code="Linux ppc64le" if is_linux and booted else "",
        operating_system=_VIOS_LEVEL if is_vios else _GUEST if is_linux else "Unknown",
        rmc_state=rmc_state,
        capabilities=PartitionCapabilities(
            io_dlpar=dynamic,
            mem_dlpar=dynamic,
            proc_dlpar=dynamic,
            intrusion_detection_capable=False,
            rmc_shutdown_capable=dynamic,
        ),
    )


# physical slots


def _assign_slots(draft: Draft) -> None:
    """Completes the slots that partitions list from the system's, and marks those as theirs."""
    system = draft.items(ManagedSystem)[0]
    slots = {slot.drc_index: slot for slot in system.now.asio_config.io_slots}
    owners: dict[int, Item[BasePartition]] = {}
    for item in draft.partitions():
        listed = item.now.io_config.io_slots
        if not listed:
            continue
        for number, entry in enumerate(listed):
            index = entry.slot.drc_index
            path = ("io_config", "io_slots", number, "slot", "drc_index")
            if index not in slots:
                known = ", ".join(f"0x{key:X}" for key, slot in slots.items())
                hint = (
                    f"Slots of the system: {known}." if known else "Describe it in the system's asio_config.io_slots."
                )
                raise draft.error(say.DANGLING, item, *path, value=f"0x{index:X}", what="physical I/O slot", hint=hint)
            if index in owners:
                other = f"partition {owners[index].now.name}"
                raise draft.error(say.TAKEN, item, *path, what="physical I/O slot", value=f"0x{index:X}", other=other)
            owners[index] = item
        made: list[ProfileIOSlot] = []
        for entry in listed:
            # Each is made with those before it in place: ports are numbered on.
            so_far = item.now.evolve(io_config=item.now.io_config.evolve(io_slots=made))
            made.append(_profile_slot(so_far, entry, slots[entry.slot.drc_index]))
        item.set(io_config=item.now.io_config.evolve(io_slots=made))
    shown = tuple(_owned(slot, owners.get(index)) for index, slot in slots.items())
    system.set(asio_config=system.now.asio_config.evolve(io_slots=shown))


def _owned(slot: IOSlot, owner: Item[BasePartition] | None) -> IOSlot:
    if owner is None:
        return slot
    now = owner.now
    return slot.evolve(part_id=now.id, part_uuid=now.uuid, part_name=now.name, part_type=now.env)


def _profile_slot(partition: BasePartition, described: ProfileIOSlot, slot: IOSlot) -> ProfileIOSlot:
    """The entry as an attach would have made it, then what was described of it."""
    base = profile_slot(partition, slot, described.required)
    ports = fibre_channel_ports(described)
    found = fibre_channel_ports(base)
    whole = laid_over(base, described)
    if not ports:
        return whole
    card = whole.slot.related_io_adapter.fc_adapter
    named = tuple(laid_over(found[n], port) if n < len(found) else port for n, port in enumerate(ports))
    related = whole.slot.related_io_adapter.evolve(fc_adapter=card.evolve(fc_ports=named))
    return whole.evolve(slot=whole.slot.evolve(related_io_adapter=related))

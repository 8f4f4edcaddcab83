"""The managed system as clients see it: what is stored, with what its partitions leave and the references to all below it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.ops.capacity import free_memory_mb, free_processors
from openlpar.ops.io_slot.assignment import owned_slots
from openlpar.ops.mobility.moving import moving_now
from openlpar.ops.sriov.ports import shown_adapters
from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem, SystemMigrationInformation
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.system_configuration import (
    AssociatedSystemIOConfiguration,
    AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import VirtualSwitch


@view(ManagedSystem, depends="world")
def shown_system(world: World, system: ManagedSystem) -> ManagedSystem:
    """One pass over the partitions for the references, one for the slots; all sums are running totals."""
    return system.evolve(
        lpar_links=_links(world, system, LogicalPartition),
        vios_links=_links(world, system, VirtualIOServer),
        asio_config=_io(world, system),
        memory_config=_memory(world, system),
        proc_config=_processors(world, system),
        migration_info=_migrations(world, system),
        **_roles(system),
    )


def _roles(system: ManagedSystem) -> dict[str, Any]:
    """Who manages, in the words of both ages: the one who is master is called controller by newer releases."""
    ours = not system.is_hmc_master
    words = {"session_is": ours, "is_mgmt_partition": ours, "is_hmc": not ours}
    return {f"{word}_{role}": value for word, value in words.items() for role in ("master", "controller")}


def _links(world: World, system: ManagedSystem, kind: type[Element]) -> tuple[str, ...]:
    above = f"ManagedSystem/{system.uuid}/{kind.__name__}/"
    return tuple([above + obj.uuid for obj in world.all(kind)])


def _io(world: World, system: ManagedSystem) -> AssociatedSystemIOConfiguration:
    configuration = system.asio_config
    return configuration.evolve(
        io_slots=owned_slots(world, system),
        sriov_adapters=shown_adapters(world, configuration.sriov_adapters),
        virtual_network=configuration.virtual_network.evolve(
            network_bridges=_links(world, system, NetworkBridge),
            virtual_networks=_links(world, system, VirtualNetwork),
            virtual_switches=_links(world, system, VirtualSwitch),
        ),
    )


def _memory(world: World, system: ManagedSystem) -> AssociatedSystemMemoryConfiguration:
    free = max(0, free_memory_mb(world, system))
    return system.memory_config.evolve(memory_free=free, pending_memory_free=free)


def _processors(world: World, system: ManagedSystem) -> AssociatedSystemProcessorConfiguration:
    free = _plain(max(Decimal(0), free_processors(world, system)))
    return system.proc_config.evolve(
        proc_units_avail=free,
        pending_proc_units_avail=free,
        shared_proc_pools=_links(world, system, SharedProcessorPool),
    )


def _migrations(world: World, system: ManagedSystem) -> SystemMigrationInformation | None:
    if not system.has("migration_info"):
        return None
    return system.migration_info.evolve(
        active_migrations_in_progress=moving_now(world, runs=True),
        inactive_migrations_in_progress=moving_now(world, runs=False),
    )


def _plain(value: Decimal) -> Decimal:
    """Without needless zeros, as recorded: ``36``, ``7.6``."""
    return Decimal(f"{value.normalize():f}")

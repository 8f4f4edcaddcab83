"""A small managed system for tests of operations: an engine with the simulated hypervisor, on a store of its own."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openlpar import ops
from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.jobs import Jobs
from openlpar.engine.roles import Roles
from openlpar.engine.world import State
from openlpar.hypervisor.backend import Backend
from openlpar.ops.capacity import TALLIES
from openlpar.ops.core import Edges
from openlpar.ops.indexes import INDEXED
from openlpar.ops.lpar.observe import observe
from openlpar.ops.metrics import sampling
from openlpar.ports.hypervisor import Surroundings
from openlpar.ports.records import RECORDS
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.plain import to_plain
from openlpar.uom.system_configuration import (
    AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration,
)
from openlpar.vios.simulated import SimulatedVios

SYSTEM = ManagedSystem(
    uuid="5a7bf1ee-0000-3000-8000-000000000001",
    system_name="gannet",
    mtms=MachineTypeModelAndSerialNumber(machine_type="8247", model="21L", serial="212E3CA"),
    max_partitions=50,
    memory_config=AssociatedSystemMemoryConfiguration(
        memory_total=65536, memory_configurable=65536, firmware_memory=1024, memory_region_size=256
    ),
    proc_config=AssociatedSystemProcessorConfiguration(
        proc_units=Decimal(8),
        proc_units_configurable=Decimal(8),
        min_proc_units=Decimal("0.05"),
        max_procs_per_aix_linux_lpar=64,
        max_vcpus_per_aix_linux_lpar=64,
        proc_compat_modes=("default", "POWER8"),
    ),
)


def open_system(
    directory: Path, clock: str = "immediate", *objects: Element, wall: Callable[[], float] = time.time
) -> tuple[Engine, Jobs]:
    """The engine on ``directory``; a first start puts SYSTEM and the objects into it. Not started yet."""
    ops.load()
    directory.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(directory / "state.db", (*element_types.values(), *RECORDS))
    state = State(INDEXED, TALLIES)
    for obj in store.load():
        state.swap(type(obj), obj.uuid, obj)
    simulated = SimulationClock(clock, wall, time.monotonic, int(store.setting("clock") or 0))
    generation = int(store.setting("generation") or 0)
    store.set_setting("generation", str(generation + 1))
    engine = Engine(
        state, store, simulated, SeededEntropy(7, generation), EventQueue(store.events(), simulated.now()), {}
    )
    surroundings = Surroundings(observe, engine.alter, engine.state, directory / "sim")
    hypervisor: Any = Backend.named("sim")(surroundings)
    vios = SimulatedVios(directory / "vios")
    engine.edges = Edges(hypervisor, vios, engine.faults.strike_inside, waiting=engine.waiting)
    engine.routines["hypervisor"] = hypervisor.due
    engine.routines[sampling.DUE] = sampling.Sampler(hypervisor, waits=clock != "immediate").due
    Roles(engine)
    if not state.version:
        with engine.alter() as change:
            for obj in (SYSTEM, *objects):
                change.put(obj)
    return engine, Jobs(engine)


def wished(name: str, memory_mb: int = 1024, **fields: Any) -> LogicalPartition:
    """A partition as a client asks for it."""
    return LogicalPartition(
        name=name, env="AIX/Linux", mem_config=PartitionMemoryConfiguration(desired=memory_mb), **fields
    )


def digest(engine: Engine) -> str:
    """Of all UOM objects: equal digests mean an equal world."""
    world = {
        f"{name}/{obj.uuid}": [obj.parent, to_plain(obj)]
        for name, kind in element_types.items()
        for obj in engine.state.all(kind)
    }
    return hashlib.sha256(json.dumps(world, sort_keys=True).encode()).hexdigest()

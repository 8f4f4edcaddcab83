"""Shared processor pools."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.capacity import free_processors
from openlpar.ops.core import ResourceRequest
from openlpar.ops.processor_pool.update import CreatePool, DeletePool, UpdatePool
from openlpar.ops.processor_pool.view import shown_pool
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from tests.ops.network.plant import NOVALINK, PARENT, VIOS1, VM1, VM2, Plant


def pool(plant: Plant, number: int) -> SharedProcessorPool:
    return shown_pool(plant.state, plant.state.get(SharedProcessorPool, f"f{number}"))


def moved(plant: Plant, uuid: str, number: int) -> None:
    """Puts a partition into a pool."""
    lpar = plant.state.get(LogicalPartition, uuid)
    shared = lpar.proc_config.shared_proc_cfg.evolve(pool_id=number)
    plant.add(lpar.evolve(proc_config=lpar.proc_config.evolve(shared_proc_cfg=shared)))


def update(plant: Plant, number: int = 1, **fields: Any) -> UpdatePool:
    values = {name: Decimal(value) if name.endswith("units") else value for name, value in fields.items()}
    return UpdatePool(f"f{number}", pool(plant, number).evolve(**values))


def test_a_pool_shows_its_partitions(plant: Plant) -> None:
    lpar, vios = f"ManagedSystem/{PARENT}/LogicalPartition", f"ManagedSystem/{PARENT}/VirtualIOServer"
    everyone = (f"{lpar}/{NOVALINK}", f"{lpar}/{VM1}", f"{lpar}/{VM2}", f"{vios}/{VIOS1}")
    assert pool(plant, 0).assigned_partitions == everyone
    assert str(pool(plant, 0).avail_proc_units) == "0.00"
    assert str(pool(plant, 1).avail_proc_units) == "4.00"
    moved(plant, VM1, 1)
    moved(plant, VM2, 1)
    assert pool(plant, 1).assigned_partitions == (f"{lpar}/{VM1}", f"{lpar}/{VM2}")
    assert str(pool(plant, 1).avail_proc_units) == "3.50"


def test_a_pool_is_renamed_and_resized(plant: Plant) -> None:
    before = free_processors(plant.state, plant.state.get(ManagedSystem, PARENT))
    after = plant.do(update(plant, name="gold", max_proc_units="5.5", pend_rsrv_proc_units="1.25"))
    assert (after.name, str(after.max_proc_units), str(after.curr_rsrv_proc_units)) == ("gold", "5.50", "1.25")
    assert str(pool(plant, 1).avail_proc_units) == "5.50"
    assert free_processors(plant.state, plant.state.get(ManagedSystem, PARENT)) == before - Decimal("1.25")


def test_the_default_pool_does_not_change(plant: Plant) -> None:
    plant.refuses(update(plant, 0, name="x"), say.DEFAULT_POOL, "PoolName")
    plant.refuses(update(plant, 0, max_proc_units="1"), say.DEFAULT_POOL, "MaximumProcessingUnits")
    plant.same_after(update(plant, 0))


def test_bounds(plant: Plant) -> None:
    moved(plant, VM2, 1)
    plant.refuses(update(plant, max_proc_units="8.01"), say.POOL_BOUNDS, "MaximumProcessingUnits", "8")
    plant.refuses(update(plant, max_proc_units="-1"), say.POOL_BOUNDS)
    plant.refuses(update(plant, max_proc_units="1.234"), say.POOL_BOUNDS, "hundredths")
    plant.refuses(update(plant, max_proc_units="0.4"), say.POOL_BOUNDS, "0.50 processing units")
    plant.refuses(update(plant, max_proc_units="0"), say.POOL_NOT_EMPTY, "1 partitions")
    plant.refuses(update(plant, pend_rsrv_proc_units="3.6"), say.POOL_BOUNDS, "PendingReservedProcessingUnits")
    greedy = update(plant, max_proc_units="8", pend_rsrv_proc_units="7")
    plant.refuses(greedy, say.POOL_BOUNDS, "only 6.50 processing units free")
    plant.refuses(update(plant, name="DefaultPool"), general.NAME_TAKEN)
    plant.refuses(update(plant, name="é"), general.BAD_VALUE)


def test_an_empty_pool_is_closed(plant: Plant) -> None:
    assert plant.do(update(plant, max_proc_units="0")).max_proc_units == 0


def test_pools_are_not_made_or_deleted(plant: Plant) -> None:
    made = ResourceRequest(SharedProcessorPool, parent=PARENT, element=SharedProcessorPool(name="x"))
    plant.refuses(CreatePool.from_request(made), general.UNSUPPORTED)
    plant.refuses(DeletePool.from_request(ResourceRequest(SharedProcessorPool, "f1")), general.UNSUPPORTED)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.same_after(UpdatePool("f1", pool(plant, 1), strict=True))
    old_news = pool(plant, 1).evolve(avail_proc_units=Decimal("9.99"), assigned_partitions=("x",))
    plant.same_after(UpdatePool("f1", old_news))
    plant.refuses(UpdatePool("f1", pool(plant, 1).evolve(id=7), strict=True), general.READ_ONLY, "PoolID")


def test_every_step_unwinds(plant: Plant) -> None:
    plant.unwinds(lambda: update(plant, name="gold", pend_rsrv_proc_units="1"))

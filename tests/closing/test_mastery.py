"""Who may do what on a co-managed system (comanagement-rmc 3), for every operation there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar import ops
from openlpar.messages import Failure
from openlpar.messages import system as say
from openlpar.ops.core import Operation
from openlpar.ops.system import hmc
from tests.closing.every_sample import SAMPLES
from tests.closing.gannet import Gannet
from tests.closing.roles import HMC

ops.load()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


FOR_EITHER_SIDE = """
    backup.system backup.vios management_console.update metrics.set_preferences
    console.close console.close_vterm console.open console.write
    hmc.connect hmc.disconnect hmc.release hmc.take hmc.work
    lpar.migrate_abort lpar.migrate_recover lpar.migrate_validate lpar.power_off lpar.power_on lpar.remove_optical
    migration.depart migration.forget migration.release migration.send migration.take migration.undo
    serial_transfer.end
    maintenance.end maintenance.rebalance maintenance.rest maintenance.stop
    lpar.remote_restart_recover remote_restart.give_up system.remote_restart_validate
    system.get_dpo_status system.query_reserved_memory
    system.release_controller system.release_master system.request_controller system.request_master system.settle_role
    system.update_firmware
    vios.lua_recovery vios.rbd_exists vios.rescan_virtual_disk vios.run_command
"""
# Looked over by hand: questions, power, consoles, the role itself, and what ends something begun. Anything else is a change.
FREE = frozenset(FOR_EITHER_SIDE.split())


def test_what_either_side_may_do_was_decided_on_purpose() -> None:
    """An operation that is new is for the master alone, unless somebody says otherwise here too."""
    free = {name for name, kind in Operation.registry.items() if not kind.master_only and name in SAMPLES}
    assert free == FREE


async def _taken_by_an_hmc(house: Gannet) -> None:
    house.do(hmc.Connect(HMC))
    house.do(hmc.TakeRole(HMC, "norm", force=True))
    await house.engine.settled()


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - FREE))
async def test_a_change_is_refused_while_an_hmc_is_master(house: Gannet, name: str) -> None:
    make = await SAMPLES[name](house)
    await _taken_by_an_hmc(house)
    before, outside = house.everything(), house.outside()
    with pytest.raises(Failure) as caught:
        await house.engine.run(make())
    assert caught.value.message is say.NOT_MASTER
    for word in (name, HMC, "gannet", "pvmctl sys set-master"):
        assert word in caught.value.text
    await house.engine.settled()
    assert (house.everything(), house.outside()) == (before, outside)


@pytest.mark.parametrize("name", sorted(FREE))
async def test_what_either_side_may_do_is_not_refused_for_the_role(house: Gannet, name: str) -> None:
    make = await SAMPLES[name](house)
    if not name.startswith(("hmc.", "system.re", "system.settle", "system.update_firmware")):
        await _taken_by_an_hmc(house)
    await house.engine.run(make())

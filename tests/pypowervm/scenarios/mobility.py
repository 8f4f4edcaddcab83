"""Live partition mobility by the client's own tasks; the other system is a second server: see ``test_mobility.py``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import migration, power
from pypowervm.utils import lpar_builder
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import job, logical_partition

from .site import Site, raises


def _there(site: Site) -> Site:
    return Site({**site._wish, **site.other})


def _made(site: Site, name: str) -> Any:
    """A partition with a disk of the pool that both systems share."""
    wish = lpar_builder.DefaultStandardize(site.system())
    attributes = {"name": name, "env": "AIX/Linux", "memory": 1024, "vcpu": 1, "proc_units": 0.1}
    built = lpar_builder.LPARBuilder(site.adapter, attributes, wish).build()
    return built.create(parent=site.system())


def _found(site: Site, name: str) -> Any:
    return logical_partition.LPAR.search(site.adapter, name=name, one_result=True)


def _until(condition: Callable[[], Any]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.02)


def a_partition_moves_and_comes_back(site: Site) -> None:
    there = _there(site)
    lpar = _made(site, "vm1")
    power.power_on(lpar, site.system().uuid)
    _until(lambda: _found(site, "vm1").rmc_state == bp.RMCState.ACTIVE)

    migration.migrate_lpar(lpar, "osprey", validate_only=True)
    assert _found(there, "vm1") is None
    migration.migrate_lpar(lpar, "osprey")

    assert _found(site, "vm1") is None
    arrived = _found(there, "vm1")
    assert (arrived.uuid, arrived.state) == (lpar.uuid, bp.LPARState.RUNNING)
    assert arrived.migration_state == "Not_Migrating"
    _until(lambda: _found(there, "vm1").rmc_state == bp.RMCState.ACTIVE)
    mtms = site.system().mtms.mtms_str
    migration.migrate_lpar(arrived, mtms, vlan_check_override=True, sdn_override=True)
    assert _found(there, "vm1") is None
    power.PowerOp.stop(_found(site, "vm1"))
    _found(site, "vm1").delete()


def what_is_in_the_way_is_said(site: Site) -> None:
    lpar, other = _made(site, "vm2"), _made(_there(site), "vm2")
    with raises(exc.JobRequestFailed, "MigrateValidate", "exists already"):
        migration.migrate_lpar(lpar, "osprey", validate_only=True)
    with raises(exc.JobRequestFailed, "Migrate", "Known: osprey"):
        migration.migrate_lpar(lpar, "heron")
    for task in (migration.migrate_abort, migration.migrate_recover):
        with raises(exc.JobRequestFailed, "not being moved"):
            task(lpar)
    with raises(exc.JobRequestFailed, "not being moved"):
        migration.migrate_recover(lpar, force=True)
    lpar.delete()
    other.delete()


def a_migration_is_stopped(site: Site) -> None:
    """The clock of this server is fast, not immediate: there is time to stop it."""
    lpar = _made(site, "vm3")
    power.power_on(lpar, site.system().uuid)
    _until(lambda: _found(site, "vm3").rmc_state == bp.RMCState.ACTIVE)
    failures: list[str] = []

    def move() -> None:
        try:
            migration.migrate_lpar(lpar, "osprey")
        except exc.JobRequestFailed as failed:
            failures.append(str(failed))

    moving = threading.Thread(target=move)
    moving.start()
    _until(lambda: _found(site, "vm3").migration_state == "Migration_In_Progress")
    assert _found(site, "vm3").state == bp.LPARState.MIGRATING_RUNNING
    migration.migrate_abort(_found(site, "vm3"))
    moving.join()
    assert failures, "the migration went through"
    assert "was stopped" in failures[0]
    assert _found(site, "vm3").state == bp.LPARState.RUNNING
    _until(lambda: _found(_there(site), "vm3") is None)
    power.PowerOp.stop(_found(site, "vm3"))
    _found(site, "vm3").delete()


def a_virtual_serial_number_is_given_to_the_other_system(site: Site) -> None:
    there = _there(site)

    def run(on: Site, name: str, **parameters: str) -> None:
        system = on.system()
        form = job.Job.wrap(on.adapter.read("ManagedSystem", system.uuid, suffix_type="do", suffix_parm=name))
        values = {"VirtualSerialNumber": "V12345A", **parameters}
        form.run_job(system.uuid, job_parms=[form.create_job_parameter(*pair) for pair in values.items()])

    run(site, "AddVSN")
    run(site, "TransferVSN", TargetManagedSystem="osprey", UserName="neo", Host="192.0.2.7")
    with raises(exc.JobRequestFailed, "has no virtual serial number V12345A"):
        run(site, "RemoveVSN")
    run(there, "TransferVSN", TargetManagedSystem="gannet")
    run(site, "RemoveVSN")

"""alert: the threshold of a shared storage pool, and what becomes of a pool below it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openlpar.messages import storage as say
from openlpar.ops.shared_storage import thresholds
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin


def pool(padmin: Padmin) -> SharedStoragePool:
    found: SharedStoragePool = next(padmin.engine.state.all(SharedStoragePool))
    return found


def test_the_threshold_is_set_shown_and_taken_back(padmin: Padmin) -> None:
    heading, row = padmin.out("alert -list").splitlines()
    assert heading.split() == ["PoolName", "PoolID", "ThresholdPercent"]
    assert row.split() == [pool(padmin).name, pool(padmin).udid[2:], "35"]
    assert padmin.out("alert -set -value 60") == ""
    assert pool(padmin).alert_threshold == 60
    assert padmin.out(f"alert -list -spname {pool(padmin).name} -fmt :").rpartition(":")[2] == "60\n"
    padmin.out("alert -unset")
    assert pool(padmin).alert_threshold == 35


@pytest.mark.parametrize("value", ["0", "100", "half", "-1"])
def test_a_threshold_that_is_none(padmin: Padmin, value: str) -> None:
    before = pool(padmin)
    assert padmin.run(f"alert -set -value {value}").status == Status.SYNTAX
    assert pool(padmin) == before


def test_a_pool_below_its_threshold_is_a_finding(padmin: Padmin) -> None:
    """At the threshold it is none yet."""
    now = pool(padmin)
    assert not list(thresholds.findings(padmin.engine.state))
    half = now.capacity / 2
    for free, low in ((half, False), (half - Decimal("0.001"), True)):
        with padmin.engine.alter() as change:
            change.put(now.evolve(free_space=free, alert_threshold=Decimal(50)))
        found = list(thresholds.findings(padmin.engine.state))
        assert [one.message for one in found] == [say.POOL_LOW] * low
    assert now.name in str(found[0]) and "50 percent" in str(found[0])

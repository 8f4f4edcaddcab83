"""``openlpar pools`` on the default system."""

from __future__ import annotations

import json

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.cli.pvmctl.entry import main as pvmctl

pytestmark = pytest.mark.usefixtures("found")


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    return main(["pools", *words]), capsys.readouterr().out


def test_a_pool_and_what_is_left_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = shown(capsys)
    head, row = (line.split("  ") for line in text.splitlines())
    assert status == 0 and [word.strip() for word in head if word.strip()][:3] == ["pool", "nodes", "tier"]
    assert [word.strip() for word in row if word.strip()][:5] == ["pool1", "2/2", "SYSTEM", "1", "500"]
    assert main(["workload", "set", "vm*", "steady", "--fresh", "2"]) == 1
    assert main(["workload", "set", "vm*", "steady", "--fresh", "0.5"]) == 0


def test_a_pool_below_its_threshold_is_an_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert pvmctl(["lu", "create", "--name", "thick", "--size", "400", "--thick"]) == 0
    status, text = shown(capsys)
    assert status == 1 and text.splitlines()[1].split()[-1] == "low"
    status, text = shown(capsys, "--json")
    (pool,) = json.loads(text)
    assert (pool["low"], pool["quorum"], pool["up"], pool["free"]) == (True, True, 2, 100.0)
    assert (pool["tiers"][0]["used"], pool["tiers"][0]["units"], pool["tiers"][0]["refused"]) == (400.0, 1, [])

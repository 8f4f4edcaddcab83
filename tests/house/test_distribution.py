"""Tests that belong together run in one process: what they share is made once, and no two of them load one machine at a time."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_the_runner_hears_of_groups(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput"):
        pytest.skip("there is one process of tests only")
    assert request.node.nodeid.endswith("@together"), (
        "pytest-xdist ignores groups: go back to versions that go together"
    )

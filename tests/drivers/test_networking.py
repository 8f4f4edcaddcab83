"""OpenStack's network agents for PowerVM, networking-powervm, unmodified: SEA and SR-IOV."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import start_server
from tests.drivers.environment import MARKS, run

pytestmark = MARKS

UP = ["up", "fa:16:3e:00:00:01"]


@pytest.mark.parametrize(
    ("agent", "called", "mapped", "vlans", "requests"),
    [
        ("sea", "PowerVM Shared Ethernet agent", ["default"], [[1], [1, 100], [1, 100], [1]], 49),
        ("sriov", "PowerVM SR-IOV Ethernet agent", ["lab"], [[1]] * 4, 34),
    ],
)
def test_a_port_comes_and_goes(
    agent: str, called: str, mapped: list[str], vlans: list[list[int]], requests: int, tmp_path: Path
) -> None:
    """The agent learns of it by the event that the compute driver sends, and lets the bridge carry its VLAN while it is needed."""
    server = start_server(tmp_path / "data")
    try:
        result = run(server, tmp_path, ".networking", agent)
    finally:
        server.stop()
    said = result["said"]
    assert (said["type"], said["mapped"]) == (called, mapped)
    assert said["vlans"] == vlans
    assert said["healed"] == [UP]
    assert abs(result["requests"] - requests) <= 5, "waiting for events takes one or two, as it comes"

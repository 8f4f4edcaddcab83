"""OpenStack's own PowerVM virt drivers, unmodified, in process with nova's objects: nova's own, and nova-powervm."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import start_server
from tests.drivers.environment import MARKS, run
from tests.mobility.systems import gannet, osprey, written

pytestmark = MARKS

NOVA, OUT_OF_TREE = "nova", "nova-powervm"
REQUESTS = {
    (NOVA, "localdisk", "pvm_sea"): 89,
    (NOVA, "localdisk", "ovs"): 128,
    (NOVA, "ssp", "pvm_sea"): 97,
    (NOVA, "ssp", "ovs"): 136,
    (OUT_OF_TREE, "localdisk", "pvm_sea"): 109,
    (OUT_OF_TREE, "localdisk", "ovs"): 148,
    (OUT_OF_TREE, "ssp", "pvm_sea"): 114,
    (OUT_OF_TREE, "ssp", "ovs"): 153,
    (OUT_OF_TREE, "ssp", "pvm_sriov"): 118,
}
"""Of a whole life, by driver, disks and ports."""


@pytest.mark.parametrize(("driver", "disk", "vif"), REQUESTS)
def test_life_of_an_instance(driver: str, disk: str, vif: str, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    try:
        result = run(server, tmp_path, "", driver, disk, vif)
    finally:
        server.stop()
    said = result["said"]
    assert said["listed"] == ["instance-00000001"]
    assert said["left"] == []
    assert said["inventory"]["MEMORY_MB"] == 262144
    assert said["wwpns"] == 4
    assert said["console"] > 0
    assert result["requests"] == REQUESTS[driver, disk, vif]


@pytest.mark.parametrize(("driver", "strategy"), [(NOVA, "vscsi"), (OUT_OF_TREE, "vscsi"), (OUT_OF_TREE, "npiv")])
def test_a_volume_comes_and_goes(driver: str, strategy: str, tmp_path: Path) -> None:
    """Through both servers, as a disk that they find or as a port that the instance has itself."""
    server = start_server(tmp_path / "data")
    try:
        said = run(server, tmp_path, ".volumes", driver, strategy)["said"]
    finally:
        server.stop()
    before, attached, left = said["before"], said["attached"], said["left"]
    if strategy == "npiv":
        assert (before["ports"], attached["disks"]) == ([], before["disks"])
        assert attached["ports"] == left["ports"] == said["wwpns"][:1], "the port stays as long as the instance"
    else:
        assert len(said["wwpns"]) == 4
        (disk,) = set(attached["disks"]) - set(before["disks"])
        assert attached["disks"].count(disk) == 2
        assert left == before
    assert said["listed"] == []
    assert said["gone"]["ports"] == []


@pytest.mark.parametrize("vif", ["pvm_sea", "ovs"])
def test_an_instance_moves_there_and_back(vif: str, tmp_path: Path) -> None:
    """Nobody made the two servers known to each other: the driver gives the key of one to the other."""
    servers = [
        start_server(tmp_path / name, "--system", str(written(tmp_path, name, text)), "--seed", seed)
        for name, text, seed in (("gannet", gannet(), "1"), ("osprey", osprey(), "2"))
    ]
    here, there = servers
    addresses = [urlsplit(server.https).netloc for server in servers]
    try:
        said = run(here, tmp_path, ".mobility", vif, here.http, there.http, *addresses)["said"]
    finally:
        for server in servers:
            server.stop()
    assert said["called"] == ["post", "post"]
    assert said["moved"] == [[], ["instance-00000001"]]
    assert said["back"] == [["instance-00000001"], []]
    assert said["left"] == [[], []]

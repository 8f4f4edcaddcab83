"""OpenStack's inspector for PowerVM, ceilometer-powervm, unmodified: what it reads from the long-term monitors."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import start_server
from tests.drivers.environment import MARKS, run

pytestmark = MARKS


def test_the_samples_of_an_instance(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", clock="stepped")
    try:
        said = run(server, tmp_path, ".metering")["said"]
    finally:
        server.stop()
    assert said["cpu_number"] == 1
    assert 40 < said["cpu_util"] < 60, "half of its processor is busy"
    assert said["macs"] == ["fa:16:3e:00:00:01"]
    assert said["disks"] == ["vhost1"]
    for name in ("bytes", "rates", "read", "iops"):
        assert all(value > 0 for value in said[name]) and said[name], name
    assert "not found" in said["gone"]

"""OpenStack's own PowerVM virt driver, unmodified, in process with nova's objects."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BIN, start_server

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-drivers" / "bin" / "python"
WHERE = Path(__file__).parent / "sequences" / "where.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.drivers,
    pytest.mark.skipif(not PYTHON.exists(), reason=".venv-drivers is missing: `make setup-drivers` makes it"),
]

REQUESTS = {"localdisk": {"pvm_sea": 89, "ovs": 128}, "ssp": {"pvm_sea": 97, "ovs": 136}}


@pytest.mark.parametrize("vif", ["pvm_sea", "ovs"])
@pytest.mark.parametrize("disk", ["localdisk", "ssp"])
def test_life_of_an_instance(disk: str, vif: str, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    try:
        environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("PROXY")}
        environment |= {"OPENLPAR_URL": server.http, "PYPOWERVM_SESSION_CONFIG": str(WHERE), "NO_PROXY": "*"}
        environment |= {"PATH": f"{BIN}{os.pathsep}{environment['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"OPENLPAR_LOG_DIR": str(tmp_path)}
        command = [str(PYTHON), "-W", "ignore", "-m", "tests.drivers.sequences", disk, vif]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=100
        )
        assert done.stdout, done.stderr[-4000:]
        result = json.loads(done.stdout.splitlines()[-1])
    finally:
        server.stop()
    assert result["traceback"] is None, f"\n{result['traceback']}\n{done.stderr[-4000:]}"
    said = result["said"]
    assert said["listed"] == ["instance-00000001"]
    assert said["left"] == []
    assert said["inventory"]["MEMORY_MB"] == 262144
    assert said["wwpns"] == 4
    assert said["console"] > 0
    assert result["requests"] == REQUESTS[disk][vif]

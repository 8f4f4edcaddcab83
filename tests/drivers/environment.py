"""The environment that OpenStack's programs live in, and how a sequence of theirs is run against a server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BIN, Server

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-drivers" / "bin" / "python"
WHERE = Path(__file__).parent / "sequences" / "where.py"
MARKS = [
    pytest.mark.slow,
    pytest.mark.drivers,
    pytest.mark.skipif(not PYTHON.exists(), reason=".venv-drivers is missing: `make setup-drivers` makes it"),
]


def run(server: Server, scratch: Path, sequence: str, *arguments: str) -> dict[str, Any]:
    """What a sequence says and how many requests it took."""
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("PROXY")}
    environment |= {"OPENLPAR_URL": server.http, "PYPOWERVM_SESSION_CONFIG": str(WHERE), "NO_PROXY": "*"}
    environment |= {"PATH": f"{BIN}{os.pathsep}{environment['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"OPENLPAR_LOG_DIR": str(scratch)}
    command = [str(PYTHON), "-W", "ignore", "-m", f"tests.drivers.sequences{sequence}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=100)
    assert done.stdout, done.stderr[-4000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result["traceback"] is None, f"\n{result['traceback']}\n{done.stderr[-4000:]}"
    return result

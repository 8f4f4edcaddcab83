"""What a process may do that is started as QEMU is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.process import QemuProcess

LOOK = """
import ctypes, json, resource
libc = ctypes.CDLL(None, use_errno=True)
made = libc.syscall(425, 8, ctypes.create_string_buffer(120))
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(json.dumps({
    "io_uring": [made, ctypes.get_errno()], "new_privileges": status["NoNewPrivs"] == "0",
    "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
}))
"""


async def look(tmp_path: Path) -> Any:
    process = QemuProcess([sys.executable, "-c", LOOK], {}, tmp_path / "log", [])
    assert await process.ended == 0, process.last_words()
    return json.loads(process.last_words()[-1])


async def test_no_io_uring_no_core_dump_no_new_rights(tmp_path: Path) -> None:
    assert await look(tmp_path) == {"io_uring": [-1, 38], "new_privileges": False, "core": 0}

"""A supervisor whose starter is gone before it is ready: nobody knows of it, so it runs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.launch import PID, Launch
from tests.qemu.conftest import FAKE, QUICK, Core


async def test_a_supervisor_that_nobody_waits_for_starts_no_qemu(run: Path, core: Core) -> None:
    Launch([sys.executable, str(FAKE)], uuid="u", name="lpar1", limits=QUICK).write(run)
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-P", "-m", "openlpar.hypervisor.qemu.supervisor", str(run)]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    os.close(theirs)
    assert done.returncode == 1
    assert "Broken pipe" in done.stderr
    assert not (run / PID).exists()
    assert [notice.kind for notice in journal.read(run / journal.FILE)] == ["launched"]
    # Whoever looks finds that it has ended, and may start it again.
    await core.adopt()
    await core.link.gone.wait()
    assert core.kinds() == ["launched", "ended"]

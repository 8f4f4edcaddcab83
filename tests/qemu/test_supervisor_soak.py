"""Kill -9 at random, of the core, QEMU and the supervisor: each notice arrives exactly once, and nothing is left over."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.launch import LOCK, PID, SOCKETS
from tests.qemu.conftest import Core, alive, pid_in, until

ROUNDS = 100
CORE = """
import asyncio, os, sys
from pathlib import Path
from tests.qemu.conftest import Core

class Writing(Core):
    def heard(self, notice):
        os.write(state, b"%d\\n" % notice.number)

async def main():
    await Writing(Path(sys.argv[1])).adopt(int(sys.argv[3]))
    await asyncio.sleep(600)

state = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
asyncio.run(main())
"""


def heard(state: Path) -> list[int]:
    return [int(line) for line in state.read_text().splitlines()]


def ended_for_all(run: Path, state: Path) -> bool:
    last = journal.read(run / journal.FILE)[-1]
    return last.kind == "ended" and heard(state)[-1:] == [last.number]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_killed_at_random(core: Core, tmp_path: Path) -> None:
    """The core's state is a file with the numbers that it has heard, as the store is that of pvm-core."""
    chance = random.Random(7)
    state = tmp_path / "state"
    state.touch()
    for number in range(ROUNDS):
        last = max(heard(state), default=0)
        if not alive(pid_in(core.run / LOCK)):
            await core.start(since=last)
            await core.link.close()
        other = subprocess.Popen([sys.executable, "-c", CORE, str(core.run), str(state), str(last)])
        for _ in range(chance.randrange(20)):
            await asyncio.wait_for(core.direct(event=["RESET", {"guest": True, "reason": str(number)}]), 5)
        await asyncio.sleep(chance.random() / 5)
        await until(lambda: pid_in(core.run / PID))
        victim = chance.choice((other.pid, other.pid, pid_in(core.run / PID), pid_in(core.run / LOCK)))
        os.kill(victim, signal.SIGKILL)
        if victim != other.pid:
            await until(lambda: ended_for_all(core.run, state))
            other.kill()
        other.wait()
        supervisor = pid_in(core.run / LOCK)
        if supervisor and journal.read(core.run / journal.FILE)[-1].kind == "ended":
            os.kill(supervisor, signal.SIGTERM)
            await until(lambda: not alive(supervisor))  # noqa: B023
    await core.adopt(max(heard(state)))
    if alive(pid_in(core.run / LOCK)):
        await core.link.request("quit")
        await core.until("ended")
        await core.link.request("dismiss")
    await core.link.gone.wait()
    numbers = heard(state) + [notice.number for notice in core.notices]
    assert numbers == list(range(1, numbers[-1] + 1))
    written = journal.read(core.run / journal.FILE)
    assert written[-1].number == numbers[-1]
    kinds = [notice.kind for notice in written]
    assert kinds.count("ended") == kinds.count("launched"), "every life has one end"
    assert not {*SOCKETS, PID} & set(os.listdir(core.run))

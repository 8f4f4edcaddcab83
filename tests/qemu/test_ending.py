"""``openlpar halt``: what goes on without the service is ended, and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.hypervisor.qemu import ending
from openlpar.hypervisor.qemu.launch import Launch
from tests.qemu.conftest import until

HOLDER = """
import fcntl, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else signal.SIG_DFL)
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ol"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def holders() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def _holding(lock: Path, holders: list[subprocess.Popen[bytes]], *options: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock), *options])
    holders.append(process)
    await until(lambda: lock.exists() and lock.read_text() == str(process.pid))
    return process


async def test_whoever_holds_the_lock_is_ended(folder: Path, holders: list[subprocess.Popen[bytes]]) -> None:
    process = await _holding(folder / "pid", holders)
    assert await ending.end(folder / "pid")
    assert process.wait(10) < 0
    assert not await ending.end(folder / "pid"), "there is nobody left"


async def test_a_pid_in_a_file_that_nobody_locks_is_let_be(folder: Path) -> None:
    (folder / "pid").write_text(str(os.getpid()))
    assert not await ending.end(folder / "pid")


async def test_who_does_not_end_is_named(
    folder: Path, holders: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await _holding(folder / "pid", holders, "stubborn")
    monkeypatch.setattr(ending, "_LOOKS", 3)
    with pytest.raises(TimeoutError, match=f"process {process.pid} of {folder} does not end"):
        await ending.end(folder / "pid")


async def test_partitions_and_the_switch_are_named_as_they_end(
    folder: Path, holders: list[subprocess.Popen[bytes]]
) -> None:
    run, other = folder / "p" / "0a0b0c0d", folder / "p" / "11223344"
    for made in (run, other, folder / "n"):
        made.mkdir(parents=True)
    Launch(["qemu"], name="vm1").write(run)
    await _holding(run / "supervisor.pid", holders)
    await _holding(folder / "n" / "pid", holders)
    assert await ending.end_all(folder) == ["partition vm1", "the virtual switch"]
    assert await ending.end_all(folder) == []


def test_a_service_that_runs_is_not_halted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "state.db").touch()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["halt", "--data", str(folder)]) == 1
    assert "End the service first, then 'openlpar halt' ends the rest." in capsys.readouterr().err


def test_a_folder_without_a_state_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["halt", "--data", str(folder)]) == 1
    assert "has no state" in capsys.readouterr().err
    assert not (folder / "lock").exists()


def test_where_nothing_runs_there_is_nothing_to_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "state.db").touch()
    assert main(["halt", "--data", str(folder)]) == 0
    assert capsys.readouterr().out == "ended nothing: nothing was running\n"

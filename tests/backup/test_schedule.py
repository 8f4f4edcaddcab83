"""Backups by the clock: all of them, at their time, with what restores; and what becomes of one that cannot be made."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure, backup, padmin
from openlpar.ops.backup.take import BackUpSystem, BackUpVios, profile_text
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import BackupOutcome, Due
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.wire import profile_bak
from tests.backup.conftest import Site

HOUR_MS = 3_600_000
THINGS = ("system", "vios_2", "vios_3")


def outcomes(site: Site) -> dict[str, BackupOutcome]:
    return {one.subject: one for one in site.state.all(BackupOutcome)}


async def test_a_day_makes_one_daily_and_23_hourly_backups_of_each(site: Site) -> None:
    """It begins on 14 November at 22:13."""
    await site.engine.step(24 * HOUR_MS)
    endings = {"system": "bak", "vios_2": "viosbr.tar.gz", "vios_3": "viosbr.tar.gz"}
    labels = ["daily_15", *(f"hourly_{hour:02}" for hour in range(1, 24))]
    assert site.names() == sorted(f"{thing}_{label}.{endings[thing]}" for thing in THINGS for label in labels)
    for path in site.place.iterdir():
        status = path.stat()
        assert status.st_mode & 0o777 == 0o640
        assert int(status.st_mtime) % 3600 == 15 * 60, "a file's time is the simulated one"


async def test_a_second_month_needs_no_more_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    await site.engine.step(33 * 24 * HOUR_MS)
    count = len(site.names())
    assert count == len(THINGS) * (23 + 31) - len(THINGS), "from 14 November on: 30 dailies, and no 31st"
    records = len(list(site.state.all(Due))), len(list(site.state.all(BackupOutcome)))
    await site.engine.step(5 * 24 * HOUR_MS)
    assert len(site.names()) == count
    assert (len(list(site.state.all(Due))), len(list(site.state.all(BackupOutcome)))) == records


async def test_the_files_are_what_the_commands_write(site: Site) -> None:
    site.lpar("web1")
    await site.engine.step(HOUR_MS)
    text = (site.place / "system_hourly_22.bak").read_text()
    (wrong,) = [due.at for due in site.state.where(Due, what="backup")]
    assert wrong > profile_bak.load(text).tod
    assert [one.partition.name for one in profile_bak.load(text).partitions][-1] == "web1"
    with tarfile.open(fileobj=io.BytesIO((site.place / "vios_2_hourly_22.viosbr.tar.gz").read_bytes())) as tar:
        document: Any = json.load(tar.extractfile("viosbr.json"))  # type: ignore[arg-type]
    assert document["VirtualSCSIMapping"]
    on_vios = site.vios._files / "2" / "cfgbackups" / "vios_2_hourly_22.viosbr.tar.gz"
    assert on_vios.read_bytes() == (site.place / on_vios.name).read_bytes(), "copied from the Virtual I/O Server"


async def test_the_schedule_survives_a_restart_and_makes_up_for_what_was_missed(tmp_path: Path) -> None:
    first = Site(tmp_path)
    await first.engine.start()
    await first.engine.step(HOUR_MS)
    await first.engine.stop()
    second = Site(tmp_path)
    assert second.state.count(Due) == 1
    second.engine.clock.step(9 * HOUR_MS)
    await second.engine.start()
    await second.engine.step(0)
    assert "system_daily_15.bak" in second.names(), "00:15 was missed: the first one after it is the daily one"
    assert len(second.names()) == 2 * len(THINGS), "what was missed comes once"
    await second.engine.step(HOUR_MS)
    assert len(second.names()) == 3 * len(THINGS)
    await second.engine.stop()


async def test_without_a_place_nothing_is_scheduled(site: Site) -> None:
    site.schedule.begin(keeps=False)
    assert not list(site.state.where(Due, what="backup"))
    site.schedule.begin(keeps=True)
    assert len(list(site.state.where(Due, what="backup"))) == 1


async def test_a_server_without_rmc_does_not_keep_the_others_from_theirs(site: Site) -> None:
    await site.engine.step(HOUR_MS)
    vios2 = site.partition("vios2")
    with site.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios2.uuid).evolve(rmc_state="inactive"))
    position = site.engine.events._published
    await site.engine.step(HOUR_MS)
    assert site.names() == sorted(
        [f"system_hourly_{hour}.bak" for hour in (22, 23)]
        + [f"vios_2_hourly_{hour}.viosbr.tar.gz" for hour in (22, 23)]
        + ["vios_3_hourly_22.viosbr.tar.gz"]
    )
    lost = outcomes(site)["vios2"]
    assert (lost.file, lost.missing) == ("vios_3_hourly_22.viosbr.tar.gz", "vios_3_hourly_23.viosbr.tar.gz")
    assert lost.succeeded < lost.failed
    assert lost.message == padmin.NO_RMC.id
    assert "MGMTSWITCH" in lost.remedy
    told = [event.detail for event in site.engine.events.since(position) or ()]
    assert "BackupFailed vios_3_hourly_23.viosbr.tar.gz" in told
    with site.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios2.uuid).evolve(rmc_state="active"))
    await site.engine.step(HOUR_MS)
    assert outcomes(site)["vios2"].failed == 0, "a success settles it"


async def test_a_full_disk_leaves_the_backups_before_and_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.engine.step(HOUR_MS)
    before = {path.name: path.read_bytes() for path in site.place.iterdir()}
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    await site.engine.step(24 * HOUR_MS)
    assert {path.name: path.read_bytes() for path in site.place.iterdir()} == before
    assert {one.message for one in outcomes(site).values()} == {backup.FAILED.id}
    assert all("No space left on device" in one.cause for one in outcomes(site).values())
    monkeypatch.setattr(os, "fsync", real)
    await site.engine.step(HOUR_MS)
    assert not any(one.failed for one in outcomes(site).values())


async def test_a_directory_that_is_none_is_said(site: Site) -> None:
    site.root.write_text("a file in the place of the directory")
    await site.engine.step(HOUR_MS)
    assert outcomes(site)["gannet"].message == backup.FAILED.id
    assert str(site.root) in outcomes(site)["gannet"].cause
    assert outcomes(site)["gannet"].succeeded == 0


async def test_bad_wishes_are_refused(site: Site) -> None:
    wrong = site.refusal(BackUpSystem("hourly_24", keep=True))
    assert wrong is not None and wrong.message is backup.BAD_LABEL
    site.engine.edges = type(site.engine.edges)(site.engine.edges.hypervisor, site.vios)
    nowhere = site.refusal(BackUpVios("hourly_01", True, site.partition("vios1").uuid))
    assert nowhere is not None and nowhere.message is backup.NO_FOLDER
    with pytest.raises(Failure) as caught:
        profile_text(site.state, site.engine.edges, 0)
    assert caught.value.message is backup.NO_FOLDER


async def test_the_regular_backups_of_a_server(site: Site) -> None:
    """Three files in turn, not while it is off, and none after -nobackup."""
    vios = site.partition("vios1").uuid
    files = site.vios._files / "2" / "cfgbackups"

    def viosbr(words: str) -> None:
        operation = RunCommand(vios, f"viosbr {words}")
        site.do(operation)
        assert operation.result.status == 0, operation.result

    def mine() -> list[str]:
        return sorted(path.name for path in files.glob("mine*"))

    viosbr("-backup -file mine -frequency daily -numfiles 3")
    await site.engine.step(3 * 24 * HOUR_MS)
    assert mine() == ["mine.01.tar.gz", "mine.02.tar.gz", "mine.03.tar.gz"]
    first = (files / "mine.01.tar.gz").read_bytes()
    await site.engine.step(24 * HOUR_MS)
    assert (files / "mine.01.tar.gz").read_bytes() != first, "written over"
    second = (files / "mine.02.tar.gz").read_bytes()
    with site.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios).evolve(rmc_state="inactive"))
    await site.engine.step(24 * HOUR_MS)
    assert (files / "mine.02.tar.gz").read_bytes() == second
    with site.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios).evolve(rmc_state="active"))
    viosbr("-nobackup")
    third = (files / "mine.03.tar.gz").read_bytes()
    await site.engine.step(48 * HOUR_MS)
    assert (files / "mine.03.tar.gz").read_bytes() == third
    assert not list(site.state.where(Due, what="viosbr"))

"""The journal survives what can happen to a file."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.journal import Journal, Notice


@pytest.fixture
def now() -> Callable[[], int]:
    ticks = itertools.count(1_000_000_000_000, 1_000_000)
    return lambda: next(ticks)


def test_numbers_follow_each_other_across_writers(tmp_path: Path, now: Callable[[], int]) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path, now)
    assert first.add("started", pid=7) == Notice(1, 1_000_000, "started", {"pid": 7})
    first.add("ended", status=0)
    first.close()
    second = Journal(path, now)
    assert second.last == Notice(2, 1_000_001, "ended", {"status": 0})
    assert second.add("started", pid=8).number == 3
    assert [notice.number for notice in journal.read(path)] == [1, 2, 3]
    assert [notice.number for notice in journal.read(path, 2)] == [3]
    assert path.stat().st_mode & 0o077 == 0
    second.close()


def test_torn_last_line_is_left_out_and_then_cut_off(tmp_path: Path, now: Callable[[], int]) -> None:
    path = tmp_path / "journal.jsonl"
    writer = Journal(path, now)
    writer.add("started", pid=7)
    writer.add("running", by="login")
    writer.close()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = journal.read(path)
        assert [notice.number for notice in kept] == list(range(1, whole[:length].count(b"\n") + 1))
        writer = Journal(path, now)
        writer.add("ended", status=0)
        writer.close()
        assert [notice.number for notice in journal.read(path)] == list(range(1, len(kept) + 2))


def test_damaged_lines_cost_nothing_but_themselves(tmp_path: Path, now: Callable[[], int]) -> None:
    path = tmp_path / "journal.jsonl"
    damage = b'\x00\x00\n[]\n{"notice": "x", "at": 1, "kind": "y"}\n' + b"[" * 5000 + b"\n"
    path.write_bytes(Notice(1, 5, "started").line() + damage + Notice(2, 6, "ended").line())
    assert [notice.kind for notice in journal.read(path)] == ["started", "ended"]
    assert journal.read(tmp_path / "none") == []


def test_long_journal_loses_its_older_half(
    tmp_path: Path, now: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LIMIT", 4000)
    path = tmp_path / "journal.jsonl"
    writer = Journal(path, now)
    for number in range(500):
        writer.add("ref_code", code=f"C{number:04X}", text="")
        assert path.stat().st_size < 4200
    kept = [notice.number for notice in writer.since(0)]
    assert kept == list(range(kept[0], 501))
    assert os.listdir(tmp_path) == ["journal.jsonl"]
    writer.close()


def test_full_disk_loses_nothing(
    tmp_path: Path, now: Callable[[], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.jsonl"
    writer = Journal(path, now)
    writer.add("started", pid=7)
    heard: list[Notice] = []
    writer.watch(heard.append)
    pwrite = os.pwrite

    def full(file: int, text: bytes, offset: int) -> int:
        pwrite(file, text[: len(text) // 2], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    writer.add("running", by="login")
    writer.add("ref_code", code="C0000", text="")
    assert [notice.number for notice in heard] == [2, 3], "watchers hear at once"
    assert [notice.number for notice in writer.since(0)] == [1, 2, 3]
    assert [notice.number for notice in writer.since(2)] == [3]
    assert len(journal.read(path)) < 3
    assert "No space left" in capsys.readouterr().err
    monkeypatch.undo()
    writer.add("ended", status=0)
    assert [notice.number for notice in journal.read(path)] == [1, 2, 3, 4]
    writer.close()


def test_what_changes_a_state_waits_for_the_disk(
    tmp_path: Path, now: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    writer = Journal(tmp_path / "journal.jsonl", now)
    writer.add("ref_code", code="C0000", text="")
    assert synced == []
    writer.add("running", by="login")
    assert len(synced) == 1
    writer.close()

"""A file is there whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openlpar import durable

KILLED = """
import os, sys
from openlpar import durable
count = int(sys.argv[2])

def counted(real):
    def call(*words, **options):
        global count
        count -= 1
        if count < 0:
            os._exit(9)
        return real(*words, **options)
    return call

for name in ("open", "unlink", "replace", "fsync", "fchmod", "close", "fdopen"):
    setattr(os, name, counted(getattr(os, name)))
durable.write(sys.argv[1], b"new" * 100_000)
"""


def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    seen = set()
    for count in range(40):
        path.write_bytes(b"old" * 1000)
        ended = subprocess.run([sys.executable, "-c", KILLED, path, str(count)], check=False).returncode
        found = path.read_bytes()
        assert found in (b"old" * 1000, b"new" * 100_000)
        seen.add(found[:3])
        if ended == 0:
            break
    assert seen == {b"old", b"new"}
    durable.write(path, b"later")  # what a killed one left is in nobody's way
    assert path.read_bytes() == b"later"


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"old")
    script = f"from openlpar import durable; durable.write({str(path)!r}, b'new' * 100_000)"
    done = subprocess.run(
        ["prlimit", "--fsize=1000", sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert "File too large" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]
    assert path.read_bytes() == b"old"


def test_mode_and_time_are_what_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    durable.write(path, b"x", 0o640, "no such group", 1_464_901_557_000)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_mtime == 1_464_901_557


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.write(tmp_path / "none" / "backup", b"x")

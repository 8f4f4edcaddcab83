"""Golden tests: each file in ``golden`` is a terminal session with a fresh simulated system.

Lines that begin with ``$ `` are commands, what follows is what they must print, errors after output; ``[exit N]`` stands
for a status but 0. Lines that begin with ``#`` are remarks; ``# system: NAME`` chooses ``systems/NAME``. To add a case write a
command; to accept the present output run with ``UPDATE_GOLDEN=1`` and review the difference.
"""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.chlickey import main as chlickey
from openlpar.cli.ldfware import main as ldfware
from openlpar.cli.openlpar.entry import main as openlpar
from openlpar.cli.pvmctl.entry import main as pvmctl
from openlpar.cli.viosvrcmd import main as viosvrcmd
from tests.conftest import start_server

PROGRAMS = {"pvmctl": pvmctl, "openlpar": openlpar, "viosvrcmd": viosvrcmd, "ldfware": ldfware, "chlickey": chlickey}
HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.txt"))
UUID = re.compile(r"\b[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of a transcript in order: remark or command, and what follows it."""
    head, *pieces = re.split(r"^(?=\$ )", text, flags=re.MULTILINE)
    yield "", head
    for piece in pieces:
        command, _, rest = piece.partition("\n")
        yield command, rest


def remarks(text: str) -> str:
    """The remarks and blank lines at the end of an output: they belong to the reader, not to the command."""
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end and (lines[end - 1].startswith("#") or not lines[end - 1].strip()):
        end -= 1
    return "".join(lines[end:])


def performed(command: str, expected: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The command with what it prints now."""
    program, *words = shlex.split(command.removeprefix("$ "))
    status = PROGRAMS[program](words)
    out, err = capsys.readouterr()
    ended = f"[exit {status}]\n" if status else ""
    return f"{command}\n{UUID.sub('UUID', out + err)}{ended}{remarks(expected)}"


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_transcript(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = golden.read_text(encoding="utf-8")
    system = re.search(r"^# system: (\S+)", written, re.MULTILINE)
    happened = []
    server = start_server(tmp_path / "data", *(("--system", str(HERE / "systems" / system[1])) if system else ()))
    try:
        monkeypatch.setenv("OPENLPAR_URL", server.http)
        monkeypatch.chdir(tmp_path)
        for package in ("01SV860_226_165.rpm", "01SV860_230_230.rpm", "01VL950_110_045.rpm"):
            (tmp_path / package).write_bytes(b"firmware")
        (tmp_path / "tiny.iso").write_bytes(bytes(2048) * 512)
        capsys.readouterr()
        for command, expected in sessions(written):
            happened.append(performed(command, expected, capsys) if command else expected)
    finally:
        server.stop()
    now = "".join(happened)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(now, encoding="utf-8")
        written = now
    assert now == written


def test_there_are_transcripts() -> None:
    assert GOLDEN, "tests/pvmctl/golden is empty"

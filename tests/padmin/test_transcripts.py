"""Golden tests: each file in ``golden`` is a session of user padmin on vios1 of ``system.yaml``, begun anew.

Lines that begin with ``$ `` are commands, what follows is what they must print, errors after output; ``[exit N]`` stands
for a status but 0. Lines that begin with ``#`` are remarks. To accept the present output run with ``UPDATE_GOLDEN=1`` and
review the difference.
"""

import os
import re
from pathlib import Path

import pytest

from tests.padmin.conftest import Padmin

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.txt"))


def remarks(text: str) -> str:
    """The remarks and blank lines at the end of an output: they belong to the reader, not to the command."""
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end and (lines[end - 1].startswith("#") or not lines[end - 1].strip()):
        end -= 1
    return "".join(lines[end:])


def performed(padmin: Padmin, command: str, expected: str) -> str:
    """The command with what it prints now."""
    result = padmin.run(command)
    ended = f"[exit {result.status}]\n" if result.status else ""
    return f"$ {command}\n{result.stdout}{result.stderr}{ended}{remarks(expected)}"


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_transcript(golden: Path, padmin: Padmin) -> None:
    written = golden.read_text(encoding="utf-8")
    head, *pieces = re.split(r"^\$ ", written, flags=re.MULTILINE)
    happened = head
    for piece in pieces:
        command, _, expected = piece.partition("\n")
        happened += performed(padmin, command, expected)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(happened, encoding="utf-8")
    assert happened == written

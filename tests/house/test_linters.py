"""Format, lint, types and layers as ordinary tests: ``pytest`` alone tells whether a change may land."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.timeout(600)  # mypy with a cold cache on a busy machine
@pytest.mark.parametrize(
    ("command", "lesson"),
    [
        (["ruff", "format", "--check", "."], "the format differs; `.venv/bin/ruff format .` mends it"),
        (["ruff", "check", "."], "lint; `.venv/bin/ruff check --fix .` mends a part of it"),
        (["mypy"], "types do not fit"),
        (["lint-imports"], "an import crosses a floor: see the table in docs/explanation/architecture.md"),
    ],
    ids=["format", "lint", "types", "layers"],
)
def test_linter(command: list[str], lesson: str) -> None:
    run = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{lesson}\n{run.stdout}{run.stderr}"


def test_documentation_builds(tmp_path: Path) -> None:
    command = [str(BIN / "mkdocs"), "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lesson = "a link leads nowhere, or a page is missing from the `nav` of mkdocs.yml"
    assert run.returncode == 0, f"{lesson}\n{run.stdout}{run.stderr}"

"""The project's files, as the house rules see them."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "openlpar"

# What belongs to the project; whatever else lies in a working folder (.venv, site/, the state of `make run`) does not.
_FOLDERS = (".ci", "changes", "docs", "packaging", "perf", "requirements", "src", "tests")


def files() -> Iterator[Path]:
    """Every file of the project, in a stable order."""
    yield from sorted(path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")
    for folder in _FOLDERS:
        yield from sorted(p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def modules(*packages: str) -> list[Path]:
    """Python files of some packages of ours (``uom``, ``ops``; a package may be a single file), or of all of them."""
    if not packages:
        return sorted(SOURCE.rglob("*.py"))
    found = [path for name in packages for path in sorted((SOURCE / name).rglob("*.py"))]
    return found + [path for name in packages if (path := SOURCE / f"{name}.py").exists()]


@functools.cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module name) of every import of a file, late ones too."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def place(path: Path, line: int = 0) -> str:
    """How a message names a spot: ``src/openlpar/ops/core.py:12``."""
    return f"{path.relative_to(ROOT)}{f':{line}' if line else ''}"


def complain(rule: str, offenders: list[str]) -> None:
    """Fail with the rule first, then each offender on a line of its own."""
    assert not offenders, "\n  ".join([rule, *offenders])

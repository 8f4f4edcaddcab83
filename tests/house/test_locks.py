"""The locks hold what pyproject.toml declares, exactly, and nothing about where it comes from."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house import tree
from tests.house.test_documents import PROJECT

LOCKS = sorted((tree.ROOT / "requirements").glob("*.txt"))


def pins(path: Path) -> dict[str, str]:
    """Name to version of a lock, with the locks it includes."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= pins(path.parent / line.removeprefix("-r ").strip())
        elif line and not line.startswith("#"):
            name, _, version = line.partition("==")
            found[canonicalize_name(name)] = version
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_locks_are_exact_pins(path: Path) -> None:
    loose = [
        f"{tree.place(path, n)}: {line}"
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not re.fullmatch(r"#.*|-r [a-z]+\.txt|[\w.-]+==[\w.]+", line)
    ]
    tree.complain("A lock has one NAME==VERSION a line, no address, no range.", loose)


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("server", PROJECT["project"]["optional-dependencies"]["server"]),
        ("qemu", PROJECT["project"]["optional-dependencies"]["qemu"]),
        ("dev", PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_locks_satisfy_what_is_declared(lock: str, declared: list[str]) -> None:
    locked = pins(tree.ROOT / "requirements" / f"{lock}.txt")
    wrong = [
        f"{need}: requirements/{lock}.txt has {locked.get(canonicalize_name(need.name), 'nothing')}"
        for need in map(Requirement, declared)
        if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))
    ]
    tree.complain("Renew the lock: see docs/how-to/change-openlpar.md.", wrong)

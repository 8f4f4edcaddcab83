"""``python -m docs.generate``: writes every generated page that is not as it should be, and removes those that are no more."""

from __future__ import annotations

from pathlib import Path

from docs.generate import (
    commands,
    coverage,
    elements,
    inventory,
    messages,
    operations,
    performance,
    routes,
    scenarios,
    simulation,
)
from docs.generate.markdown import MADE
from openlpar import ops

REFERENCE = Path(__file__).parents[1] / "reference"
_SUBJECTS = (elements, messages, operations, routes, commands, inventory, simulation, scenarios, coverage, performance)


def pages() -> dict[Path, str]:
    """All generated pages."""
    ops.load()
    return {REFERENCE / name: text for subject in _SUBJECTS for name, text in subject.pages().items()}


def generated() -> set[Path]:
    """The pages that were generated some time ago."""
    return {path for path in REFERENCE.rglob("*.md") if path.read_text(encoding="utf-8").startswith(MADE)}


def main() -> None:
    wanted = pages()
    for path in generated() - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Where the messages of the catalogue are used: found in the syntax trees of the project's own files."""

from __future__ import annotations

import ast
import functools
import importlib
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from openlpar.messages import Message
from tests.house.tree import ROOT, SOURCE, modules, syntax

# Where messages are declared: a declaration is no use.
DECLARING = sorted([*(SOURCE / "messages").glob("*.py"), *SOURCE.rglob("*/messages.py")])


class Use(NamedTuple):
    """A message that is named in a file. call: of its ``error``, or of what it is passed on to as the first argument;
    passed_to: the name of that function, "" for its own ``error``."""

    path: Path
    line: int
    message: Message
    call: ast.Call | None
    passed_to: str


@functools.cache
def declared() -> dict[str, Message]:
    """Every message, by the name it is declared under: ``partition.ALREADY_ON``."""
    return {
        f"{module.__name__.removeprefix('openlpar.')}.{name}": value
        for module in map(_module, DECLARING)
        for name, value in vars(module).items()
        if isinstance(value, Message)
    }


def _module(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))


def placeholders(message: Message) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message.text + message.remedy) if name}


def uses(paths: Iterable[Path]) -> Iterator[Use]:
    """Every place that names a message, as ``say.ALREADY_ON`` or by a name that was imported from its module."""
    for path in paths:
        if path in DECLARING:
            continue
        names = _imported(path)
        calls = _calls(path)
        for node in ast.walk(syntax(path)):
            message: object = None
            if isinstance(node, ast.Name):
                message = names.get(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                message = getattr(names.get(node.value.id), node.attr, None)
            if isinstance(node, ast.expr) and isinstance(message, Message):
                yield Use(path, node.lineno, message, *calls.get(id(node), (None, "")))


def _calls(path: Path) -> dict[int, tuple[ast.Call, str]]:
    """By the identity of the expression that is called ``error`` of, or is passed on."""
    found: dict[int, tuple[ast.Call, str]] = {}
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "error":
                found[id(node.func.value)] = node, ""
            if node.args and isinstance(node.func, ast.Attribute | ast.Name):
                found[id(node.args[0])] = node, node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    return found


def _imported(path: Path) -> dict[str, object]:
    """What the file's names stand for, of those that come from a module with messages."""
    found: dict[str, object] = {}
    for node in ast.walk(syntax(path)):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("openlpar"):
            continue
        module = importlib.import_module(node.module or "")
        for alias in node.names:
            try:
                value = getattr(module, alias.name, None) or importlib.import_module(f"{node.module}.{alias.name}")
            except ModuleNotFoundError:
                continue
            if isinstance(value, Message) or _declares(value):
                found[alias.asname or alias.name] = value
    return found


def _declares(value: object) -> bool:
    return isinstance(value, ModuleType) and Path(value.__file__ or "") in DECLARING


def in_source() -> Iterator[Use]:
    return uses(modules())


def in_tests() -> Iterator[Use]:
    return uses(sorted((ROOT / "tests").rglob("*.py")))

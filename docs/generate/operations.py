"""Operations with their steps, and the jobs that clients submit."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from types import FunctionType
from typing import Any, NamedTuple

from docs.generate.markdown import anchor, code, docstring, page, plain, prose, table
from openlpar.ops.core import AlwaysRefused, JobOperation, Operation, ResourceOperation

_OPERATIONS = """\
What can be done with the managed system. The engine locks the names an operation asks for, lets it check, which only reads, and
runs those of its steps that are needed, in this order; everything they altered becomes durable together. A step that acts
outside the state has an undo (↩), which runs when a later step fails. Step names are what `step` of a [fault rule](faults.md)
matches, operation names what `operation` does."""
_JOBS = """\
Long operations. `GET {type}/{uuid}/do/{job}` answers a form, `PUT` of the filled form submits it and answers at once, `GET
jobs/{id}` tells how it stands, `DELETE jobs/{id}` forgets it. A job that waits for states of the partition ends when the
partition is in one of them, and with an error when its time limit (simulated seconds) has passed first. Jobs survive a restart
of the service."""
_HOW = {"create": "PUT", "update": "POST", "delete": "DELETE"}


class Told(NamedTuple):
    """A step as its operation's code names it."""

    name: str
    has_undo: bool


def pages() -> dict[str, str]:
    return {"operations.md": _operations(), "jobs.md": _jobs()}


def operation_link(name: str) -> str:
    return f"[{code(name)}](operations.md#{anchor(name)})"


def _operations() -> str:
    asked: dict[type[Operation], list[str]] = defaultdict(list)
    for (verb, kind), resource in ResourceOperation.by_resource.items():
        asked[resource].append(f"`{_HOW[verb]} {kind.tag}`")
    for (group, job), submitted in JobOperation.by_job.items():
        asked[submitted].append(f"job [{job}](jobs.md#{anchor(f'{job} of {group}')}) of {group}")
    parts = [_OPERATIONS]
    for name, operation in sorted(Operation.registry.items()):
        by = ", ".join(asked[operation]) or "OpenLPAR's own clients, commands and uploads"
        facts = [f"Asked for by {by}.", f"Evidence: {operation.evidence.level}, {plain(operation.evidence.source)}."]
        parts += [f"## {name}", _about(operation), " ".join(facts), _listed(operation)]
    return page("Operations", *parts)


def _about(operation: type[Operation]) -> str:
    """What it does; many classes leave that to the text of their module."""
    own = docstring(operation)
    if "see the module" in own.lower() or own.startswith("See "):
        own = docstring(sys.modules[operation.__module__])
    return prose(own)


def _listed(operation: type[Operation]) -> str:
    if issubclass(operation, AlwaysRefused):
        return "No steps: its check always refuses."
    found = list(dict.fromkeys(steps(operation)))
    if not found:
        return "No steps: it reads."
    return "\n".join(f"{n}. {plain(step.name)}{' ↩' * step.has_undo}" for n, step in enumerate(found, 1))


def steps(operation: type[Operation]) -> Iterator[Told]:
    """The steps that an operation may yield, in the order of its code: each that it names itself, those of ``super()``, of
    functions it yields from, and of operations it is made with."""
    yield from _steps_of(operation, operation.__mro__)


def _steps_of(operation: type[Operation], mro: tuple[type[Any], ...]) -> Iterator[Told]:
    for place, owner in enumerate(mro):
        function = vars(owner).get("steps")
        if isinstance(function, FunctionType):
            yield from _told(function, operation, mro[place + 1 :])
            return


def _told(function: FunctionType, operation: type[Operation], above: tuple[type[Any], ...]) -> Iterator[Told]:
    names = vars(sys.modules[function.__module__])
    for node in _calls(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        called = ast.unparse(node.func)
        if called == "Step":
            pair = any(isinstance(given, ast.Starred) for given in node.args)
            undo = pair or len(node.args) > 2 or any(word.arg == "undo" for word in node.keywords)
            yield Told(_text(node.args[0]), undo)
        elif called == "super().steps":
            yield from _steps_of(operation, above)
        elif called.endswith(".steps"):
            yield from steps(_part(function, called.removesuffix(".steps")))
        else:
            target: Any = names
            for word in called.split("."):
                target = target.get(word) if isinstance(target, dict) else getattr(target, word, None)
            if isinstance(target, FunctionType) and target.__module__.startswith("openlpar.ops."):
                yield from _told(target, operation, ())


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """In the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return iter(sorted(found, key=lambda node: (node.lineno, node.col_offset)))


def _text(node: ast.expr) -> str:
    """A step's name; what an f-string puts in stands in braces."""
    if isinstance(node, ast.JoinedStr):
        words = (part.value if isinstance(part, ast.Constant) else "{…}" for part in node.values)
        return "".join(map(str, words))
    return str(ast.literal_eval(node))


def _part(function: FunctionType, name: str) -> type[Any]:
    """What has the steps that are called by a name, in a field (``self._removal``) or for the moment: the class it is made from."""
    module = sys.modules[function.__module__]
    inside = function.__qualname__.split(".")[0]
    for source in (getattr(module, inside), module):
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(source)))):
            if (
                isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == name
                and isinstance(node.value, ast.Call)
            ):
                made: type[Any] = vars(module)[ast.unparse(node.value.func)]
                return made
    raise LookupError(f"{function.__qualname__}: nothing is assigned to {name}")


def _jobs() -> str:
    parts = [_JOBS]
    groups = dict.fromkeys(group for group, _ in sorted(JobOperation.by_job))
    for group in groups:
        parts.append(f"## {group}")
        for (owner, job), operation in sorted(JobOperation.by_job.items()):
            if owner == group:
                parts += _job(group, job, operation)
    return page("Jobs", *parts)


def _job(group: str, job: str, operation: type[JobOperation]) -> Iterator[str]:
    yield f"### {job} of {group}"
    waits = "awaits" in {name for owner in operation.__mro__[:-2] for name in vars(owner) if owner is not JobOperation}
    limit = f" Waits for states of the partition, at most {operation.time_limit_s} s." if waits else ""
    refused = " **Always refused**: not supported on this system." if issubclass(operation, AlwaysRefused) else ""
    evidence = f"{operation.evidence.level}, {plain(operation.evidence.source)}"
    link = operation_link(operation.name)
    yield f"{_about(operation)}{refused}{limit} Operation {link}; evidence: {evidence}."
    if operation.parameters:
        yield table(("parameter", ""), ((code(name), prose(text)) for name, text in operation.parameters.items()))

"""A command of ``ioscli``: what every one of them has."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from openlpar.vios.padmin.options import Option, Part, chosen, parsed
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.refused import REFUSED
from openlpar.vios.padmin.server import Server

_PACKAGE = "openlpar.vios.padmin.commands"


class Command:
    """Base of all commands; subclasses register themselves by ``name``, those without one are bases of others. The first line of
    their text is what ``help`` says.

    group: heading of ``help`` that lists it. before_licence: it works before the licence was accepted. prime: only padmin may
    run it. paged: at a terminal its output is shown page by page. instead: what to do without a terminal, for a command that needs
    one.
    A form's method yields the lines of standard output; it raises Refusal, or lets a Failure of the operator pass. Where a part
    was done and stays, it sets ``exit_status``.
    """

    name: ClassVar[str] = ""
    purpose: ClassVar[str] = ""
    group: ClassVar[str] = ""
    before_licence: ClassVar[bool] = False
    prime: ClassVar[bool] = False
    paged: ClassVar[bool] = False
    instead: ClassVar[str | None] = None
    options: ClassVar[tuple[Option[Any], ...]] = ()
    forms: ClassVar[tuple[tuple[Part, str], ...]] = ()
    registry: ClassVar[dict[str, type[Command]]] = {}

    def __init_subclass__(
        cls, *, name: str = "", group: str = "", before_licence: bool = False, prime: bool = False
    ) -> None:
        super().__init_subclass__()
        if not name:
            return  # what several commands have in common
        if name in Command.registry:
            raise TypeError(f"command {name} is declared twice")
        cls.name, cls.group, cls.before_licence, cls.prime = name, group, before_licence, prime
        cls.purpose = (cls.__doc__ or "").partition("\n")[0]
        declared = [value for base in cls.__mro__ for value in vars(base).values()]
        cls.options = tuple(value for value in declared if isinstance(value, Option))
        cls.forms = tuple(
            (part, value.__name__) for value in declared for part in getattr(value, "forms", ()) if callable(value)
        )
        Command.registry[name] = cls

    def __init__(self, server: Server, words: Sequence[str]) -> None:
        """words: what follows the command's name. Raises Refusal."""
        self.server = server
        self.exit_status = Status.DONE
        self.given, self.method = self._understood(list(words))

    def _understood(self, words: list[str]) -> tuple[dict[str, Any], str]:
        """What was given, and the method of the form that fits."""
        given = parsed(words, self.options)
        try:
            return given, chosen(self.forms, given)
        except Refusal:
            if not words or words[-1].startswith("-"):
                raise
            # "lsvg -field PPs rootvg": an option with several values has taken the operand behind it.
            try:
                moved = parsed([words[-1], *words[:-1]], self.options)
                return moved, chosen(self.forms, moved)
            except Refusal:
                pass
            raise

    def run(self) -> Iterable[str]:
        if self.instead is not None:
            self.server.sitting.need_terminal(self.name, self.instead)
        lines: Iterable[str] = getattr(self, self.method)()
        return lines

    @classmethod
    def usage(cls) -> str:
        lines = [" ".join(part for part in (cls.name, form.usage) if part) for form, _ in cls.forms]
        return "Usage: " + "\n       ".join(lines)

    @classmethod
    def help(cls) -> str:
        width = max((len(option.usage) for option in cls.options), default=0)
        flags = [f"  {option.usage:<{width}}  {option.text}" for option in cls.options]
        return "\n".join([cls.usage(), "", cls.purpose, *(["", *flags] if flags else [])])


def find(name: str) -> type[Command]:
    """Only the module of this command is imported: there are many. Raises Refusal as a shell does."""
    if name not in Command.registry and name in _modules():
        importlib.import_module(f"{_PACKAGE}.{name}")
    command = Command.registry.get(name)
    if command is not None:
        return command
    if name in REFUSED:
        raise Refusal(
            Status.INCOMPLETE,
            f"{name}: this command of the Virtual I/O Server is not available here: {REFUSED[name]}. Nothing was done.",
        )
    raise Refusal(Status.NO_COMMAND, f"rksh: {name}:  not found.")


def load() -> None:
    """Imports every command, so that all have registered themselves."""
    for name in _modules():
        importlib.import_module(f"{_PACKAGE}.{name}")


@functools.cache
def _modules() -> frozenset[str]:
    """Names of the commands: each is in a module of its name."""
    package = importlib.import_module(_PACKAGE)
    return frozenset(module.name for module in pkgutil.iter_modules(package.__path__))

"""What the words of a command mean: options are declared once, and usage, help and parsing follow.

    class Lspv(Command, name="lspv", group="Physical Volume"):
        free = Flag("-free", "disks that back nothing yet")
        field = Values("-field", "FieldName", "fields to print, in this order")
        disk = Operand("PhysicalVolume", "the disk to describe")

        @form(may(free), may(field))
        def list_all(self) -> Iterator[str]: ...

        @form(disk)
        def describe(self) -> Iterator[str]: ...

A form is one line of the usage. Parts of a form: an option (required), ``may(part)``, ``one(part, part)`` (exactly one),
``all_of(part, part)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

from openlpar.vios.padmin.refusal import Refusal, Status

if TYPE_CHECKING:
    from openlpar.vios.padmin.command import Command

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Iterable[str]])
Given = Mapping[str, Any]


Pick = Callable[[Sequence["Part"]], "Part"]


class Part(ABC):
    """A part of a form."""

    usage: str

    @abstractmethod
    def options(self) -> Iterator[Option[Any]]:
        """All options that may stand here."""
        ...

    @abstractmethod
    def missing(self, given: Collection[str]) -> str:
        """What is needed beside the options that were given; "" when nothing is."""
        ...

    @abstractmethod
    def fields(self, pick: Pick) -> Iterator[tuple[Option[Any], bool]]:
        """The options to be filled in, each with whether it is needed. pick: chooses where one of several parts is."""
        ...

    def begun(self, given: Collection[str]) -> bool:
        return any(option.name in given for option in self.options())


class Option(Part, Generic[T]):
    """Base of all kinds of option. word: as typed (``-free``), "" for operands. metavar: what its value is called."""

    def __init__(self, word: str, metavar: str, text: str) -> None:
        self.word = word
        self.metavar = metavar
        self.text = text
        self.name = ""
        self.usage = " ".join(part for part in (word, metavar) if part)

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, command: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, command: Command, owner: type[Any]) -> T: ...
    def __get__(self, command: Command | None, owner: type[Any]) -> Self | T:
        if command is None:
            return self
        return cast(T, command.given.get(self.name, self.zero()))

    @abstractmethod
    def zero(self) -> T: ...

    @abstractmethod
    def take(self, words: list[str], known: Collection[str]) -> T:
        """The value, taken from the front of the words that follow the option. Raises Refusal."""
        ...

    def options(self) -> Iterator[Option[Any]]:
        yield self

    def missing(self, given: Collection[str]) -> str:
        return "" if self.name in given else self.usage

    def fields(self, pick: Pick) -> Iterator[tuple[Option[Any], bool]]:
        yield self, True


class Flag(Option[bool]):
    """An option without a value: ``-free``."""

    def __init__(self, word: str, text: str) -> None:
        super().__init__(word, "", text)

    def zero(self) -> bool:
        return False

    def take(self, words: list[str], known: Collection[str]) -> bool:
        return True


class Value(Option[str]):
    """An option with one value: ``-fmt Delimiter``."""

    def zero(self) -> str:
        return ""

    def take(self, words: list[str], known: Collection[str]) -> str:
        if not words or words[0] in known:
            raise Refusal(Status.SYNTAX, f"Option flag {self.word} requires an argument: {self.usage}.")
        return words.pop(0)


class ValueOrAll(Option[str]):
    """An option whose value may be left out: ``-attr`` for all attributes, ``-attr pvid`` for one. All is "*"."""

    def __init__(self, word: str, metavar: str, text: str) -> None:
        super().__init__(word, f"[{metavar}]", text)

    def zero(self) -> str:
        return ""

    def take(self, words: list[str], known: Collection[str]) -> str:
        return words.pop(0) if words and not words[0].startswith("-") else "*"


class ValueOrNone(Option[str]):
    """An option that says something without its value too: ``-fcp`` for no port, ``-fcp fcs0`` for one. Then it is ""."""

    def __init__(self, word: str, metavar: str, text: str) -> None:
        super().__init__(word, f"[{metavar}]", text)

    def zero(self) -> str:
        return ""

    def take(self, words: list[str], known: Collection[str]) -> str:
        return words.pop(0) if words and not words[0].startswith("-") else ""


class Values(Option[tuple[str, ...]]):
    """An option with one or more values: ``-field FieldName ...``."""

    def __init__(self, word: str, metavar: str, text: str) -> None:
        super().__init__(word, f"{metavar} ...", text)

    def zero(self) -> tuple[str, ...]:
        return ()

    def take(self, words: list[str], known: Collection[str]) -> tuple[str, ...]:
        values: list[str] = []
        while words and not words[0].startswith("-"):
            values.append(words.pop(0))
        if not values:
            raise Refusal(Status.SYNTAX, f"Option flag {self.word} requires an argument: {self.usage}.")
        return tuple(values)


class Operand(Option[str]):
    """A word without an option before it; operands are taken in the order of their declaration."""

    def __init__(self, metavar: str, text: str) -> None:
        super().__init__("", metavar, text)

    def zero(self) -> str:
        return ""

    def take(self, words: list[str], known: Collection[str]) -> str:
        return words.pop(0)


class Operands(Option[tuple[str, ...]]):
    """One or more words without an option before them, up to the next option: ``PhysicalVolume ...``."""

    def __init__(self, metavar: str, text: str) -> None:
        super().__init__("", f"{metavar} ...", text)

    def zero(self) -> tuple[str, ...]:
        return ()

    def take(self, words: list[str], known: Collection[str]) -> tuple[str, ...]:
        values: list[str] = []
        while words and not words[0].startswith("-"):
            values.append(words.pop(0))
        return tuple(values)


class _May(Part):
    def __init__(self, part: Part) -> None:
        self._part = part
        self.usage = f"[{part.usage}]"

    def options(self) -> Iterator[Option[Any]]:
        return self._part.options()

    def missing(self, given: Collection[str]) -> str:
        return self._part.missing(given) if self.begun(given) else ""

    def fields(self, pick: Pick) -> Iterator[tuple[Option[Any], bool]]:
        yield from ((option, False) for option in self.options())


class _AllOf(Part):
    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.usage = " ".join(f"{{{part.usage}}}" if isinstance(part, _One) else part.usage for part in parts)

    def options(self) -> Iterator[Option[Any]]:
        for part in self.parts:
            yield from part.options()

    def missing(self, given: Collection[str]) -> str:
        return next((missing for part in self.parts if (missing := part.missing(given))), "")

    def fields(self, pick: Pick) -> Iterator[tuple[Option[Any], bool]]:
        for part in self.parts:
            yield from part.fields(pick)


class _One(Part):
    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.usage = " | ".join(part.usage for part in parts)

    def options(self) -> Iterator[Option[Any]]:
        for part in self._parts:
            yield from part.options()

    def missing(self, given: Collection[str]) -> str:
        begun = [part for part in self._parts if part.begun(given)]
        if len(begun) > 1:
            return f"only one of {self.usage}"
        return begun[0].missing(given) if begun else self.usage

    def fields(self, pick: Pick) -> Iterator[tuple[Option[Any], bool]]:
        return pick(self._parts).fields(pick)


def may(part: Part) -> Part:
    return _May(part)


def one(*parts: Part) -> Part:
    return _One(parts)


def all_of(*parts: Part) -> Part:
    return _AllOf(parts)


def form(*parts: Part) -> Callable[[F], F]:
    """Declares a use of the command and the method that carries it out. A method may have several forms."""

    def declare(method: F) -> F:
        forms: list[Part] = getattr(method, "forms", [])
        forms.insert(0, _AllOf(parts))  # decorators apply from the inside out
        method.forms = forms  # type: ignore[attr-defined]  # where `Command` looks for it
        return method

    return declare


def parsed(words: Sequence[str], options: Sequence[Option[Any]]) -> dict[str, Any]:
    """Name of each option that was given, with its value. Raises Refusal."""
    by_word = {option.word: option for option in options if option.word}
    operands = [option for option in options if not option.word]
    given: dict[str, Any] = {}
    rest = list(words)
    while rest:
        option = by_word.get(rest[0])
        if option is not None:
            rest.pop(0)
        elif rest[0].startswith("-") and len(rest[0]) > 1:
            raise Refusal(Status.SYNTAX, f"Option flag {rest[0]} is not valid.")
        elif not operands:
            raise Refusal(Status.SYNTAX, f'"{rest[0]}" is not expected: there is no option before it that takes it.')
        else:
            option = operands.pop(0)
        given[option.name] = option.take(rest, by_word.keys())
    return given


def chosen(forms: Sequence[tuple[Part, str]], given: Collection[str]) -> str:
    """Name of the method whose form fits what was given. Raises Refusal with what stands in the way of the nearest one."""
    for part, method in forms:
        if set(given) <= {option.name for option in part.options()} and not part.missing(given):
            return method
    part, _ = max(forms, key=lambda candidate: _nearness(candidate[0], given))
    foreign = [name for name in given if name not in {option.name for option in part.options()}]
    if foreign:
        option = next(option for form, _ in forms for option in form.options() if option.name == foreign[0])
        what = f"Option flag {option.word}" if option.word else f'"{option.metavar}"'
        raise Refusal(Status.SYNTAX, f"{what} is not valid with the other options that were given.")
    missing = part.missing(given)
    if missing.startswith("only one of"):
        raise Refusal(Status.SYNTAX, f"Command accepts {missing}.")
    raise Refusal(Status.SYNTAX, f'Command requires option "{missing}".')


def _nearness(part: Part, given: Collection[str]) -> tuple[int, bool]:
    return sum(option.name in given for option in part.options()), not part.missing(given)

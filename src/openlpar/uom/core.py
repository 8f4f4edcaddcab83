"""How an element of the PowerVM Unified Object Model is declared.

An element type is a class; each of its fields is declared once, in wire order, with everything the
rest of the house derives from it: codec, store, ``pvmctl -d/--where/--set-fields``, reference page, tests.

    class VirtualSwitch(Element, metadata="id"):
        switch_id = Int("SwitchID", access="ROR")
        mode = Enum("SwitchMode", SwitchMode, access="CUD")

Elements are immutable values: ``evolve`` makes a changed copy. A field that is absent reads as the zero
of its type (``""``, ``0``, ``False``, an empty element, ``()``), as in protocol buffers; ``has`` tells
absent from zero, and only present fields are written.

Access codes (``kb`` on the wire) are explained in ``Access``; ``volatile`` (``kxe``) fields do not count for an ETag;
``group`` is the extended attribute group that carries the field; ``since`` (``ksv``) is the schema level that introduced it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

T = TypeVar("T")
E = TypeVar("E", bound="Element")


_SHOWN = 80
_WHOLE = re.compile(r"^\s*[+-]?[0-9]{1,40}\s*$")
# Digits before the point, and zeros behind it, beyond which a number counts nothing real: '1e9999999' is short to send and long to
# write, and sums of it would not fit the precision of Decimal.
_WIDEST = 15
_LONGEST = 40


class Access(enum.StrEnum):
    """When a client may set a field (``kb``). The reading of the letters is inferred from recorded data.

    RO read only, CO on create, CU on create and update, UO on update only;
    then R required, O optional, D the server supplies a default, A conditional.
    """

    ROR = "ROR"
    ROO = "ROO"
    COR = "COR"
    COD = "COD"
    CUR = "CUR"
    CUD = "CUD"
    CUA = "CUA"
    UOR = "UOR"
    UOD = "UOD"
    NONE = ""

    @property
    def on_create(self) -> bool:
        return self.value[:1] == "C" or self is Access.NONE

    @property
    def on_update(self) -> bool:
        return self.value[:2] in ("CU", "UO") or self is Access.NONE


class BadValue(ValueError):
    """A text that is not a value of the field; names the field, the text and what would be right."""


class Field(Generic[T]):
    """One child of an element: the single place where it is described.

    tag: element name on the wire. unit: of the number ("MB", "GB", "processors", "s"). hmc: attribute name of
    ``lssyscfg``/``chsyscfg``. cli: pvmctl's name where it differs from the Python name, or ``""`` where pvmctl has none.
    recorded: False when no recording shows it (the client can send it; position from the client's own order).
    """

    many: ClassVar[bool] = False
    kind: ClassVar[str] = "text"

    def __init__(
        self,
        tag: str,
        *,
        access: str = "",
        volatile: bool = False,
        group: str = "",
        since: str = "",
        cli: str | None = None,
        hmc: str = "",
        unit: str = "",
        recorded: bool = True,
    ) -> None:
        self.tag = tag
        self.access = Access(access)
        self.volatile = volatile
        self.group = group
        self.since = since
        self._cli = cli
        self.hmc = hmc
        self.unit = unit
        self.recorded = recorded
        self.name = ""
        self.position = -1
        self.owner: type[Element] = Element

    def __set_name__(self, owner: type[Element], name: str) -> None:
        self.name = name

    @property
    def cli(self) -> str:
        return self.name if self._cli is None else self._cli

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, obj: Element, owner: type[Any]) -> T: ...
    def __get__(self, obj: Element | None, owner: type[Any]) -> Self | T:
        if obj is None:
            return self
        value: T | None = obj._values[self.position]
        return self.zero() if value is None else value

    def __set__(self, obj: Element, value: T) -> None:
        raise AttributeError(f"{type(obj).__name__}.{self.name}: elements are immutable, use evolve()")

    def zero(self) -> T:
        return cast(T, "")

    def parse(self, text: str) -> T:
        """The value that a wire text stands for. Raises BadValue."""
        return cast(T, text)

    def format(self, value: T) -> str:
        return str(value)

    def bad(self, text: str, wanted: str) -> BadValue:
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return BadValue(f"{self.owner.__name__}.{self.tag}: {shown!r} is not {wanted}.")

    def __repr__(self) -> str:
        return f"<{self.owner.__name__}.{self.name} = {self.tag}>"


class Text(Field[str]):
    """A string."""


class Uuid(Text):
    """A UUID as text; partitions' are upper case, all others lower case, and case matters."""

    kind = "uuid"


class Int(Field[int]):
    """A whole number."""

    kind = "int"

    def zero(self) -> int:
        return 0

    def parse(self, text: str) -> int:
        if not _WHOLE.match(text):
            raise self.bad(text, "a whole number")
        return int(text)


class Number(Field[Decimal]):
    """A decimal number; Decimal keeps the digits as they were written and adds without rounding errors.

    places: how many decimals are written for values computed here (``quantity``).
    """

    kind = "number"

    def zero(self) -> Decimal:
        return Decimal(0)

    def parse(self, text: str) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.bad(text, "a number") from None
        if not text.isascii() or "_" in text:  # Python reads digits of all scripts, and underscores between them
            raise self.bad(text, "a number")
        if not value.is_finite():
            raise self.bad(text, "a finite number")
        if len(text) > _LONGEST or not -_WIDEST <= value.adjusted() < _WIDEST:
            raise self.bad(text, f"a number with at most {_WIDEST} digits before the point, or zeros behind it")
        return value

    def format(self, value: Decimal) -> str:
        return format(value, "f")


class Percent(Number):
    """A percentage, written with its sign: ``2.0%``."""

    kind = "percent"

    def parse(self, text: str) -> Decimal:
        return super().parse(text.removesuffix("%"))

    def format(self, value: Decimal) -> str:
        return format(value, "f") + "%"


class Bool(Field[bool]):
    """``true`` or ``false``."""

    kind = "bool"

    def zero(self) -> bool:
        return False

    def parse(self, text: str) -> bool:
        lowered = text.strip().lower()
        if lowered not in ("true", "false"):
            raise self.bad(text, "true or false")
        return lowered == "true"

    def format(self, value: bool) -> str:
        return "true" if value else "false"


class Enum(Field[str]):
    """One of a set of words. Values are kept as wire text: the recorded sets are known to be incomplete,
    so a word outside the set is read, and only a *client* that sends one is refused (``allows``)."""

    kind = "enum"

    def __init__(self, tag: str, values: type[enum.StrEnum], **options: Any) -> None:
        super().__init__(tag, **options)
        self.values = values

    def allows(self, text: str) -> bool:
        return text in {member.value for member in self.values}


class Href(Text):
    """A reference to another object: kept as path below the service (``VirtualIOServer/{uuid}``), absolute on the wire."""

    kind = "href"


class Many(Field[tuple[T, ...]], Generic[T]):
    """A field with several values, kept as a tuple."""

    many = True

    def zero(self) -> tuple[T, ...]:
        return ()


class Links(Many[str]):
    """A container of references; kept as paths like ``Href``."""

    kind = "links"


class Texts(Many[str]):
    """A repeated simple element."""

    kind = "texts"


class Ints(Many[int]):
    """A repeated whole number."""

    kind = "ints"


def _resolve(target: type[E] | Callable[[], type[E]]) -> type[E]:
    return target if isinstance(target, type) else target()


class Child(Field[E], Generic[E]):
    """A nested element. ``flat`` means that pvmctl names its fields after the outer object
    (``ManagedSystem.memory_free``) and not after the nested type."""

    kind = "child"

    def __init__(
        self, tag: str, target: type[E] | Callable[[], type[E]], *, flat: bool = False, **options: Any
    ) -> None:
        super().__init__(tag, **options)
        self._target = target
        self.flat = flat

    @property
    def target(self) -> type[E]:
        return _resolve(self._target)

    def zero(self) -> E:
        return self.target.empty()


class Children(Many[E], Generic[E]):
    """A repeated nested element without a container around it."""

    kind = "children"

    def __init__(self, tag: str, target: type[E] | Callable[[], type[E]], **options: Any) -> None:
        super().__init__(tag, **options)
        self._target = target

    @property
    def target(self) -> type[E]:
        return _resolve(self._target)


class Collection(Children[E], Generic[E]):
    """A container element that holds a repeated nested element: ``<VirtualDisks><VirtualDisk/>…</VirtualDisks>``.

    item: element name of the members. schema: the container carries schemaVersion and Metadata.
    """

    kind = "collection"

    def __init__(
        self,
        tag: str,
        target: type[E] | Callable[[], type[E]],
        *,
        item: str = "",
        schema: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(tag, target, **options)
        self._item = item
        self.schema = schema

    @property
    def item(self) -> str:
        return self._item or self.target.tag


class Element:
    """Base of all element types. See the module's text.

    uuid and parent identify a first-class object (``metadata="id"``): its AtomID, and the uuid of the object below
    which it lives (None for root types). extras: unknown child elements, kept verbatim as XML.
    """

    __slots__ = ("_values", "extras", "parent", "uuid")

    tag: ClassVar[str] = ""
    ns: ClassVar[str] = "uom"
    metadata: ClassVar[str] = "empty"
    schema: ClassVar[str] = "V1_3_0"
    fields: ClassVar[tuple[Field[Any], ...]] = ()
    by_name: ClassVar[dict[str, Field[Any]]] = {}
    by_tag: ClassVar[dict[str, Field[Any]]] = {}
    _empty: ClassVar[Any] = None

    uuid: str
    parent: str | None
    extras: tuple[str, ...]
    _values: list[Any]

    def __init_subclass__(
        cls,
        *,
        tag: str | None = None,
        ns: str | None = None,
        metadata: str | None = None,
        schema: str | None = None,
        **kwargs: Any,
    ) -> None:
        """tag: element name, default the class name. metadata: "id" for first-class objects, "empty", or "none"."""
        super().__init_subclass__(**kwargs)
        cls.tag = tag or cls.__name__
        if ns is not None:
            cls.ns = ns
        if metadata is not None:
            cls.metadata = metadata
        if schema is not None:
            cls.schema = schema
        cls._empty = None
        named = dict(cls.by_name)
        for name, value in vars(cls).items():
            if isinstance(value, Field):
                named[name] = value
        for position, (name, field) in enumerate(named.items()):
            if field.position not in (-1, position):
                raise TypeError(f"{cls.__name__}.{name}: an inherited field would move; redeclare it in the same place")
            field.position = position
            if name in vars(cls):
                field.owner = cls
        cls.fields = tuple(named.values())
        cls.by_name = named
        cls.by_tag = {field.tag: field for field in cls.fields}

    def __init__(self, **values: Any) -> None:
        """values: fields by Python name, and the identity: ``uuid``, ``parent``, ``extras``."""
        self.uuid = values.pop("uuid", "")
        self.parent = values.pop("parent", None)
        self.extras = values.pop("extras", ())
        self._values = [None] * len(self.fields)
        self._fill(values)

    def _fill(self, values: dict[str, Any]) -> None:
        by_name = self.by_name
        for name, value in values.items():
            field = by_name.get(name)
            if field is None:
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
            if value is not None and field.many:
                value = tuple(value)
            self._values[field.position] = value

    @classmethod
    def empty(cls) -> Self:
        if cls._empty is None:
            cls._empty = cls()
        return cast(Self, cls._empty)

    @classmethod
    def from_values(
        cls, values: list[Any], uuid: str = "", parent: str | None = None, extras: tuple[str, ...] = ()
    ) -> Self:
        """For codecs: takes ownership of a list with one value (or None) per field, in order."""
        self = cls.__new__(cls)
        self._values = values
        self.uuid = uuid
        self.parent = parent
        self.extras = extras
        return self

    def evolve(self, **changes: Any) -> Self:
        """A copy with some fields replaced; None removes a field. ``uuid`` and ``parent`` are replaced like fields."""
        other = self.from_values(
            self._values.copy(), changes.pop("uuid", self.uuid), changes.pop("parent", self.parent), self.extras
        )
        other._fill(changes)
        return other

    def has(self, name: str) -> bool:
        """Whether the field is present, be it zero or not."""
        return self._values[self.by_name[name].position] is not None

    def get(self, name: str) -> Any:
        """The field's value, or None when it is absent."""
        return self._values[self.by_name[name].position]

    def present(self) -> Iterator[tuple[Field[Any], Any]]:
        """The fields that are there, in wire order."""
        for field, value in zip(self.fields, self._values, strict=True):
            if value is not None:
                yield field, value

    def __bool__(self) -> bool:
        return bool(self.uuid) or any(value is not None for value in self._values)

    def __eq__(self, other: Any) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return self.uuid == other.uuid and self._values == other._values and self.extras == other.extras

    __hash__ = None  # type: ignore[assignment]  # values compared by content have no hash

    def __repr__(self) -> str:
        shown = ", ".join(f"{field.name}={value!r}" for field, value in self.present())
        identity = f"uuid={self.uuid!r}, " if self.uuid else ""
        return f"{type(self).__name__}({identity}{shown})"

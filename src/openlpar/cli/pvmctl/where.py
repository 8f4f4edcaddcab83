"""Conditions and assignments: ``Type.field=value``, ``Type.field!=Other.field``, ``-i name=vm1``, ``-s field=value``."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from openlpar.cli.pvmctl.fields import known, resolve, show
from openlpar.cli.pvmctl.noun import Noun, Row

_CONDITION = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(!=|==?)\s*(.*)", re.DOTALL)
_QUOTES = ("'", '"')


class Malformed(ValueError):
    """A text that is no condition; the command line is wrong."""


class Term(NamedTuple):
    """The parts of ``left OP right``. quoted: the right side was in quotes, so it cannot be a field."""

    left: str
    equal: bool
    right: str
    quoted: bool


def split(text: str, form: str = "FIELD=VALUE or FIELD!=VALUE") -> Term:
    """Raises Malformed. form: what the text should have been."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is not of the form {form}")
    left, operator, right = match.groups()
    quoted = len(right) >= 2 and right[0] in _QUOTES and right[-1] == right[0]
    return Term(left, operator != "!=", right[1:-1] if quoted else right, quoted)


def assignment(text: str) -> tuple[str, str]:
    """Raises Malformed."""
    form = "FIELD=VALUE"
    term = split(text, form)
    if not term.equal:
        raise Malformed(f"{text!r} is not of the form {form}")
    return term.left, term.right


def condition(noun: Noun, text: str) -> Callable[[Row], bool]:
    """The test that a condition stands for. Raises Malformed, or a Failure for unknown fields."""
    term = split(text)
    left = resolve(noun, term.left).read
    if not term.quoted and known(noun, term.right):
        other = resolve(noun, term.right).read
        return lambda row: same(left(row), show(other(row))) == term.equal
    return lambda row: same(left(row), term.right) == term.equal


def same(value: Any, text: str) -> bool:
    """Whether a field's value is what a user wrote. An absent field equals the empty text only."""
    shown = show(value)
    if shown == text:
        return True
    if isinstance(value, bool):
        return shown.lower() == text.lower()
    if isinstance(value, int | Decimal):
        try:
            return Decimal(text) == value
        except InvalidOperation:
            return False
    return False

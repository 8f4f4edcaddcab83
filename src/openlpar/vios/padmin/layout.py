"""How commands print: columns for people, delimited fields (``-fmt``) for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from openlpar.vios.padmin.refusal import Refusal, Status

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing. name: what -field calls it. width: up to the next column; right: aligned to its end; gap: blanks
    before it."""

    name: str
    heading: str
    width: int
    right: bool = False
    gap: int = 0

    def cell(self, text: str) -> str:
        return " " * self.gap + (f"{text:>{self.width}}" if self.right else f"{text:<{self.width}}")


def picked(columns: Sequence[Column], fields: Sequence[str]) -> Sequence[Column]:
    """The columns that -field names, by name or heading, in that order; all without -field. Raises Refusal."""
    if not fields:
        return columns
    return [_column(columns, field) for field in fields]


def _column(columns: Sequence[Column], field: str) -> Column:
    wanted = field.strip().lower()
    for column in columns:
        if wanted in (column.name.lower(), column.heading.strip().rstrip(":").lower()):
            return column
    known = ", ".join(f'"{column.name}"' if " " in column.name else column.name for column in columns)
    raise Refusal(Status.SYNTAX, f'Field name "{field}" is not valid. The fields are: {known}.')


def listing(
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    fields: Sequence[str] = (),
    delimiter: str = "",
    header: bool = True,
    ruler: bool = False,
) -> Iterator[str]:
    """Lines of a listing. With a delimiter there are no columns and no header."""
    chosen = picked(columns, fields)
    if delimiter:
        for row in rows:
            yield delimited([row[column.name] for column in chosen], delimiter)
        return
    if header:
        yield line(chosen, {column.name: column.heading for column in chosen})
        if ruler:
            yield line(chosen, {column.name: "-" * (column.width - 1) for column in chosen})
    for row in rows:
        yield line(chosen, row)


def line(columns: Sequence[Column], row: Row) -> str:
    return "".join(column.cell(row[column.name]) for column in columns).rstrip()


def delimited(values: Iterable[str], delimiter: str) -> str:
    """Fields for a script; a blank stands for an empty field, as on a VIOS."""
    _check(delimiter)
    return delimiter.join(value or " " for value in values)


def _check(delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter.isspace():
        raise Refusal(
            Status.SYNTAX, f'The delimiter "{delimiter}" is not valid. Use one character that is not a blank.'
        )


def described(pairs: Sequence[tuple[str, str]], *, fields: Sequence[str], delimiter: str) -> Iterator[str]:
    """Chosen fields of one object that is described by labels: ``TOTAL PPs: 558 (285696 megabytes)``."""
    columns = [Column(label, label, 0) for label, _ in pairs]
    values = dict(pairs)
    labels = [column.name for column in picked(columns, fields)]
    if delimiter:
        yield delimited([values[label] for label in labels], delimiter)
        return
    for label in labels:
        yield f"{label}:".ljust(20) + values[label]

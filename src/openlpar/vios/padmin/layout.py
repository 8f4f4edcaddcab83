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
    """A cell that is too long pushes the others on: between two there is always a blank."""
    made = ""
    for column in columns:
        cell = column.cell(row[column.name])
        if made and cell and not made[-1].isspace() and not cell[0].isspace():
            made += " "
        made += cell
    return made.rstrip()


def delimited(values: Iterable[str], delimiter: str) -> str:
    """Fields for a script; a blank stands for an empty field, as on a VIOS."""
    _check(delimiter)
    return delimiter.join(value or " " for value in values)


def _check(delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter.isspace():
        raise Refusal(
            Status.SYNTAX, f'The delimiter "{delimiter}" is not valid. Use one character that is not a blank.'
        )


def report(
    rows: Sequence[Row],
    table: Sequence[Column],
    everything: Sequence[Column],
    *,
    title: str,
    verbose: bool = False,
    fields: Sequence[str] = (),
    delimiter: str = "",
    header: bool = False,
) -> Iterator[str]:
    """How the commands of the shared storage pool list things: a table below a title, labelled blocks (-verbose, -field), or
    delimited lines. table: its columns; everything: all fields there are. header: a line of field names before delimited ones."""
    columns = picked(everything if verbose or fields else table, fields)
    if delimiter:
        if header:
            yield delimiter.join(column.heading for column in columns)
        yield from (delimited([row[column.name] for column in columns], delimiter) for row in rows)
    elif verbose or fields:
        width = max(len(column.heading) for column in everything) + 2
        for number, row in enumerate(rows):
            yield from [""] if number else []
            yield from (f"{column.heading + ':':<{width}}{row[column.name]}" for column in columns)
    else:
        yield title
        yield from listing(columns, rows)


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

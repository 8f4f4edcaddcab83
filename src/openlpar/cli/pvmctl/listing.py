"""The verb ``list``, the same for every type."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from openlpar.cli.pvmctl import table
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.fields import Ref, resolve, show
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.values import count
from openlpar.cli.pvmctl.where import split

OPTIONS = (
    option("--hide-label", action="store_true", help="print values only, without 'field='"),
    option("-f", "--field-delimiter", metavar="C", default=",", help="between the fields of a line (default: a comma)"),
    option(
        "--width",
        type=count,
        metavar="N",
        help="fit the table into N characters, 0 for never shorten (default: the terminal's width, or 80)",
    ),
)


def verb(*examples: str) -> Verb:
    return Verb("list", "show objects as a table, or chosen fields of them", run, "ipdw", OPTIONS, examples)


def run(call: Call) -> int:
    """Prints the rows. With ``-d`` one line per object, else the table; nothing when nothing is selected."""
    noun, args = call.noun, call.args
    wanted = [name for text in args.display_fields or () for name in text.split(",") if name]
    refs = [resolve(noun, name) for name in wanted]
    rows = call.rows(_selection(call, refs))
    if not rows and args.object_id:
        call.only(rows, args.object_id)
    if refs:
        print_lines(rows, refs, args.field_delimiter, args.hide_label)
    elif rows:
        print_table(noun, rows, args)
    return 1 if call.incomplete else 0


def print_lines(rows: Sequence[Row], refs: Sequence[Ref], delimiter: str, hide_label: bool) -> None:
    lines = []
    for row in rows:
        values = [(ref.label, show(ref.read(row))) for ref in refs]
        lines.append(delimiter.join(value if hide_label else f"{label}={value}" for label, value in values))
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")


def print_table(noun: Noun, rows: Sequence[Row], args: Any) -> None:
    readers = [_reader(noun, column) for column in noun.columns]
    cells = [[show(read(row)) for read in readers] for row in rows]
    if args.hide_label:
        sys.stdout.write("".join(args.field_delimiter.join(row) + "\n" for row in cells))
        return
    header = [column.title for column in noun.columns]
    whole = [place for place, column in enumerate(noun.columns) if column.whole]
    sys.stdout.write(table.render(noun.title, header, cells, width(args.width), whole))


def width(wanted: int | None) -> int:
    """Characters that a table may be wide."""
    return table.terminal_width() if wanted is None else max(wanted, 0)


def _reader(noun: Noun, column: Column) -> Callable[[Row], Any]:
    value = column.value
    if isinstance(value, str):
        return resolve(noun, value).read
    if not column.reads:
        return value
    reads = [resolve(noun, name).read for name in column.reads]
    return lambda row: value(*[read(row) for read in reads])


def _selection(call: Call, refs: Sequence[Ref]) -> Selection:
    """What the loader has to bring: all fields of the columns or of ``-d``, and those of the conditions."""
    used = list(refs)
    exact = True
    for column in () if refs else call.noun.columns:
        if isinstance(column.value, str):
            used.append(resolve(call.noun, column.value))
        else:
            exact = exact and bool(column.reads)
            used += [resolve(call.noun, name) for name in column.reads]
    for text in call.conditions():
        term = split(text)
        used.append(resolve(call.noun, term.left))
        if not term.quoted and "." in term.right:
            used += _maybe(call.noun, term.right)
    exact = exact and all(ref.path for ref in used)
    plain = call.selection
    fields = frozenset((ref.type, ref.path) for ref in used)
    return plain._replace(types=frozenset(ref.type for ref in used), fields=fields if exact else None)


def _maybe(noun: Noun, name: str) -> list[Ref]:
    from openlpar.cli.pvmctl.fields import known

    return [resolve(noun, name)] if known(noun, name) else []

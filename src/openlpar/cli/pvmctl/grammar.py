"""The command line: ``pvmctl OBJECT VERB [options]``, with options derived from the declarations.

Option names may be shortened as long as they are unambiguous (argparse). Dashes that word processors and blogs made
typographic are read as the dashes they were.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from openlpar.cli.pvmctl import table
from openlpar.cli.pvmctl.noun import Noun, Verb
from openlpar.cli.pvmctl.objects import NOUNS, NounName

# Hyphen, non-breaking hyphen, figure dash, en dash, em dash, horizontal bar, minus sign: never part of an option's name.
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_LEADING = re.compile(f"^[-{_DASHES}]+")

_SELECT: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "i": (
        ("-i", "--object-id"),
        {"metavar": "KEY=VALUE", "help": "the object: id=, name=, uuid= or any other field of its own"},
    ),
    "p": (("-p", "--parent-id"), {"metavar": "KEY=VALUE"}),
    "d": (
        ("-d", "--display-fields"),
        {"nargs": "+", "metavar": "FIELD", "help": "print these fields, one line per object, instead of the table"},
    ),
    "w": (
        ("-w", "--where"),
        {
            "nargs": "+",
            "action": "append",
            "metavar": "COND",
            "help": "only objects that satisfy FIELD=VALUE or FIELD!=VALUE (several: all of them; VALUE may be a field)",
        },
    ),
    "s": (
        ("-s", "--set-fields"),
        {"nargs": "+", "action": "append", "metavar": "FIELD=VALUE", "help": "give fields new values"},
    ),
}


def normalise(arguments: Sequence[str]) -> list[str]:
    """Arguments with ``–i``, ``–-set-fields``, ``—hard`` made ``-i``, ``--set-fields``, ``--hard``."""
    return [_plain_dashes(text) for text in arguments]


def _plain_dashes(text: str) -> str:
    match = _LEADING.match(text)
    if match is None or not any(dash in match.group() for dash in _DASHES):
        return text
    name = text[match.end() :]
    # One typographic dash is what remains of "--" as well as of "-": a single letter tells which.
    return ("-" if len(name) == 1 else "--") + name


class Parser(argparse.ArgumentParser):
    """Errors show the way to the help page and exit with 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\nhint: '{self.prog} --help' explains the options.\n")


class _VerbParser(Parser):
    """The field names of its help page are looked up only when that is printed."""

    noun: Noun
    verb: Verb

    def format_help(self) -> str:
        self.epilog = _epilog(self.noun, self.verb)
        return super().format_help()


def parser(noun: Noun, verb: Verb, called: str) -> Parser:
    """The parser of one verb of one type. called: the name by which the user called the type."""
    made = _VerbParser(
        prog=f"pvmctl {called} {verb.name}",
        description=f"{verb.summary[:1].upper()}{verb.summary[1:]}.",
        formatter_class=_formatter,
    )
    made.noun, made.verb = noun, verb
    for letter in verb.selects:
        flags, settings = _SELECT[letter]
        if letter == "p":
            if not noun.parent:
                continue
            settings = {**settings, "help": noun.parent}
        made.add_argument(*flags, **settings)
    for flags, settings in verb.options:
        made.add_argument(*flags, **settings)
    if verb.positional:
        made.add_argument("positional", nargs="?", metavar="KEY=VALUE", help="the object, as with -i")
    return made


def _formatter(prog: str) -> argparse.HelpFormatter:
    """argparse makes one when it is given options, and loads ``shutil`` to learn the width, 2 ms, if it is not told."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() else 0
    return argparse.RawDescriptionHelpFormatter(prog, width=(width or table.terminal_width()) - 2)


def _epilog(noun: Noun, verb: Verb) -> str:
    parts = []
    if verb.examples:
        parts.append("examples:\n" + "\n".join(f"  pvmctl {line}" for line in verb.examples))
    if "d" in verb.selects or "s" in verb.selects:
        from openlpar.cli.pvmctl.fields import names

        wanted = sorted(names(noun))
        own = [name for name in wanted if name.startswith(f"{noun.name}.")]
        other = sorted({name.rpartition(".")[0] for name in wanted} - {noun.name})
        text = _wrapped("  ", (name.rpartition(".")[2] for name in own))
        parts.append(f"fields of {noun.name}, with or without that name before them:\n{text}")
        if other:
            parts.append("fields of these types can be named as well (Type.field):\n" + _wrapped("  ", other))
    if noun.notes:
        parts.append(noun.notes)
    return "\n\n".join(parts)


def _wrapped(indent: str, words: Iterable[str]) -> str:
    import textwrap

    return textwrap.fill(", ".join(words), 78, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def program_help() -> str:
    lines = [
        "usage: pvmctl OBJECT VERB [options]",
        "",
        "Manages a Power server through the REST API of its NovaLink.",
        "",
        "objects:",
    ]
    lines += [f"  {_names(noun):<46} {noun.summary}" for noun in NOUNS]
    return "\n".join([*lines, "", *_PROGRAM_END, ""])


_PROGRAM_END = (
    "examples:",
    "  pvmctl lpar list                                 all logical partitions",
    "  pvmctl lpar list -d name id state --where LogicalPartition.state=running",
    "  pvmctl lpar create --name vm1 --type AIX/Linux --mem 1024 --proc-type shared --proc 2",
    "  pvmctl lpar power-off -i name=vm1",
    "",
    "'pvmctl OBJECT --help' lists the verbs of a type, 'pvmctl OBJECT VERB --help' the options and fields.",
    "OPENLPAR_URL names the service (default http://localhost:12080).",
)


def _names(noun: NounName) -> str:
    return f"{noun.name} ({' or '.join(noun.aliases)})"


def noun_help(name: NounName, noun: Noun) -> str:
    called = name.aliases[0]
    lines = [f"usage: pvmctl {called} VERB [options]", "", f"{_names(name)}: {name.summary}.", "", "verbs:"]
    lines += [f"  {verb.name:<17} {verb.summary}" for verb in noun.verbs]
    examples = [line for verb in noun.verbs for line in verb.examples[:1]]
    if examples:
        lines += ["", "examples:", *(f"  pvmctl {line}" for line in examples)]
    return "\n".join([*lines, "", f"'pvmctl {called} VERB --help' explains the options of a verb.", ""])

"""``pvmctl``: from the command line to the exit status.

Exit status: 0 done, 1 refused or failed (``[PVME…] text`` on standard error), 2 the command line is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from openlpar.cli.command import ended

if TYPE_CHECKING:
    from argparse import Namespace

    from openlpar.cli.pvmctl.call import Call
    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.cli.pvmctl.noun import Noun, Verb
    from openlpar.cli.pvmctl.objects import NounName


class Understood(NamedTuple):
    """A command line that can be called."""

    noun: Noun
    verb: Verb
    parser: Parser
    args: Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. arguments: without the program's name; default those of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:  # before anything is imported that this does not need
        from openlpar import __version__

        print(f"pvmctl {__version__} (OpenLPAR)")
        return 0
    return ended(lambda: _guarded(words))


def _guarded(words: list[str]) -> int:
    import time

    from openlpar.cli.pvmctl import journal
    from openlpar.cli.pvmctl.grammar import normalise
    from openlpar.client.session import os_user

    started = time.monotonic()
    words = normalise(words)
    status, failure = 1, "interrupted"
    try:
        status, failure = _run(words)
    except SystemExit as end:
        status, failure = (end.code if isinstance(end.code, int) else 2), ""
        raise
    finally:
        journal.record(os_user(), words, status, time.monotonic() - started, failure)
    return status


def _run(words: list[str]) -> tuple[int, str]:
    from openlpar.cli.pvmctl.where import Malformed

    what = understood(words)
    if not isinstance(what, Understood):
        return what
    try:
        return _call(what.noun, what.verb.run, what.args)
    except Malformed as wrong:
        what.parser.error(str(wrong))


def understood(words: list[str]) -> Understood | tuple[int, str]:
    """What a command line asks for; exit status and failure when that is help, or something that there is not: that has been
    said then. Raises SystemExit for options that there are not."""
    from openlpar.cli.pvmctl import grammar, objects

    if not words or words[0] in ("-h", "--help", "help"):
        print(grammar.program_help(), end="")
        return (0 if words else 2), ""
    name = objects.find(words[0])
    rest = words[1:]
    if name is None and rest[:1] == ["set-master"]:
        # The tutorial's form: the managed system itself in the place of the object.
        name, rest = objects.find("sys"), [*rest, "-i", f"name={words[0]}"]
    if name is None:
        return _wrong(f"there is no object type {words[0]!r}.", _near(words[0], objects.NOUNS), "pvmctl")
    noun = load(name)
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(grammar.noun_help(name, noun), end="")
        return (0 if rest else 2), ""
    verb = noun.verb(rest[0])
    if verb is None:
        known = ", ".join(verb.name for verb in noun.verbs)
        return _wrong(f"{noun.name} has no verb {rest[0]!r}.", f"Its verbs are: {known}.", f"pvmctl {words[0]}")
    called = words[0] if objects.find(words[0]) else name.aliases[0]
    parser = grammar.parser(noun, verb, called)
    args = parser.parse_args(rest[1:])
    if getattr(args, "positional", None):
        args.object_id = args.object_id or args.positional
    return Understood(noun, verb, parser, args)


def _call(noun: Noun, run: Callable[[Call], int], args: Namespace) -> tuple[int, str]:
    from openlpar.cli.pvmctl import access
    from openlpar.cli.pvmctl.call import Call
    from openlpar.client.connection import connect
    from openlpar.client.errors import ClientError
    from openlpar.messages.core import Failure

    try:
        access.check()
        with connect() as connection:
            return run(Call(noun, args, connection)), ""
    except Failure as failure:
        return _say(str(failure), failure.remedy if failure.message.origin else "")
    except ClientError as error:
        from openlpar.cli.pvmctl.failures import line

        return _say(line(error), error.hint)


def _say(text: str, hint: str) -> tuple[int, str]:
    sys.stdout.flush()
    print(text, file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return 1, text


def _wrong(text: str, hint: str, program: str) -> tuple[int, str]:
    print(f"pvmctl: {text}", file=sys.stderr)
    print(f"hint: {hint + ' ' if hint else ''}'{program} --help' shows what there is.", file=sys.stderr)
    return 2, text


def _near(word: str, nouns: Sequence[NounName]) -> str:
    from difflib import get_close_matches

    every = [name for noun in nouns for name in (noun.name.lower(), *noun.aliases)]
    near = get_close_matches(word.lower(), every, 3)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def load(name: NounName) -> Noun:
    from importlib import import_module

    noun: Noun = import_module(f"openlpar.cli.pvmctl.objects.{name.module}").NOUN
    return noun

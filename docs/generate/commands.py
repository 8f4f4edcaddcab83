"""The help pages of all commands."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from docs.generate.markdown import block, code, page, plain, table
from openlpar.cli.pvmctl import grammar, objects
from openlpar.cli.pvmctl.entry import load
from openlpar.vios.padmin import command as padmin
from openlpar.vios.padmin.refused import REFUSED

WIDTH = 110
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_OWN_PAGES = ("openlpar", "pvmctl")


def pages() -> dict[str, str]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(WIDTH)  # argparse wraps help at the width of the terminal
    try:
        return {"cli/openlpar.md": _openlpar(), "cli/others.md": _others(), "cli/padmin.md": _padmin()} | dict(
            _pvmctl()
        )
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def _pvmctl() -> Iterator[tuple[str, str]]:
    rows = []
    for name in objects.NOUNS:
        noun, called = load(name), name.aliases[0]
        parts = [block(grammar.noun_help(name, noun))]
        for verb in noun.verbs:
            parts += [f"## {verb.name}", block(grammar.parser(noun, verb, called).format_help())]
        yield f"cli/pvmctl-{called}.md", page(f"pvmctl {called}", *parts)
        verbs = ", ".join(verb.name for verb in noun.verbs)
        rows.append((f"[{name.name}](pvmctl-{called}.md)", ", ".join(name.aliases), verbs, plain(name.summary)))
    yield (
        "cli/pvmctl.md",
        page("pvmctl", table(("object", "short", "verbs", ""), rows), block(grammar.program_help())),
    )


def _openlpar() -> str:
    made = importlib.import_module("openlpar.cli.openlpar.entry")._parser()
    return page("openlpar", block(made.format_help()), *_subcommands(made))


def _subcommands(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield f"## {parser.prog} {name}"
                yield block(below.format_help())
                yield from _subcommands(below)


def _others() -> str:
    parts = []
    for name, place in tomllib.loads(_PROJECT.read_text())["project"]["scripts"].items():
        if name in _OWN_PAGES:
            continue
        module, _, function = place.partition(":")
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            getattr(importlib.import_module(module), function)(["--help"])
        parts += [f"## {name}", block(said.getvalue())]
    return page("viosvrcmd, mkvterm, bkprofdata and the services", *parts)


def _padmin() -> str:
    padmin.load()
    groups: dict[str, list[type[padmin.Command]]] = defaultdict(list)
    for made in padmin.Command.registry.values():
        groups[made.group].append(made)
    parts = [
        "The command line of the Virtual I/O Server (user `padmin`), as `viosvrcmd` and the console of a VIOS reach it. The words "
        "before `ioscli` and the pipes to `grep`, `awk` and the like work as in its shell.",
    ]
    for group, found in sorted(groups.items()):
        parts.append(f"## {group}")
        for made in sorted(found, key=lambda made: made.name):
            parts += [f"### {made.name}", block(made.help())]
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, reason in REFUSED.items():
        reasons[reason].append(name)
    parts += [
        "## Refused",
        "These commands of a genuine server end with exit status 4 and the reason; nothing is done.",
        table(
            ("commands", "reason"),
            (
                (", ".join(map(code, sorted(names))), reason[0].upper() + reason[1:] + ".")
                for reason, names in reasons.items()
            ),
        ),
    ]
    return page("VIOS commands", *parts)

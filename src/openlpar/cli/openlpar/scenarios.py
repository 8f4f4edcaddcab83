"""``openlpar scenario``: files that script a day in the life of a server are run, listed, shown and checked."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from openlpar.cli.command import complain
from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, count
from openlpar.cli.openlpar.scenario.language import BESIDE, EXPECT, HEAD, VERBS, Scenario, Word
from openlpar.messages.core import Failure

# Verb -> what it does, and an example.
ABOUT: dict[str, tuple[str, str]] = {
    "run": ("play a scenario, and say whether all came as expected", "run vios-down\n  openlpar scenario run my.yaml"),
    "list": ("the scenarios that come with OpenLPAR", "list"),
    "show": ("a scenario as it is written, with its solutions", "show vios-down"),
    "check": ("find the mistakes in scenarios, without running them", "check my.yaml"),
    "words": ("what may stand in a scenario", "words"),
}
# Headings of what may stand in a scenario.
WORDS: tuple[tuple[str, Mapping[str, Word]], ...] = (
    ("a scenario", HEAD),
    ("an entry of steps: one of", VERBS),
    ("beside it", BESIDE),
    ("expect", EXPECT),
)


def run(args: argparse.Namespace) -> int:
    """Exit status 0 when all expectations were met, 1 when not, 2 for a scenario with mistakes."""
    from openlpar.cli.openlpar.scenario.play import Player, refuse_what_needs_a_service_of_its_own
    from openlpar.cli.openlpar.scenario.stage import Stage

    scenario = _read(args.scenario)
    if scenario is None:
        return 2
    if args.seed is not None:
        scenario = replace(scenario, seed=args.seed)
    with tempfile.TemporaryDirectory(prefix="scenario-") as folder:
        stage = Stage(Path(folder), scenario.systems, scenario.seed)
        if args.url:
            refuse_what_needs_a_service_of_its_own(scenario, args.url)
            stage.use(args.url, scenario.name)
        with stage:
            player = Player(stage, scenario, _tell, interactive=args.interactive)
            return 0 if player.play() else 1


def _read(name: str) -> Scenario | None:
    """None when it cannot be run; why has been said."""
    from openlpar.cli.openlpar.scenario.reading import Mistakes, read

    try:
        return read(name)
    except Mistakes as mistakes:
        for line in mistakes.lines:
            print(line, file=sys.stderr)
        complain(str(mistakes.failure))
    except Failure as failure:
        complain(str(failure))
    return None


def _tell(line: str) -> None:
    print(line, flush=True)


def list_all(args: argparse.Namespace) -> int:
    from openlpar.cli.openlpar.scenario.reading import read, shipped
    from openlpar.cli.openlpar.simulation import table

    found = [read(name) for name in shipped()]
    rows = [(one.name, sum(step.verb == "task" for step in one.steps), one.title) for one in found]
    table(("scenario", "tasks", ""), rows)
    return 0


def show(args: argparse.Namespace) -> int:
    from openlpar.cli.openlpar.scenario.reading import path_of

    if _read(args.scenario) is None:
        return 2
    sys.stdout.write(path_of(args.scenario).read_text(encoding="utf-8"))
    return 0


def check(args: argparse.Namespace) -> int:
    """Exit status 2 when one has mistakes."""
    found = [_read(name) for name in args.scenario]
    return 2 if None in found else 0


def words(args: argparse.Namespace) -> int:
    from openlpar.cli.openlpar.simulation import table

    for number, (heading, found) in enumerate(WORDS):
        if number:
            print()
        table((heading, "", ""), [(name, word.form.value, word.summary) for name, word in found.items()])
    return 0


def _declare_scenario(commands: Commands) -> None:
    summary = "play a day in the life of a server, as an exercise or as a test"
    group = commands.add_parser("scenario", help=summary, description=f"{summary.capitalize()}.")
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    does = {
        "run": run,
        "list": list_all,
        "show": show,
        "check": check,
        "words": words,
    }
    made = {
        word: command(verbs, word, text, f"scenario {example}", does[word]) for word, (text, example) in ABOUT.items()
    }
    made["run"].add_argument("--interactive", action="store_true", help="let somebody do the tasks")
    made["run"].add_argument("--seed", type=count, metavar="N", help="of chance (default: the scenario's)")
    made["run"].add_argument(
        "--url", default="", help="a running service with a stepped clock (default: one is started for it)"
    )
    for word, number in (("run", None), ("show", None), ("check", "+")):
        made[word].add_argument("scenario", nargs=number, metavar="SCENARIO", help="a file, or one of the list")


COMMANDS: tuple[Declaration, ...] = (_declare_scenario,)

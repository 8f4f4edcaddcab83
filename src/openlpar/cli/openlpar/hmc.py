"""``openlpar hmc``: what a co-managing HMC does with the master role, until there is an HMC."""

from __future__ import annotations

import argparse
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, count, running, sentence
from openlpar.client.admin import Administration

MODES = ("norm", "temp", "keep")
# Verb -> what it does, and an example.
VERBS: dict[str, tuple[str, str]] = {
    "show": ("who manages the system, and who is master", "show"),
    "connect": ("an HMC manages the system too; the NovaLink stays master", "connect hmc1"),
    "take": ("the HMC takes the master role (chcomgmt -o setmaster)", "take hmc1 --mode temp"),
    "work": ("the HMC has an operation under way", "work hmc1 --seconds 300"),
    "release": ("the HMC gives the role back (chcomgmt -o relmaster)", "release hmc1"),
    "disconnect": ("the HMC manages the system no longer", "disconnect hmc1"),
}
_FIELDS = ("console", "mode", "force", "seconds")


def act(args: argparse.Namespace) -> int:
    """Says who is master afterwards."""
    wish = {name: getattr(args, name) for name in _FIELDS if getattr(args, name, None) is not None}
    with Administration(args.url, args.data) as service:
        if args.does == "show":
            now = service.get("/comanagement")
        else:
            now = service.send("POST", "/comanagement", {"does": args.does, **wish})
    for line in _lines(now):
        print(line)
    return 0


def _lines(now: dict[str, Any]) -> list[str]:
    if not now["co_managed"]:
        return [f"System {now['system']} is managed by its NovaLink alone."]
    lines = [f"Master of system {now['system']} is {now['master']} ({now['mode']})."]
    if now["former"]:
        lines.append(f"It goes back to {now['former']} when it is released.")
    if now["requested"]:
        lines.append(f"{now['requested']} gets it when the operation under way has ended.")
    names = [f"{one['name']} (busy)" if one["busy"] else one["name"] for one in now["consoles"]]
    return [*lines, f"Managed by its NovaLink and {', '.join(names)}."]


def _declare_hmc(commands: Commands) -> None:
    summary = "let a simulated HMC manage the system beside its NovaLink, and take the master role"
    group = commands.add_parser("hmc", help=summary, description=sentence(summary))
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    for word, (text, example) in VERBS.items():
        verb = command(verbs, word, text, f"hmc {example}", act)
        verb.set_defaults(does=word)
        if word != "show":
            verb.add_argument("console", metavar="HMC", help="its name")
        if word == "take":
            verb.add_argument("--mode", choices=MODES, help="how it holds the role (default: norm)")
            verb.add_argument("--force", action="store_true", default=None, help="do not wait for the other side")
        if word == "work":
            verb.add_argument("--seconds", type=count, metavar="S", help="simulated seconds (default: 60)")
        running(verb)


COMMANDS: tuple[Declaration, ...] = (_declare_hmc,)

"""``openlpar maintenance``: takes a Virtual I/O Server out of service without anybody losing anything by it, and puts it back."""

from __future__ import annotations

import argparse
import json
import sys

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, running, sentence
from openlpar.cli.openlpar.simulation import moment, table
from openlpar.client import jobs
from openlpar.client.admin import Administration
from openlpar.client.connection import Connection
from openlpar.client.partitions import find
from openlpar.messages import general


def begin(args: argparse.Namespace) -> int:
    """args: vios, evacuate, force."""
    wish = {name: "true" for name in ("evacuate", "force") if getattr(args, name)}
    return _run(args, "BeginMaintenance", wish, "is out of service")


def end(args: argparse.Namespace) -> int:
    return _run(args, "EndMaintenance", {}, "is in service again")


def _run(args: argparse.Namespace, job: str, wish: dict[str, str], result: str) -> int:
    with Connection(args.url) as service:
        vios = find(service, name=args.vios)
        if sys.stderr.isatty():
            print("This may take a few minutes.", file=sys.stderr, flush=True)
        jobs.run(service, vios.path, job, wish)
    print(f"Virtual I/O Server {vios.name} {result}.")
    return 0


def status(args: argparse.Namespace) -> int:
    """Exit status 1 when the one server that was asked about is needed, or its maintenance cannot go on."""
    with Administration(args.url, args.data) as service:
        found = [one for one in service.get("/maintenance") if args.vios in ("", one["name"])]
    if args.vios and not found:
        raise general.NOT_FOUND.error(kind="VirtualIOServer", name=args.vios)
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    rows = [
        (
            one["name"],
            one["state"],
            one["rmc"],
            one["phase"] or "no",
            moment(one["since"]) if one["since"] else "-",
            one["added"] or "-",
            len(one["problems"]) or "-",
            one["evacuable"] or "-",
        )
        for one in found
    ]
    table(("server", "state", "rmc", "maintenance", "since", "added paths", "problems", "evacuable disks"), rows)
    for one in found:
        if one["stalled"]:
            print(f"\n{one['stalled']}")
        for problem in one["problems"] if args.vios else ():
            helped = "" if problem in one["left"] or not one["evacuable"] else " (--evacuate gives it another path)"
            print(f"\n{problem}{helped}" if problem == one["problems"][0] else f"{problem}{helped}")
    return 1 if args.vios and any(one["problems"] or one["stalled"] for one in found) else 0


def _declare_maintenance(commands: Commands) -> None:
    summary = "take a Virtual I/O Server out of service and put it back, without anybody losing disks or networks by it"
    group = commands.add_parser("maintenance", help=summary, description=sentence(summary))
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    begun = command(
        verbs,
        "begin",
        "power it off, unless clients that run need it: then all of them are named",
        "maintenance begin vios2 --evacuate",
        begin,
    )
    begun.add_argument(
        "--evacuate",
        action="store_true",
        help="disks that only it lends are lent by another one, as long as it is away",
    )
    begun.add_argument("--force", action="store_true", help="power it off although clients lose something")
    ended = command(verbs, "end", "power it on, and remove what was added without it", "maintenance end vios2", end)
    shown = command(
        verbs,
        "status",
        "which servers are out of service, and what would stand against it",
        "maintenance status vios2",
        status,
    )
    shown.add_argument("--json", action="store_true", help="as JSON")
    for parser in (begun, ended, shown):
        parser.add_argument("vios", nargs="?" if parser is shown else None, default="", metavar="VIOS", help="its name")
        running(parser)


COMMANDS: tuple[Declaration, ...] = (_declare_maintenance,)

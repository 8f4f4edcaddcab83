"""``openlpar reach``: who can exchange frames with whom, and why not."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import urlencode

from openlpar.cli.openlpar.grammar import Commands, Declaration, command, running
from openlpar.client.admin import Administration


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when the one partition that was asked about is not reached."""
    query = {"from": args.source, **({"to": args.target} if args.target else {})}
    with Administration(args.url, args.data) as admin:
        found = admin.get(f"/reach?{urlencode(query)}")
    if args.json:
        print(json.dumps(found, indent=2))
    elif args.target:
        _explain(args.source, found["answers"][0])
    else:
        width = max(len(answer["to"]) for answer in found["answers"])
        for answer in found["answers"]:
            print(f"{answer['to']:<{width}}  {_short(answer)}")
    return 0 if not args.target or found["answers"][0]["reaches"] else 1


_OUTSIDE = "outside"


def _short(answer: dict[str, Any]) -> str:
    if not answer["reaches"]:
        return ": ".join(["not reached", *answer["obstacles"][:1]])
    way = answer["ways"][0]
    inside = _OUTSIDE not in (answer["to"], *way["via"])
    found = f"reached on {_network(way)} by {', '.join(way['via']) if inside else f'the {_OUTSIDE}'}"
    return f"{found}, disturbed" if answer["warnings"] else found


def _network(way: dict[str, Any]) -> str:
    return f"VLAN {way['vlan']}" if way["vlan"] else "the untagged network"


def _explain(source: str, answer: dict[str, Any]) -> None:
    print(f"{source} {'reaches' if answer['reaches'] else 'does not reach'} {answer['to']}.")
    for way in answer["ways"]:
        print(f"\n{way['from']} to {way['to']} on {_network(way)}")
        print(f"  sent {way['sends']}, received {way['gets']}")
        print(f"  by {', '.join(way['via'])}")
    for obstacle in answer["obstacles"]:
        print(f"  {obstacle[:1].upper()}{obstacle[1:]}.")
    for warning in answer["warnings"]:
        print(f"\nwarning: {warning}.")


def _declare_reach(commands: Commands) -> None:
    summary = "which partitions a partition can exchange network frames with, by which way, and why not"
    made = command(commands, "reach", summary, "reach vm1 vm2\n  openlpar reach vm1 outside\n  openlpar reach vm1", run)
    made.add_argument("source", metavar="PARTITION", help="name of a partition or Virtual I/O Server")
    made.add_argument("target", nargs="?", default="", metavar="PARTITION", help="another one, or 'outside'")
    made.add_argument("--json", action="store_true", help="as JSON")
    running(made)


COMMANDS: tuple[Declaration, ...] = (_declare_reach,)

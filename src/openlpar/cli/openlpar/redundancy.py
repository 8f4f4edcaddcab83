"""``openlpar redundancy``: what partitions have twice, and what they would lose with one Virtual I/O Server."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from openlpar.cli.openlpar.grammar import Commands, Declaration, command, running
from openlpar.cli.openlpar.simulation import moment, table
from openlpar.client.admin import Administration


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when something has a single point of failure, or is lost already."""
    query = f"?{urlencode({'partition': args.partition})}" if args.partition else ""
    with Administration(args.url, args.data) as service:
        found = service.get(f"/redundancy{query}")
    if args.json:
        print(json.dumps(found, indent=2))
    elif args.partition:
        _explain(found["partitions"][0])
    else:
        _summary(found)
    return 0 if all(_is_safe(one) for one in found["partitions"]) else 1


def _is_safe(partition: dict[str, Any]) -> bool:
    return not partition["single_points"] and all(disk["state"] != "lost" for disk in partition["disks"])


def _summary(found: dict[str, Any]) -> None:
    needed = [(one["name"], one["state"], one["rmc"], _counted(one["needed_by"])) for one in found["servers"]]
    table(("server", "state", "rmc", "partitions that need it"), needed)
    print()
    rows = [
        (one["name"], one["state"], _ratio(one["disks"]), _ratio(one["fibre_channel"]), point)
        for one in found["partitions"]
        for point in _points(one)
    ]
    table(("partition", "state", "disks", "fc", "single points of failure"), rows)


def _counted(names: list[str]) -> str:
    if len(names) > 4:
        return f"{len(names)}: {', '.join(names[:3])} …"
    return ", ".join(names) or "-"


def _ratio(things: list[dict[str, Any]]) -> str:
    """How many of them work."""
    working = [one for one in things if one["state"] not in ("lost", "failed")]
    return f"{len(working)}/{len(things)}" if things else "-"


def _points(partition: dict[str, Any]) -> Iterator[str]:
    yield "; ".join(partition["single_points"]) or "-"


def _explain(partition: dict[str, Any]) -> None:
    print(f"{partition['name']} is {partition['state']}.")
    disks = [
        (disk["name"] if first else "", disk["state"] if first else "", *_path(path), path["device"])
        for disk in partition["disks"]
        for first, path in _numbered(disk["paths"])
    ]
    if disks:
        print()
        table(("disk", "is", "by", "adapter", "slot", "path", "device"), disks)
    if partition["fibre_channel"]:
        print()
        rows = [(*_path(port), port["port"], " ".join(port["wwpns"])) for port in partition["fibre_channel"]]
        table(("fc by", "adapter", "slot", "path", "port", "wwpns"), rows)
    if partition["networks"]:
        print()
        networks = [(one["adapter"], one["vlan"] or "untagged", ", ".join(one["via"])) for one in partition["networks"]]
        table(("network adapter", "outside", "by"), networks)
    print()
    for point in partition["single_points"]:
        print(f"Single point of failure: {point}.")
    lost = [disk for disk in partition["disks"] if disk["state"] == "lost"]
    for disk in lost:
        print(f"Lost: {disk['name']}, because {', and '.join(path['fault'] for path in disk['paths'])}.")
    if not partition["single_points"] and not lost:
        print("It has no single point of failure.")
    for entry in partition["log"][-10:]:
        print(f"{moment(entry['at'])}  {entry['line']}")


def _numbered(paths: list[dict[str, Any]]) -> Iterator[tuple[bool, dict[str, Any]]]:
    return ((place == 0, path) for place, path in enumerate(paths))


def _path(path: dict[str, Any]) -> tuple[str, ...]:
    return path["vios"], path["adapter"] or "-", str(path["slot"]), path["state"]


def _declare_redundancy(commands: Commands) -> None:
    summary = (
        "paths to the disks, Fibre Channel ports and networks of partitions, and what they would lose with one server"
    )
    made = command(commands, "redundancy", summary, "redundancy\n  openlpar redundancy vm1", run)
    made.add_argument("partition", nargs="?", default="", metavar="PARTITION", help="its name; default: all")
    made.add_argument("--json", action="store_true", help="as JSON")
    running(made)


COMMANDS: tuple[Declaration, ...] = (_declare_redundancy,)

"""``openlpar links``: how the virtual switches of a service are linked to those of others."""

from __future__ import annotations

import argparse
import json
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, command, running
from openlpar.cli.openlpar.simulation import table
from openlpar.client.admin import Administration

_HEADINGS = ("Switch", "Local", "Peer", "State", "VLANs", "In", "Out", "Dropped")


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when a link is not up."""
    with Administration(args.url, args.data) as admin:
        found = admin.get("/links")
    if args.json:
        print(json.dumps(found, indent=2))
    elif not found:
        print("There are no links. 'openlpar serve --hypervisor qemu --link ...' makes them.")
    else:
        table(_HEADINGS, map(_row, found))
        for link in found:
            if link["problem"]:
                print(f"{link['switch']} to {link['peer']}: {link['problem']}")
    return 0 if all(link["up"] for link in found) else 1


def _row(link: dict[str, Any]) -> tuple[str, ...]:
    frames = [str(link[way].get("frames", 0)) for way in ("in", "out")]
    dropped = sum(sum(link[way].get("dropped", {}).values()) for way in ("in", "out")) + link["rejected"]
    state = ("up" if link["up"] else "down") + (" (sealed)" if link["sealed"] else "")
    vlans = "/".join(map(str, link["vlans"]))
    return link["switch"], link["local"], link["peer"], state, vlans, *frames, str(dropped)


def _declare_links(commands: Commands) -> None:
    summary = "how virtual switches are linked to those of other services, and what passed"
    made = command(commands, "links", summary, "links", run)
    made.add_argument("--json", action="store_true", help="as JSON")
    running(made)


COMMANDS: tuple[Declaration, ...] = (_declare_links,)

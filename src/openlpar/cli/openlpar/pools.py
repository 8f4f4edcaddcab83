"""``openlpar pools``: what is left of shared storage pools, how fast they fill, and who cannot write any more."""

from __future__ import annotations

import argparse
import json
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, command, running
from openlpar.cli.openlpar.simulation import service_of, table


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when a pool has less than its threshold free or no quorum, or a tier is full."""
    with service_of(args) as service:
        found = service.get("/pools")
    tiers = [(pool, tier) for pool in found for tier in pool["tiers"]]
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        head = (
            "pool",
            "nodes",
            "tier",
            "copies",
            "GB",
            "used",
            "free",
            "promised",
            "LUs",
            "thin",
            "MB/h",
            "full in",
            "state",
        )
        table(head, [_row(pool, tier) for pool, tier in tiers])
        for _, tier in tiers:
            if tier["refused"]:
                print(f"\nWrites to tier {tier['name']} fail: {', '.join(tier['refused'])}")
    return 1 if any(pool["low"] or not pool["quorum"] or tier["refused"] for pool, tier in tiers) else 0


def _row(pool: dict[str, Any], tier: dict[str, Any]) -> tuple[str, ...]:
    state = "no quorum" if not pool["quorum"] else "full" if tier["refused"] else "low" if pool["low"] else "ok"
    sizes = (f"{tier[name]:g}" for name in ("capacity", "used", "free", "promised"))
    counts = (str(tier["units"]), str(tier["thin"]), f"{tier['growth']:g}")
    return (
        pool["name"],
        f"{pool['up']}/{pool['nodes']}",
        tier["name"],
        str(tier["copies"]),
        *sizes,
        *counts,
        _lasts(tier["full_in"]),
        state,
    )


def _lasts(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    if seconds >= 2 * 86400:
        return f"{seconds // 86400} days"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02} h"


def _declare(commands: Commands) -> None:
    made = command(
        commands,
        "pools",
        "the space of shared storage pools: what is used, free and promised, how fast it goes, and who cannot write",
        "pools",
        run,
    )
    made.add_argument("--json", action="store_true", help="for programs")
    running(made)


COMMANDS: tuple[Declaration, ...] = (_declare,)

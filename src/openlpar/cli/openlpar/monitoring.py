"""The commands about what partitions do: workload, monitor, top."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from typing import Any

from openlpar.cli.openlpar.simulation import moment, service_of, table

SETTINGS: tuple[tuple[str, str], ...] = (
    ("level", "what is wanted, as a share of the partition's entitlement: 1 is all of it, more is uncapped use"),
    ("peak", "the same at the peak of a bursty or diurnal workload"),
    ("share", "of the time at the peak, 0 to 1 (bursty)"),
    ("minutes", "how long a burst is (bursty)"),
    ("hour", "of the peak, 0 to 24, UTC (diurnal)"),
    ("network", "MB/s while the entitlement is used once"),
    ("disk", "MB/s while the entitlement is used once"),
    ("memory", "share of the memory that is in use, 0 to 1"),
)
"""Option of ``workload set`` -> its help: the settings of a rule."""
# Monitor as the command calls it -> its switch.
MONITORS = {
    "long-term": "ltm_enabled",
    "short-term": "stm_enabled",
    "aggregation": "aggregation_enabled",
    "compute-only": "compute_ltm_enabled",
}
_ORDERS = {"used": "used", "name": "partition", "network": "network", "storage": "storage"}


def workload_list(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/workloads")
    rows = [(one["partition"], one["kind"], _settings(one)) for one in found["partitions"]]
    table(("partition", "workload", "settings"), rows)
    if found["rules"]:
        print()
        table(
            ("rule for", "workload", "settings"),
            [(one["partition"], one["kind"], _settings(one)) for one in found["rules"]],
        )
    return 0


def _settings(rule: dict[str, Any]) -> str:
    return " ".join(f"{name}={value:g}" for name, value in rule.items() if name not in ("partition", "kind"))


def workload_set(args: argparse.Namespace) -> int:
    wish = {name: getattr(args, name) for name, _ in SETTINGS if getattr(args, name) is not None}
    with service_of(args) as service:
        service.send("POST", "/workloads", {"partition": args.partition, "kind": args.kind, **wish})
    return 0


def workload_remove(args: argparse.Namespace) -> int:
    from urllib.parse import quote

    with service_of(args) as service:
        service.send("DELETE", f"/workloads/{quote(args.partition, safe='')}")
    return 0


def monitor(args: argparse.Namespace) -> int:
    """Without a word the monitors that are on; with ``on`` or ``off`` they are switched."""
    with service_of(args) as service:
        if args.switch:
            names = args.monitor or ["long-term", "aggregation"]
            if args.switch == "off" and not args.monitor:
                names = list(MONITORS)
            service.send("PUT", "/monitors", {MONITORS[name]: args.switch == "on" for name in names})
        found = service.get("/monitors")
    table(("monitor", ""), [(name, "on" if found[switch] else "off") for name, switch in MONITORS.items()])
    return 0


def top(args: argparse.Namespace) -> int:
    """A table of what partitions use, again and again on a terminal; ends with Ctrl-C."""
    live = sys.stdout.isatty() and not args.once
    try:
        while True:
            with service_of(args) as service:
                found = service.get("/usage")
            if live:
                sys.stdout.write("\x1b[H\x1b[2J")
            _show(found, args.sort, shutil.get_terminal_size().lines - 4 if live else None)
            if not live:
                return 0
            time.sleep(args.every)
    except KeyboardInterrupt:
        return 0


def _show(found: dict[str, Any], order: str, limit: int | None) -> None:
    if found["at"] is None:
        hint = "The first interval has not passed." if found["monitors"] else "'openlpar monitor on' switches one on."
        print(f"Nothing was measured yet. {hint}")
        return
    rows = sorted(found["partitions"], key=lambda one: one[_ORDERS[order]], reverse=order != "name")
    used, entitled = (sum(one[name] for one in rows) for name in ("used", "entitled"))
    active = sum(one["state"] == "Running" for one in rows)
    print(
        f"{moment(found['at'])}  {len(rows)} partitions, {active} running, {used:.2f} of {entitled:.2f} entitled processors used"
    )
    print()
    head = (
        "partition",
        "id",
        "state",
        "mode",
        "entitled",
        "used",
        "%entc",
        "waiting",
        "memory MiB",
        "net MB/s",
        "disk MB/s",
    )
    table(head, [_row(one) for one in rows[:limit]])


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    share = f"{100 * one['used'] / one['entitled']:.1f}" if one["entitled"] else "-"
    return (
        one["partition"],
        str(one["id"]),
        one["state"],
        one["mode"],
        f"{one['entitled']:.2f}",
        f"{one['used']:.3f}",
        share,
        f"{one['waiting']:.3f}",
        f"{one['memory']:.0f}/{one['assigned_memory']}",
        f"{one['network'] / 1e6:.2f}",
        f"{one['storage'] / 1e6:.2f}",
    )

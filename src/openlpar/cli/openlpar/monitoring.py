"""The commands about what partitions do: workload, monitor, top."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, running, sentence
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
    ("fresh", "share of what is written that goes to blocks never written before, 0 to 1: thin disks grow by it"),
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


def _declare_workload(commands: Commands) -> None:
    summary = "what simulated partitions are busy with"
    workload = commands.add_parser("workload", help=summary, description=sentence(summary))
    verbs = workload.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listed = command(verbs, "list", "what each partition does, and the rules for it", "workload list", workload_list)
    made = command(
        verbs,
        "set",
        "say what partitions do from now on; a rule for the same names is replaced",
        "workload set 'db*' bursty --level 0.2 --peak 2\n  openlpar workload set web1 diurnal --peak 0.9 --hour 14",
        workload_set,
    )
    made.add_argument("partition", metavar="PARTITION", help="its name, or a pattern of names")
    made.add_argument("kind", metavar="KIND", help="idle, steady, bursty or diurnal")
    for name, text in SETTINGS:
        made.add_argument(f"--{name}", type=float, metavar=name[:1].upper(), help=text)
    removed = command(verbs, "remove", "take a rule back", "workload remove 'db*'", workload_remove)
    removed.add_argument("partition", metavar="PARTITION", help="the name or pattern it was set for")
    for parser in (listed, made, removed):
        running(parser)


def _declare_monitor(commands: Commands) -> None:
    made = command(
        commands,
        "monitor",
        "switch the performance and capacity monitors, or show which are on",
        "monitor on",
        monitor,
    )
    made.add_argument("switch", nargs="?", choices=("on", "off"), metavar="on|off", help="default: show")
    made.add_argument(
        "--monitor",
        action="append",
        choices=tuple(MONITORS),
        metavar="NAME",
        help="long-term, short-term, aggregation or compute-only, several times (default: long-term and aggregation to switch on, "
        "all to switch off)",
    )
    running(made)


def _declare_top(commands: Commands) -> None:
    made = command(
        commands,
        "top",
        "what partitions use, by the last interval of the long term monitor; live on a terminal",
        "top --sort network",
        top,
    )
    made.add_argument(
        "--sort", choices=("used", "name", "network", "storage"), default="used", metavar="COLUMN", help="default: used"
    )
    made.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="between two tables (default: 5)")
    made.add_argument("--once", action="store_true", help="one table, on a terminal too")
    running(made)


COMMANDS: tuple[Declaration, ...] = (
    _declare_workload,
    _declare_monitor,
    _declare_top,
)

"""Measures OpenLPAR, and its peers beside it; prints one table. See ``python -m perf --help``."""

from __future__ import annotations

import argparse
import compileall
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from perf import backup, cases, mappings, mobility, network, peers, qemu, vswitch
from perf.metrics import metrics
from perf.target import generate, serving

ROOT = Path(__file__).parent.parent
CLIENT = ROOT / ".venv-pypowervm" / "bin" / "python"
SMALL, LARGE = 1_000, 10_000
WORK = ROOT / ".perf"

Row = tuple[str, float, str, float, str]
"""(case, value, unit, budget, what peers took)"""


def _alone(results: list[cases.Result]) -> Iterator[Row]:
    return ((*result, "") for result in results)


def _sizes(partitions: int) -> Iterator[Row]:
    ours = cases.sizes(WORK, partitions)
    values = {name: value for name, value, _, _ in ours}
    listing, ready = f"pvmctl lpar list, {partitions:,}", f"ready with {partitions:,} partitions"
    with serving(WORK / f"data-{partitions}") as running:
        beside = {listing: {"pypowervm script": peers.pypowervm_script(running.http, CLIENT)}}
    virsh = peers.virsh(WORK, partitions)
    if virsh:
        beside[listing]["virsh list"] = virsh["list"]
    beside[ready] = {
        "zhmcclient mock, in process": peers.zhmcclient(WORK, partitions)["ready"],
        "sushy-tools": peers.sushy(WORK, partitions)["ready"],
    }
    for name, value, unit, budget in ours:
        notes = (f"{peer} {took:.2f} s = {took / values[name]:.1f}x" for peer, took in beside.get(name, {}).items())
        yield name, value, unit, budget, "; ".join(notes)


def _live() -> Iterator[Row]:
    sushy = peers.sushy(WORK, SMALL)
    same = {"GET of one partition, 16 connections": "get", "power-on jobs to completion, 4 clients": "power"}
    data = WORK / "data-requests"
    shutil.rmtree(data, ignore_errors=True)
    with serving(data, generate(WORK / f"system-{SMALL}.yaml", SMALL)) as running:
        for case in cases.LIVE:
            for name, value, unit, budget in case(running):
                other = sushy.get(same.get(name, ""), 0.0)
                yield name, value, unit, budget, f"sushy-tools {other:.0f}/s = {value / other:.1f}x" if other else ""


def _beside(measured: qemu.Noted) -> Iterator[Row]:
    results, notes = measured
    return ((*result, notes.get(result[0], "")) for result in results)


def _real() -> Iterator[Row]:
    """Real partitions, where this host has what they need."""
    kit = qemu.kit()
    return _beside(qemu.partitions(kit) if kit else ([], {}))


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "commands": lambda: _alone(cases.commands()),
    "thousand": lambda: _sizes(SMALL),
    "ten-thousand": lambda: _sizes(LARGE),
    "requests": _live,
    "metrics": lambda: _alone(metrics(WORK)),
    "backups": lambda: _alone(backup.backups(WORK)),
    "bridges": lambda: _alone(network.vlans(WORK)),
    "mappings": lambda: _alone(mappings.mappings(WORK)),
    "migrations": lambda: _alone(mobility.migrations(WORK)),
    "switch": lambda: _beside(vswitch.frames()),
    "real": _real,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m perf", description=__doc__.partition(";")[0] + ".")
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (default: all, in this order)"
    )
    groups = parser.parse_args().groups or list(GROUPS)
    if unknown := [name for name in groups if name not in GROUPS]:
        parser.error(f"there is no group {unknown[0]}: choose from {', '.join(GROUPS)}")
    WORK.mkdir(exist_ok=True)
    # pip compiles what it installs, the peers too; stale or missing bytecode would be measured at every start.
    compileall.compile_dir(ROOT / "src", quiet=1)
    rows: list[Row] = []
    try:
        for name in groups:
            print(f"measuring {name}", file=sys.stderr)
            rows += GROUPS[name]()
    finally:
        _print(rows)  # of a run that was broken off, too
    return 0


def _print(rows: list[Row]) -> None:
    width = max((len(row[0]) for row in rows), default=4)
    print(f"{'case':{width}}  {'measured':>12}  {'budget':>10}  peers in the same run")
    for name, value, unit, budget, note in rows:
        bound = f"{budget:g} {unit}" if budget else ""
        more_is_better = unit == "/s"
        missed = budget and (value < budget if more_is_better else value > budget)
        print(f"{name:{width}}  {value:>9.3g} {unit:<3}{'!' if missed else ' '} {bound:>10}  {note}")
    print("A ! marks what misses its budget.")


if __name__ == "__main__":
    sys.exit(main())

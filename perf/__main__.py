"""``python -m perf [quick]``: measures and prints one table."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

from perf import backup, cases, mappings, mobility, network, peers, qemu, vswitch
from perf.metrics import metrics
from perf.target import serving

ROOT = Path(__file__).parent.parent


def main() -> int:
    work = ROOT / ".perf"
    work.mkdir(exist_ok=True)
    # pip compiles what it installs, the peers too; stale or missing bytecode would be measured at every start.
    compileall.compile_dir(ROOT / "src", quiet=1)
    counts = (1000,) if "quick" in sys.argv[1:] else (1000, 10000)
    rows: list[tuple[str, float, str, float, str]] = []
    client_python = ROOT / ".venv-pypowervm" / "bin" / "python"
    for name, value, unit, budget in cases.commands():
        rows.append((name, value, unit, budget, ""))
    for count in counts:
        ours = {name: (value, unit, budget) for name, value, unit, budget in cases.sizes(work, count)}
        listing = ours[f"pvmctl lpar list, {count:,}"][0]
        ready = ours[f"ready with {count:,} partitions"][0]
        notes: dict[str, list[str]] = {}
        with serving(work / f"data-{count}") as running:
            script = peers.pypowervm_script(running.http, client_python)
        notes.setdefault(f"pvmctl lpar list, {count:,}", []).append(
            f"pypowervm script {script:.2f} s = {script / listing:.1f}x"
        )
        virsh = peers.virsh(work, count)
        if virsh:
            notes[f"pvmctl lpar list, {count:,}"].append(
                f"virsh list {virsh['list']:.2f} s = {virsh['list'] / listing:.1f}x"
            )
        zhmc = peers.zhmcclient(work, count)
        sushy = peers.sushy(work, count)
        notes[f"ready with {count:,} partitions"] = [
            f"zhmcclient mock, in process {zhmc['ready']:.2f} s = {zhmc['ready'] / ready:.1f}x",
            f"sushy-tools {sushy['ready']:.2f} s = {sushy['ready'] / ready:.1f}x",
        ]
        for name, (value, unit, budget) in ours.items():
            rows.append((name, value, unit, budget, "; ".join(notes.get(name, []))))
    sushy = peers.sushy(work, 1000)
    with serving(work / "data-1000") as running:
        for case in cases.LIVE:
            for name, value, unit, budget in case(running):
                peer = {
                    "GET of one partition, 16 connections": "get",
                    "power-on jobs to completion, 4 clients": "power",
                }
                other = sushy.get(peer.get(name, ""), 0.0)
                note = f"sushy-tools {other:.0f}/s = {value / other:.1f}x" if other else ""
                rows.append((name, value, unit, budget, note))
    rows += [(*row, "") for row in metrics(work)]
    rows += [(*row, "") for row in backup.backups(work)]
    rows += [(*row, "") for row in network.vlans(work)]
    rows += [(*row, "") for row in mappings.mappings(work)]
    rows += [(*row, "") for row in mobility.migrations(work)]
    for measure in (vswitch.frames, _real):
        results, beside = measure()
        rows += [(*row, beside.get(row[0], "")) for row in results]
    _print(rows)
    return 0


def _real() -> qemu.Noted:
    """Real partitions, where this host has what they need."""
    kit = qemu.kit()
    return qemu.partitions(kit) if kit else ([], {})


def _print(rows: list[tuple[str, float, str, float, str]]) -> None:
    width = max(len(row[0]) for row in rows)
    print(f"{'case':{width}}  {'measured':>12}  {'budget':>10}  peers in the same run")
    for name, value, unit, budget, note in rows:
        bound = f"{budget:g} {unit}" if budget else ""
        more_is_better = unit == "/s"
        missed = budget and (value < budget if more_is_better else value > budget)
        print(f"{name:{width}}  {value:>9.3g} {unit:<3}{'!' if missed else ' '} {bound:>10}  {note}")
    print("A ! marks what misses its budget.")


if __name__ == "__main__":
    sys.exit(main())

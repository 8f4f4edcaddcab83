"""The last measured figures, when there are any."""

from __future__ import annotations

from pathlib import Path

from docs.generate.markdown import block, page

MEASURED = Path(__file__).with_name("performance.txt")
_HOW = """\
`make perf` measures, and prints one table: each case with its budget, and what peers reach with the same in the same run on
the same machine. It takes some minutes; `make perf ARGS=mappings` measures a group of the cases, and `make perf ARGS=--help` names
the groups.

| | |
|---|---|
| our server | started as a user starts it, with an immediate clock, on loopback, its state on the disk of the project folder |
| commands | best of several runs of the whole process, from start to exit |
| requests | keep-alive clients in a process of their own, so that client and server share the machine |
| durable | every create and job is on disk (`synchronous=FULL`) before its answer |
| real partitions | the kit's minimal system, started from saved states; left out where `make setup-qemu` has not been run |
| `!` | the case misses its budget |

The peers are libvirt's test driver through `virsh`, sushy-tools' fake driver, zhmcclient's mock, a script with pypowervm, and for
real partitions a QEMU started by hand with the same command line.
`virsh` is left out where it is not installed. They do not do the same work: none of them keeps its state on disk before it
answers."""


def pages() -> dict[str, str]:
    if MEASURED.exists():
        figures = block(MEASURED.read_text(encoding="utf-8"))
        source = "`make perf > docs/generate/performance.txt` renews them."
    else:
        figures, source = "None are kept yet.", "`make perf > docs/generate/performance.txt` keeps them."
    return {"performance.md": page("Performance", _HOW, "## Last measured figures", source, figures)}

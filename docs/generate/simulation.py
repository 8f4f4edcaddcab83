"""Fault rules, stages of simulated partitions, features: data of the simulation."""

from __future__ import annotations

from dataclasses import fields
from importlib import resources

import msgspec

from docs.generate.markdown import block, code, page, plain, table
from openlpar.cli.openlpar.monitoring import SETTINGS
from openlpar.cli.openlpar.simulation import RULE_OPTIONS
from openlpar.hypervisor.sim.behaviour import Guest, Stage
from openlpar.ops.features import FEATURES
from openlpar.ops.metrics.sampling import KEPT_MS, LONG_MS, RAW_MS, SHORT_KEPT_MS, SHORT_MS, TIERS
from openlpar.ops.simulation.faults import EFFECTS, READY_MADE
from openlpar.ports.metrics import BY_ITSELF, COMMON, KINDS, SERVING
from openlpar.ports.records import Fault

_FAULTS = """\
Rules that make operations fail or wait, or the service die. `openlpar fault add NAME --option …` puts one into force, `openlpar
fault apply FILE` and `openlpar serve --fault-rules FILE` those of a file, `POST /admin/faults` takes one as JSON. Rules are state:
they survive a restart, also of a service that they made crash. [How to](../how-to/inject-faults.md) use them."""
_FAULT_NOTES = """\
A rule without `step` fails an operation before its first step and crashes the service after it. Patterns are those of a shell
(`lpar.*`). What an operation does by other operations, such as a VIOS command, counts as one match: `--after` and `--times` count
what was asked for, unless the rule fits the inner operation only. A rule that made the service crash is still in force after the
restart; `openlpar fault remove all` takes it back."""
_FILE = """\
faults:
- {name: vios-busy, subject: vios1, times: 3}
- {effect: fail, operation: lpar.create, message: PVME01050040-0001, probability: 0.1}
"""
_BEHAVIOUR = """\
What a simulated partition goes through when it starts and stops is data: sequences of stages. `GET /admin/behaviour` answers
those in force, `PUT /admin/behaviour` replaces them all; they are kept across restarts. Times are simulated seconds."""
_WORKLOADS = """\
What a simulated partition is busy with. `openlpar workload set PARTITION KIND --SETTING …` sets a rule for a name or a pattern of
names, `POST /admin/workloads` takes one as JSON, and an [inventory](inventory.md) may list them under `workload`. Where several
rules name a partition, the one that was set last counts. [Metrics](../explanation/metrics.md) says what becomes of them."""
_STAGE = {
    "after": "seconds after the stage before",
    "jitter": "share of that time by which chance may lengthen it, 0 to 1",
    "state": "PartitionState from then on",
    "ref_code": "reference code from then on",
    "rmc": "RMC state from then on",
    "os": "operating system and level, from then on",
    "booted": "the operating system is up: the console has a login",
    "console": "text that appears on the console",
    "moved": "how much of a partition that is sent to another system has left, 0 to 1",
}


_GUESTS = """\
`guests` is a list; the first whose `name` fits a partition's counts for it. `outside_rmc: false` takes
[RMC](../explanation/rmc.md) from partitions that have no adapter on MGMTSWITCH."""
_GUEST = {
    "name": "pattern of names of partitions",
    "rsct": "level of RSCT; below 3.2.1.0 there is no RMC",
    "dlpar": "what the operating system can change while it runs",
    "gives": "share of the memory or processors asked for that it gives or takes, 0 to 1",
    "refuses_adapters": "it does not take or give up virtual adapters",
    "returns": "return code with which it falls short or refuses",
}


def pages() -> dict[str, str]:
    return {
        "faults.md": _faults(),
        "behaviour.md": _behaviour(),
        "workloads.md": _workloads(),
        "features.md": _features(),
    }


def _faults() -> str:
    ready = [
        (code(name), plain(made.summary), ", ".join(map(code, made.required)), ", ".join(map(code, made.fixed)))
        for name, made in READY_MADE.items()
    ]
    defaults = {field.name: field.default for field in fields(Fault)}
    options = [
        (code(name), plain(text), "number" if kind is not str else "text", code(f"{defaults[name]}"))
        for name, kind, text in RULE_OPTIONS
    ]
    effects = ", ".join(map(code, EFFECTS))
    options.insert(0, ("`effect`", f"of a rule without a name: {effects}", "text", ""))
    return page(
        "Fault rules",
        _FAULTS,
        "## Ready-made faults",
        table(("name", "", "needs", "sets itself"), ready),
        "## Fields",
        table(("field", "", "", "default"), options),
        _FAULT_NOTES,
        "## A file of rules",
        block(_FILE, "yaml"),
    )


def _behaviour() -> str:
    assert set(_STAGE) == set(Stage.__struct_fields__), "a field of a stage is not described"
    assert set(_GUEST) == set(Guest.__struct_fields__), "a field of a guest is not described"
    like_others = Guest()
    defaults = {**msgspec.structs.asdict(like_others), "dlpar": ", ".join(like_others.dlpar)}
    guests = [(code(name), text, code(f"{defaults[name]}")) for name, text in _GUEST.items()]
    shipped = resources.files("openlpar.hypervisor.sim").joinpath("behaviour.yaml").read_text()
    return page(
        "Behaviour of partitions",
        _BEHAVIOUR,
        table(("field of a stage", ""), ((code(name), text) for name, text in _STAGE.items())),
        "A field that a stage leaves out stays as it was. `boot` says for each boot mode which sequence follows the "
        "firmware's; `os` is `vios` for a Virtual I/O Server and `linux` for every other partition.",
        "## Guests that differ",
        _GUESTS,
        table(("field of a guest", "", "default"), guests),
        "## As shipped",
        block(shipped, "yaml"),
    )


def _workloads() -> str:
    described = dict(SETTINGS)
    rows = [
        (code(kind), ", ".join(f"`{name}` {value:g}" for name, value in own.items())) for kind, own in KINDS.items()
    ]
    settings = [
        (code(name), plain(described[name]), f"{COMMON[name]:g}" if name in COMMON else "") for name in described
    ]
    tiers = [(f"{seconds} s", _span(kept)) for seconds, kept in TIERS.items()]
    return page(
        "Workloads and metrics",
        _WORKLOADS,
        "## Kinds",
        table(("kind", "settings of its own, with defaults"), rows),
        "## Settings",
        table(("setting", "", "default"), settings),
        f"A logical partition that no rule names is `{BY_ITSELF.kind}`. A Virtual I/O Server is `{SERVING.kind}`, and works for "
        "its clients' traffic.",
        "## What is kept",
        table(
            ("metrics", "every", "for"),
            [
                ("raw, long term monitor", _span(LONG_MS), _span(RAW_MS)),
                ("raw, short term monitor", _span(SHORT_MS), _span(SHORT_KEPT_MS)),
                ("processed", _span(LONG_MS), _span(KEPT_MS)),
                *(("aggregated", every, kept) for every, kept in tiers),
            ],
        ),
    )


def _span(ms: int) -> str:
    for size, word in ((86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes")):
        if ms >= 2 * size and ms % size == 0:
            return f"{ms // size} {word}"
    return f"{ms // 1000} s"


def _features() -> str:
    rows = [(code(one.name), one.since, plain(one.summary), "at logon" if one.announced else "") for one in FEATURES]
    return page(
        "Features",
        "What this server offers beyond a NovaLink, by dated names. `openlpar features` and `GET /admin/features` list "
        "them; those that clients of the REST API need to know are announced at logon in `X-OpenLPAR-Features`.",
        table(("feature", "since", "", "announced"), rows),
    )

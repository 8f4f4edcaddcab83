"""The commands that ask a running service: dump, fault, step, health, features, coverage."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, running, sentence
from openlpar.cli.openlpar.rules import read_rules
from openlpar.client.admin import Administration

# Columns that a listing may take.
_WIDTH = 100
# Option of ``fault add`` -> type and help: the fields of a rule.
RULE_OPTIONS: tuple[tuple[str, type, str], ...] = (
    ("operation", str, "pattern of operations: lpar.power_on, PowerOn, 'lpar.*' (several between blanks)"),
    ("subject", str, "pattern of names: of the object, or of what it is in (a pool, a VIOS)"),
    ("step", str, "pattern of steps: the operation fails or crashes before that step"),
    ("message", str, "id of the message to fail with; 'openlpar explain' lists them"),
    ("seconds", float, "how long to wait, in simulated seconds"),
    ("after", int, "how many matches pass first"),
    ("times", int, "how often it strikes (0: always)"),
    ("probability", float, "of striking, 0 to 1"),
)


def service_of(args: argparse.Namespace) -> Administration:
    """The service that the command's options name."""
    return Administration(args.url, args.data)


def dump(args: argparse.Namespace) -> int:
    from openlpar.messages import simulation as say

    with service_of(args) as service:
        text = service.text("/dump")
    if args.output == "-":
        sys.stdout.write(text)
        return 0
    from openlpar import durable

    try:
        durable.write(args.output, text.encode(), 0o660)
    except OSError as wrong:
        raise say.CANNOT_WRITE.error(path=args.output, cause=wrong.strerror) from wrong
    return 0


def fault_list(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/faults")
    if found["rules"]:
        head = ("rule", "fault", "when", "struck")
        rows = [
            (rule["id"], rule["name"] or rule["effect"], _described(rule), str(rule["struck"]))
            for rule in found["rules"]
        ]
        beside = sum(max(len(row[column]) + 2 for row in (head, *rows)) for column in (0, 1, 3))
        table(head, [line for row in rows for line in _broken(row, _WIDTH - beside)])
    else:
        print("No rule is in force. The faults there are:")
        for name, ready in found["ready_made"].items():
            needs = f" (needs {', '.join('--' + need for need in ready['needs'])})" if ready["needs"] else ""
            indent = " " * 17
            lines = textwrap.wrap(ready["summary"] + needs, _WIDTH - len(indent), break_on_hyphens=False)
            print(f"  {name:<14} " + f"\n{indent}".join(lines))
    return 0


def _broken(row: tuple[str, str, str, str], width: int) -> Iterable[tuple[str, ...]]:
    """A rule in as many lines as its conditions take."""
    rule, fault, when, struck = row
    first, *others = textwrap.wrap(when, width, break_on_hyphens=False)
    yield rule, fault, first, struck
    yield from (("", "", line, "") for line in others)


def _described(rule: dict[str, Any]) -> str:
    words = [f"{key}={rule[key]}" for key in ("operation", "step", "subject") if rule[key] not in ("*", "")]
    words += [f"{key}={rule[key]}" for key in ("message", "seconds", "after", "times") if rule[key]]
    if rule["probability"] != 1:
        words.append(f"probability={rule['probability']}")
    return " ".join(words) or "always"


def fault_add(args: argparse.Namespace) -> int:
    wish = {name: getattr(args, name) for name, _, _ in RULE_OPTIONS if getattr(args, name) is not None}
    with service_of(args) as service:
        _added(service.send("POST", "/faults", {"name": args.name, **wish}))
    return 0


def _added(rule: dict[str, Any]) -> None:
    print(rule["id"])
    if rule.get("warning"):
        print(f"warning: {rule['warning']}.", file=sys.stderr)


def fault_remove(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        service.send("DELETE", "/faults" if args.rule == "all" else f"/faults/{args.rule}")
    return 0


def fault_apply(args: argparse.Namespace) -> int:
    rules = read_rules(args.file)
    with service_of(args) as service:
        for rule in rules:
            _added(service.send("POST", "/faults", rule))
    return 0


def step(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        clock = service.send("POST", "/clock/step", {"seconds": args.seconds})
    print(moment(clock["now"]))
    return 0


def moment(now_ms: int) -> str:
    """A time as commands print it."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def health(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/health")
    found["clock"] = f"{found['clock']['mode']}, {moment(found['clock']['now'])}"
    findings = found.pop("findings", [])
    for name, value in found.items():
        print(f"{name:<11} {value}")
    for finding in findings:
        print(f"\n[{finding['id']}] {finding['message']}")
    return 0 if found["status"] == "ok" else 1


def rmc(args: argparse.Namespace) -> int:
    from openlpar.messages import general

    with service_of(args) as service:
        found = [one for one in service.get("/rmc") if args.partition in ("", one["name"])]
    if args.partition and not found:
        raise general.NOT_FOUND.error(kind="Partition", name=args.partition)
    rows = [(one["name"], one["rmc"], one["address"], " ".join(one["dlpar"]), one["cause"]) for one in found]
    table(("partition", "rmc", "address", "dlpar", "why not"), rows)
    return 0


def features(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/features")
    table(("feature", "since", ""), [(one["name"], one["since"], one["summary"]) for one in found])
    return 0


def coverage(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/coverage")
    rows = [
        (resource["resource"], one["verb"], one["answer"], one["evidence"], one["source"])
        for resource in found["resources"]
        for one in resource["operations"]
    ]
    table(("resource", "verb", "answer", "evidence", "source"), rows)
    print()
    table(
        ("job", "of", "answer", "evidence", "source"),
        [(job["job"], job["on"], job["answer"], job["evidence"], job["source"]) for job in found["jobs"]],
    )
    return 0


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Prints columns as wide as their widest cell."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _declare_dump(commands: Commands) -> None:
    made = command(commands, "dump", "write the running system as an inventory file", "dump -o system.yaml", dump)
    made.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    running(made)


def _declare_fault(commands: Commands) -> None:
    summary = "let operations fail, wait, or crash the service"
    fault = commands.add_parser("fault", help=summary, description=sentence(summary))
    verbs = fault.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listed = command(verbs, "list", "the rules in force, and the faults there are", "fault list", fault_list)
    added = command(
        verbs,
        "add",
        "put a rule into force",
        "fault add vios-busy --subject vios1 --times 3\n"
        "  openlpar fault add delay --operation PowerOn --seconds 30\n"
        "  openlpar fault add pool-full --subject pool1\n"
        "  openlpar fault add crash --operation lpar.create",
        fault_add,
    )
    added.add_argument(
        "name",
        metavar="FAULT",
        help="vios-busy, vios-rmc-lost, lpar-rmc-lost, link-lost, error, delay, pool-full, crash",
    )
    for flag, kind, text in RULE_OPTIONS:
        added.add_argument(f"--{flag}", type=kind, metavar=flag[:1].upper(), help=text)
    removed = command(verbs, "remove", "take a rule back", "fault remove fault-1", fault_remove)
    removed.add_argument("rule", metavar="RULE", help="its id, or 'all'")
    applied = command(verbs, "apply", "put the rules of a file into force", "fault apply rules.yaml", fault_apply)
    applied.add_argument("file", metavar="FILE", help="YAML or JSON: a list of rules, each as 'fault add' takes it")
    for parser in (listed, added, removed, applied):
        running(parser)


def _declare_step(commands: Commands) -> None:
    made = command(commands, "step", "move the simulation's clock ahead", "step 60", step)
    made.add_argument("seconds", type=float, metavar="SECONDS", help="simulated seconds")
    running(made)


def _declare_health(commands: Commands) -> None:
    running(command(commands, "health", "whether the service is well", "health", health))


def _declare_features(commands: Commands) -> None:
    running(command(commands, "features", "what this server offers beyond a NovaLink", "features", features))


def _declare_coverage(commands: Commands) -> None:
    made = command(commands, "coverage", "what can be done with each resource", "coverage", coverage)
    running(made)


def _declare_rmc(commands: Commands) -> None:
    summary = "the RMC connection of each partition, and why one is not active"
    made = command(commands, "rmc", summary, "rmc vm1", rmc)
    made.add_argument("partition", nargs="?", default="", metavar="PARTITION", help="its name; default: all")
    running(made)


COMMANDS: tuple[Declaration, ...] = (
    _declare_dump,
    _declare_fault,
    _declare_step,
    _declare_health,
    _declare_features,
    _declare_coverage,
    _declare_rmc,
)

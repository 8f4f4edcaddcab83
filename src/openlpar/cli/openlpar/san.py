"""The commands about the simulated storage network: san list, apply, volume, map, unmap, remove."""

from __future__ import annotations

import argparse
import json
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, running, sentence
from openlpar.cli.openlpar.simulation import service_of, table

KINDS = {"array": "arrays", "volume": "volumes", "image": "images"}
"""What ``san remove`` is told -> the list it is in."""


def san_list(args: argparse.Namespace) -> int:
    with service_of(args) as service:
        found = service.get("/san")
    if args.seen_by:
        found["volumes"] = [one for one in found["volumes"] if args.seen_by in one["seen_by"]]
    else:
        rows = [
            (one["name"], " ".join(one.get("ports", ())), " ".join((*one.get("portals", ()), *one.get("iqns", ()))))
            for one in found["arrays"]
        ]
        table(("array", "fibre channel ports", "iscsi portals and targets"), rows)
        print()
    seen = [
        (
            one["name"],
            str(one["lun"]),
            f"{one['size_gb']:g}",
            one["naa"],
            " ".join(one["hosts"]),
            " ".join(one["seen_by"]),
        )
        for one in found["volumes"]
    ]
    table(("volume", "lun", "GB", "identifier", "masked to", "seen by"), seen)
    if found["images"] and not args.seen_by:
        print()
        table(("rbd image", "GB"), [(one["name"], f"{one['size_gb']:g}") for one in found["images"]])
    return 0


def san_apply(args: argparse.Namespace) -> int:
    lists = _read(args.file)
    with service_of(args) as service:
        service.send("PUT", "/san", lists)
    return 0


def _read(path: str) -> Any:
    """What the file says; of YAML all values as they were written. Raises Failure."""
    from openlpar.cli.openlpar.written import text_of
    from openlpar.messages import san as say

    text = text_of(path)
    try:
        content = json.loads(text)
    except ValueError:
        content = _yaml(text, path)
    lists = content.get("san", content) if isinstance(content, dict) else content
    if not isinstance(lists, dict):
        raise say.BAD_SAN.error(kind="lists", cause=f"{path} does not hold lists such as 'arrays:'")
    return lists


def _yaml(text: str, path: str) -> Any:
    from openlpar.messages import san as say

    try:
        import yaml
    except ModuleNotFoundError:
        raise say.BAD_SAN.error(kind="lists", cause=f"{path} is not JSON, and YAML needs the package PyYAML") from None
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as wrong:
        raise say.BAD_SAN.error(kind="lists", cause=f"{path}: {' '.join(str(wrong).split())}") from wrong


def san_volume(args: argparse.Namespace) -> int:
    wish: dict[str, Any] = {"name": args.volume, "size_gb": args.size}
    wish |= {"hosts": args.host} if args.host else {}
    wish |= {name: value for name in ("lun", "naa") if (value := getattr(args, name)) is not None}
    with service_of(args) as service:
        service.send("PUT", "/san", {"volumes": [wish]})
    return 0


def san_map(args: argparse.Namespace) -> int:
    return _mask(args, {"add": args.host})


def san_unmap(args: argparse.Namespace) -> int:
    return _mask(args, {"remove": args.host})


def _mask(args: argparse.Namespace, wish: dict[str, list[str]]) -> int:
    from urllib.parse import quote

    with service_of(args) as service:
        service.send("PUT", f"/san/masks/{quote(args.volume)}", wish)
    return 0


def san_remove(args: argparse.Namespace) -> int:
    from urllib.parse import quote

    with service_of(args) as service:
        service.send("DELETE", f"/san/{KINDS[args.kind]}/{quote(args.name)}")
    return 0


_SAN_EXAMPLE = """\
san apply san.yaml, where san.yaml is
    arrays:
    - {name: ds8k, ports: [5005076306ffd6b6], iqns: [iqn.2024-01.com.example:ds8k], portals: [192.0.2.50]}
    volumes:
    - {name: ds8k/vol1, size_gb: 20, hosts: [vios1, vios2]}
    images:
    - {name: volumes/disk1, size_gb: 10}"""


def _declare_san(commands: Commands) -> None:
    summary = "the simulated storage network: arrays, volumes, who sees them"
    group = commands.add_parser("san", help=summary, description=sentence(summary))
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listed = command(verbs, "list", "what there is, and who sees it", "san list --seen-by vm1", san_list)
    listed.add_argument("--seen-by", default="", metavar="PARTITION", help="only the volumes that it sees")
    applied = command(
        verbs, "apply", "add or replace what a file lists: arrays, volumes, images", _SAN_EXAMPLE, san_apply
    )
    applied.add_argument("file", metavar="FILE", help="YAML or JSON, as the block san of an inventory")
    made = command(
        verbs, "volume", "make a volume, or let it grow", "san volume ds8k/vol2 --size 20 --host vios1", san_volume
    )
    made.add_argument("volume", metavar="ARRAY/VOLUME", help="its name")
    made.add_argument("--size", required=True, metavar="GB", help="how large it is; one that is there can grow")
    made.add_argument("--lun", metavar="N", help="its number (default: the lowest free one)")
    made.add_argument("--naa", metavar="ID", help="its identifier of page 83, 'none' for a volume without one")
    _hosts(made, "--host", action="append", default=[])
    changed = (
        command(verbs, "map", "let hosts see a volume", "san map ds8k/vol2 vios1 vios2", san_map),
        command(verbs, "unmap", "take a volume from hosts", "san unmap ds8k/vol2 vios2", san_unmap),
    )
    for parser in changed:
        parser.add_argument("volume", metavar="ARRAY/VOLUME", help="its name")
        _hosts(parser, "host", nargs="+")
    removed = command(verbs, "remove", "take something away", "san remove volume ds8k/vol2", san_remove)
    removed.add_argument("kind", choices=KINDS, help="what it is")
    removed.add_argument("name", metavar="NAME", help="its name")
    for parser in (listed, applied, made, *changed, removed):
        running(parser)


def _hosts(parser: Parser, name: str, **how: Any) -> None:
    parser.add_argument(name, metavar="HOST", help="a WWPN, an IQN, or the name of a partition", **how)


COMMANDS: tuple[Declaration, ...] = (_declare_san,)

"""The commands about the simulated storage network: san list, apply, volume, map, unmap, remove."""

from __future__ import annotations

import argparse
import json
from typing import Any

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
    from openlpar.messages import san as say
    from openlpar.messages import simulation

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as cause:
        raise simulation.NO_FEED.error(path=path, cause=cause.strerror) from cause
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
    wish: dict[str, Any] = {"name": args.volume, "size_gb": args.size, "hosts": args.host}
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

"""Levels of a Virtual I/O Server's software: what a server has, and what its partition and its cluster tell of it."""

from __future__ import annotations

import re

from openlpar.ports.state import Change
from openlpar.uom.cluster import Cluster
from openlpar.uom.virtual_io_server import VirtualIOServer

_LEVEL = re.compile(r"\d+(?:\.\d+){3}")


def level_of(vios: VirtualIOServer) -> str:
    """``3.1.4.10``; "" when its object does not tell."""
    found = _LEVEL.search(vios.operating_system)
    return found[0] if found else ""


def set_level(change: Change, uuid: str, level: str) -> None:
    """Gives the server with this uuid another level. The cluster that it is a node of knows it too."""
    vios = change.get(VirtualIOServer, uuid)
    present = level_of(vios)
    text = vios.operating_system.replace(present, level) if present else f"VIOS {level}"
    change.put(vios.evolve(operating_system=text))
    for cluster in list(change.all(Cluster)):
        if any(_server(node.vios_uri) == uuid for node in cluster.nodes):
            nodes = [one.evolve(vios_level=level) if _server(one.vios_uri) == uuid else one for one in cluster.nodes]
            change.put(cluster.evolve(nodes=nodes))


def why_unfit(present: str, wanted: str, *, new_version: bool) -> str:
    """Why software of a level cannot follow on the present one; "" when it can. new_version: it is installed anew, and so may be
    of another version."""
    if not _LEVEL.fullmatch(wanted):
        return "that is no level, which has four numbers"
    if not present:
        return "its present level is not known"
    if _numbers(wanted) <= _numbers(present):
        return "that is not newer"
    if not new_version and _numbers(wanted)[0] != _numbers(present)[0]:
        return "a new version is installed, not applied"
    return ""


def _numbers(level: str) -> tuple[int, ...]:
    return tuple(int(part) for part in level.split("."))


def _server(reference: str) -> str:
    return reference.rpartition("/")[2]

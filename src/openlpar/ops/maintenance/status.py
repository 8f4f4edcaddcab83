"""Maintenance as JSON: which Virtual I/O Servers are in it, and what stands against it for the others."""

from __future__ import annotations

from typing import Any

from openlpar.ops.maintenance.plan import planned
from openlpar.ports.records import Maintenance
from openlpar.ports.state import World
from openlpar.uom.disk_paths import outage
from openlpar.uom.virtual_io_server import VirtualIOServer


def status(world: World) -> list[dict[str, Any]]:
    return [_server(world, vios) for vios in world.all(VirtualIOServer)]


def _server(world: World, vios: VirtualIOServer) -> dict[str, Any]:
    """problems: without evacuation; left: those that it leaves; evacuable: how many disks get another path by it."""
    now = world.find(Maintenance, vios.uuid)
    found: dict[str, Any] = {
        "name": vios.name,
        "state": vios.state,
        "rmc": vios.rmc_state,
        "phase": now.phase if now is not None else "",
        "since": now.began if now is not None else 0,
        "added": len(now.added) if now is not None else 0,
        "stalled": now.stalled if now is not None else "",
        "problems": [],
        "left": [],
        "evacuable": 0,
    }
    if now is None and not outage(vios):
        evacuated = planned(world, vios, evacuate=True)
        found["problems"] = planned(world, vios, evacuate=False).problems
        found["left"], found["evacuable"] = evacuated.problems, evacuated.count
    return found

"""Paths from Fibre Channel ports to disks, and whether they may be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openlpar.uom.volume_group import PhysicalVolumeState
from openlpar.vios.padmin.devices import devices
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server

ENABLED, DISABLED, DEFINED, REMOVED, FAILED = "Enabled", "Disabled", "Defined", "Removed", "Failed"


@dataclass(frozen=True, slots=True)
class Path:
    """name: the disk; parent: the device the path begins at; connection: port and logical unit it ends at."""

    name: str
    parent: str
    connection: str
    status: str = ENABLED

    @property
    def key(self) -> str:
        return f"{self.name} {self.parent}"


def paths(server: Server, *, removed: bool = False) -> list[Path]:
    """One path for each disk whose location tells its port. removed: those too that rmpath took away."""
    kept = server.settings.paths
    lost = {disk.name for disk in server.disks() if disk.state == PhysicalVolumeState.MISSING}
    found = []
    for device in devices(server):
        if "disk" in device.kinds and device.parent and not device.virtual and device.status == "Available":
            path = Path(device.name, device.parent, _connection(device.location))
            status = kept.get(path.key, FAILED if device.name in lost else ENABLED)
            if removed or status != REMOVED:
                found.append(Path(path.name, path.parent, path.connection, status))
    return found


def _connection(location: str) -> str:
    """``500507680308104a,4000000000000`` from the end of a location code."""
    port, _, unit = location.rpartition("-W")[2].partition("-L")
    return f"{port.lower()},{unit.lower()}" if port and unit else ""


def chosen_paths(server: Server, disk: str, parent: str, connection: str, *, removed: bool = False) -> list[Path]:
    """The paths that options name. Raises Refusal when there is none."""
    if disk:
        server.disk(disk)
    found = [
        path
        for path in paths(server, removed=removed)
        if disk in ("", path.name) and parent in ("", path.parent) and connection in ("", path.connection)
    ]
    if not found:
        raise no_such("Path", " ".join(filter(None, (disk, parent, connection))), "lspath lists the paths.")
    return found


def set_status(server: Server, changed: Sequence[Path], status: str) -> None:
    """Raises Refusal where a disk that is in use would lose its last path."""
    kept = dict(server.settings.paths)
    for path in changed:
        kept.pop(path.key, None)
        if status != ENABLED:
            kept[path.key] = status
    for path in changed if status != ENABLED else ():
        others = [each for each in paths(server) if each.name == path.name]
        user = in_use_as(server, path.name)
        if user and all(kept.get(each.key, ENABLED) != ENABLED for each in others):
            raise Refusal(
                Status.INCOMPLETE,
                f"The path to {path.name} through {path.parent} is its last one, and the disk is in use: {user}. "
                "Take the disk out of use first, or enable another path.",
            )
    server.keep(paths=kept)


def in_use_as(server: Server, disk: str) -> str:
    """What uses a disk; "" when nothing does."""
    return ", ".join(_users(server, disk))


def _users(server: Server, disk: str) -> Iterator[str]:
    group = server.group_names().get(disk, "")
    if group:
        yield f"volume group {group}"
    if server.cluster() is not None:
        pool = server.the_pool()
        if server.disk(disk).udid in {volume.udid for volume in pool.physical_volumes}:
            yield f"storage pool {pool.name}"
    yield from (f"{target.name}" for target in server.users(disk))

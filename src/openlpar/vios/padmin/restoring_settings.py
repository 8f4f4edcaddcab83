"""The settings of a backup, for ``viosbr -restore``: attributes of devices, and what else padmin can set. They become what they
were; what was set only since then stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from openlpar.ports.records import ViosSettings
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.backup import NOT_SAVED, OF_DEVICES, Saved, element
from openlpar.vios.padmin.commands.hostname import set_host_name
from openlpar.vios.padmin.devices import devices
from openlpar.vios.padmin.missing import Missing
from openlpar.vios.padmin.server import Server

_POLICIES = ("reserve_policy", "reserve_policy_algorithm")
"""Attributes of a disk that the UOM knows."""


def device_settings(server: Server, saved: Saved) -> Iterator[Missing]:
    there = {disk.udid: disk for disk in server.disks() if disk.udid}
    for one in saved["PhysicalVolume"]:
        wanted = element(PhysicalVolume, one)
        disk = there.get(wanted.udid)
        policies = {name: wanted.get(name) for name in _POLICIES if wanted.has(name)}
        if disk is not None and any(disk.get(name) != value for name, value in policies.items()):
            yield Missing(disk.name, partial(_set_policies, server, disk.name, policies))
    known = {device.name: {each.name for each in device.attributes} | {"pv"} for device in devices(server)}
    own = saved.get("settings", {}).get("attributes", {})
    # A name may be that of another device now.
    fitting = {name: values for name, values in own.items() if values.keys() <= known.get(name, set())}
    yield from _differing(server, "attributes", fitting)
    yield from _differing(server, "paths", saved.get("settings", {}).get("paths"))


def _set_policies(server: Server, disk: str, policies: dict[str, str]) -> str:
    server.operator.perform("vios.change_disk", server.uuid, disk=disk, **policies)
    return disk


def own_settings(server: Server, saved: Saved) -> Iterator[Missing]:
    host = element(VirtualIOServer, saved["VirtualIOServer"]).hostname
    if host and host != server.vios.hostname:
        yield Missing(f"hostname {host}", partial(_set_host_name, server, host))
    for one in fields(ViosSettings):
        if one.name not in (*OF_DEVICES, *NOT_SAVED):
            yield from _differing(server, one.name, saved.get("settings", {}).get(one.name))


def _set_host_name(server: Server, host: str) -> str:
    set_host_name(server, host)
    return f"hostname {host}"


def _differing(server: Server, field: str, wanted: Any) -> Iterator[Missing]:
    """field: of ViosSettings. wanted: what the backup has there, None for nothing."""
    now: Any = getattr(server.settings, field)
    if isinstance(wanted, Mapping):
        for key, value in wanted.items():
            if _plain(now.get(key)) != value:
                yield _setting(f"{field} {key}", partial(_keep_member, server, field, key, value))
    elif wanted and _plain(now) != wanted:
        called = field.replace("_", " ")
        yield _setting(called, partial(server.keep, **{field: _kept(wanted)}))


def _setting(name: str, keep: Callable[[], None]) -> Missing:
    def make() -> str:
        keep()
        return name

    return Missing(name, make)


def _keep_member(server: Server, field: str, key: str, value: Any) -> None:
    server.keep(**{field: {**getattr(server.settings, field), key: _kept(value)}})


def _plain(value: Any) -> Any:
    """As it is in JSON."""
    return list(value) if isinstance(value, tuple) else value


def _kept(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

"""Quick properties: single values as JSON, and which there are (rest-contract 6.1).

Booleans are the strings ``"true"`` and ``"false"``.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.address import Address
from openlpar.messages import rest as say
from openlpar.ops import views
from openlpar.ops.system.firmware import firmware_of
from openlpar.ports.state import World
from openlpar.uom.core import Element
from openlpar.uom.discovery import QuickProperty, QuickPropertyCollection
from openlpar.uom.firmware import FirmwareLevel
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer

_Value = Callable[[Any], Any]


class _OfWorld(NamedTuple):
    """A value that is not the object's own."""

    read: Callable[[World, Any], Any]


def _value_of(value: _Value | _OfWorld, world: World, obj: Element) -> Any:
    return value.read(world, obj) if isinstance(value, _OfWorld) else value(obj)


def _processors(partition: BasePartition) -> Any:
    if partition.proc_config.current_has_dedicated:
        return partition.proc_config.current_dedicated_proc_cfg.current
    return None


def _flag(value: bool) -> str:
    return "true" if value else "false"


_PARTITION: dict[str, _Value] = {
    "UUID": lambda p: p.uuid,
    "PartitionName": lambda p: p.name,
    "PartitionID": lambda p: p.id,
    "PartitionType": lambda p: p.env,
    "PartitionState": lambda p: p.state,
    "ReferenceCode": lambda p: p.ref_code,
    "RMCState": lambda p: p.rmc_state,
    "ResourceMonitoringIPAddress": lambda p: p.rmc_ip or None,
    "OperatingSystemVersion": lambda p: p.operating_system,
    "CurrentUncappedWeight": lambda p: p.proc_config.current_shared_proc_cfg.current_uncapped_weight,
    "CurrentMemory": lambda p: p.mem_config.current,
    "CurrentProcessors": _processors,
    "CurrentProcessingUnits": lambda p: (
        None if p.proc_config.current_has_dedicated else float(p.proc_config.current_shared_proc_cfg.current_units)
    ),
    "AllocatedVirtualProcessors": lambda p: (
        None if p.proc_config.current_has_dedicated else p.proc_config.current_shared_proc_cfg.allocated_virtual
    ),
    "HasDedicatedProcessors": lambda p: _flag(p.proc_config.current_has_dedicated),
    "SharingMode": lambda p: p.proc_config.current_sharing_mode,
    "MemoryMode": lambda p: "Shared" if p.mem_config.shared_enabled else "Dedicated",
    "ProgressState": lambda p: p.get("progress_state"),
    "HasPhysicalIO": lambda p: _flag(bool(p.io_config.io_slots)),
    "LastActivatedProfile": lambda p: "last*valid*configuration",
    "IsVirtualServiceAttentionLEDOn": lambda p: _flag(p.is_virtual_service_attention_led_on),
    "IsManagementPartition": lambda p: _flag(p.is_mgmt_partition),
    "Description": lambda p: p.get("description"),
    "AssociatedManagedSystem": lambda p: p.parent,
}

PROPERTIES: dict[type[Element], dict[str, _Value | _OfWorld]] = {
    LogicalPartition: {
        **_PARTITION,
        "MigrationState": lambda p: p.get("migration_state"),
        "RemoteRestartState": lambda p: p.get("rr_state"),
        "PowerManagementMode": lambda p: p.get("power_management_mode"),
    },
    VirtualIOServer: {
        **_PARTITION,
        "APICapable": lambda p: _flag(p.api_capable),
        "VirtualIOServerLicenseAccepted": lambda p: _flag(p.is_license_accepted),
    },
    ManagedSystem: {
        "UUID": lambda s: s.uuid,
        "SystemName": lambda s: s.system_name,
        "State": lambda s: s.system_state,
        "IPAddress": lambda s: s.get("host_ip_address"),
        "MTMS": lambda s: f"{s.mtms.machine_type}-{s.mtms.model}*{s.mtms.serial}",
        "ReferenceCode": lambda s: s.get("ref_code"),
        "SystemFirmware": _OfWorld(lambda world, s: firmware_of(world, s).active),
        "ActivatedLevel": _OfWorld(lambda world, s: FirmwareLevel.parsed(firmware_of(world, s).active).level),
        "ConfigurableSystemMemory": lambda s: s.memory_config.memory_configurable,
        "CurrentAvailableSystemMemory": lambda s: s.memory_config.memory_free,
        "InstalledSystemMemory": lambda s: s.memory_config.memory_total,
        "ConfigurableSystemProcessorUnits": lambda s: float(s.proc_config.proc_units_configurable),
        "CurrentAvailableSystemProcessorUnits": lambda s: float(s.proc_config.proc_units_avail),
        "InstalledSystemProcessorUnits": lambda s: float(s.proc_config.proc_units),
        "ServiceProcessorVersion": lambda s: s.get("service_processor_version"),
        "ManufacturingDefaultConfigurationEnabled": lambda s: _flag(s.mfg_default_config_enabled),
        "IsPowerVMManagementMaster": lambda s: _flag(s.session_is_master),
        "IsNotPowerVMManagementMaster": lambda s: _flag(not s.session_is_master),
        "IsPowerVMManagementController": lambda s: _flag(s.session_is_controller),
        "IsNotPowerVMManagementController": lambda s: _flag(not s.session_is_controller),
        "MaximumPartitions": lambda s: s.max_partitions,
        "MeteredPoolID": lambda s: s.get("metered_pool_id"),
    },
}


class QuickResources:
    """``{Root}/quick`` (the names, as Atom), ``…/quick/All`` and ``…/{uuid}/quick/{Property}``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[type[Element], str], tuple[int, bytes]] = {}

    async def get(self, request: Request, address: Address) -> Response:
        properties = PROPERTIES.get(address.kind)
        argument = address.argument
        if properties is None:
            raise say.NO_QUICK.error(kind=address.kind.tag)
        if argument not in ("", "All", *(properties if address.uuid else ())):
            raise say.BAD_PROPERTY.error(property=argument, kind=address.kind.tag)
        if not address.uuid and not argument:
            return self._names(request, properties)
        await self._engine.settled()
        state = self._engine.state
        parent = address.parent or None
        if address.uuid:
            stored = views.find_unshown(state, address.kind, address.uuid, parent)
            if argument in ("", "All"):
                body = self._object(stored, properties)
            else:
                body = msgspec.json.encode(_value_of(properties[argument], state, views.shown(state, stored)))
        else:
            rows = (self._object(stored, properties) for stored in views.unshown(state, address.kind, parent))
            body = b"[" + b",".join(rows) + b"]"
        return Response(body, media_type="application/json", headers=answers.headers(request))

    def _names(self, request: Request, properties: Iterable[str]) -> Response:
        """The one form that is Atom: the client's adapter takes JSON only below ``quick/`` and of ``{uuid}/quick``."""
        names = tuple(QuickProperty(rest_element=name, nickname=name) for name in properties)
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, request.url.path))
        collection = QuickPropertyCollection(properties=names)
        return answers.web_entry(request, collection, uuid=uuid, now=self._engine.clock.now())

    def _object(self, stored: Element, properties: Mapping[str, _Value | _OfWorld]) -> bytes:
        state = self._engine.state
        on_world = views.depends_on(type(stored)) == "world"
        stamp = state.version if on_world else state.stamp(stored.uuid)
        key = (type(stored), stored.uuid)
        kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            shown = views.shown(state, stored) if on_world else stored
            values = {name: _value_of(value, state, shown) for name, value in properties.items()}
            kept = (stamp, msgspec.json.encode(values))
            self._kept[key] = kept
        return kept[1]

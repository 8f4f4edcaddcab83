"""The declarations agree with the catalogue of recorded element types.

The catalogue lies beside the project (``../shared``), extracted from recorded responses of real systems. Where a
declaration differs on purpose, the difference is listed here with its reason; these lists may only shrink.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.uom import catalogue as uom
from openlpar.uom.core import Child, Children, Collection, Element, Enum, Field

CATALOGUE = Path(__file__).parents[3] / "shared" / "reference" / "uom-catalogue.json"

pytestmark = pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there: nothing to compare with")

KINDS = {
    "bool": "bool",
    "int": "int",
    "float": "number",
    "percent": "percent",
    "uuid": "uuid",
    "uri": "text",
    "str": "text",
    "enum": "enum",
    "href": "href",
    "links": "links",
}
REPEATED = {"int": "ints", "str": "texts", "enum": "texts"}

NAME = "a name or number plate: its digits count, not its value"
MEASURE = "a measure, of which only whole numbers were recorded"
SEVERAL = "several numbers, or a number or a word, in one text"
READ_DIFFERENTLY = {
    "AssociatedSystemIOConfiguration.WWPNPrefix": NAME,
    "AssociatedSystemProcessorConfiguration.ConfigurableSystemProcessorUnits": MEASURE,
    "AssociatedSystemProcessorConfiguration.InstalledSystemProcessorUnits": MEASURE,
    "BasePartition.MACAddressPrefix": NAME,
    "ClientNetworkAdapter.VirtualStationInterfaceTypeVersion": NAME,
    "EthernetBackingDevice.AdapterID": NAME,
    "Event.EventID": NAME,
    "IOSlot.VitalProductDataModel": NAME,
    "IOSlot.VitalProductDataSerialNumber": NAME,
    "IOSlot.VitalProductDataType": NAME,
    "JobResponse.JobID": NAME,
    "LogicalUnit.UnitCapacity": MEASURE,
    "MachineTypeModelAndSerialNumber.MachineType": NAME,
    "ManagedSystem.MeteredPoolID": NAME,
    "ManagedSystem.ReferenceCode": NAME,
    "ManagedSystem.ServiceProcessorVersion": NAME,
    "NetworkBridge.UniqueDeviceID": NAME,
    "PartitionMemoryConfiguration.CurrentEntitledMemory": SEVERAL,
    "PcmMachineTypeModelSerialNumber.MachineType": NAME,
    "PcmMachineTypeModelSerialNumber.SerialNumber": NAME,
    "PhysicalAdapter.AdapterID": NAME,
    "PhysicalAdapter.UniqueDeviceID": NAME,
    "PowerEnterprisePool.PoolID": NAME,
    "SRIOVEthernetLogicalPort.IEEE8021QAllowablePriorities": SEVERAL,
    "SharedStoragePool.TotalLogicalUnitSize": MEASURE,
    "TaggedIO.AlternateLoadSource": SEVERAL,
    "TaggedIO.Console": SEVERAL,
    "TaggedIO.LoadSource": SEVERAL,
    "VirtualDisk.DiskCapacity": MEASURE,
    "VirtualMediaRepository.RepositorySize": MEASURE,
}

# The server of the V1_2_0 recordings and all Virtual I/O Servers agree; only an older recording (V1_0) says otherwise.
OLDER_SCHEMA = {
    "AvailabilityPriority",
    "CurrentAllocatedBarrierSynchronizationRegisterArrays",
    "IsConnectionMonitoringEnabled",
    "IsRedundantErrorPathReportingEnabled",
    "IsTimeReferencePartition",
    "IsVirtualTrustedPlatformModuleEnabled",
    "LogicalSerialNumber",
    "OperatingSystemVersion",
    "PartitionCapabilities",
    "RemoteRestartCapable",
    # a client does not make a partition the management partition, whatever one recording says
    "IsManagementPartition",
}
ACCESS_WIDENED = {"BootMode": "recorded read-only for an IBM i partition; clients set it for the others"}
# Recorded once as a container of links instead.
LINKS_INSTEAD = {"SRIOVAdapters"}
OTHER_CLASS = {"Job": uom.element_types["JobResponse"], "BootListInformation": uom.element_types["BootListInformation"]}
TEXTS_ONLY = {"AuthorizedKey": "a text without children, declared as Texts of AuthorizedKeys"}


@functools.cache
def types() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CATALOGUE.read_text(encoding="utf-8"))["types"]
    return found


def starts() -> Iterator[tuple[str, type[Element]]]:
    for key, entry in types().items():
        if key in OTHER_CLASS:
            yield key, OTHER_CLASS[key]
        elif entry["role"] == "entry":
            yield key, uom.element_types[key]


def nested(
    key: str, declared: type[Element] | Collection[Any]
) -> Iterator[tuple[str, type[Element] | Collection[Any]]]:
    """The catalogue's types below one of them, with the declaration of each."""
    for child in types()[key]["children"]:
        kind = child.get("t") or ""
        if not kind.startswith("->"):
            continue
        if isinstance(declared, Collection):
            yield kind[2:], declared.target
            continue
        field = declared.by_tag[child["n"]]
        if isinstance(field, Collection):
            yield kind[2:], field
        elif isinstance(field, Child | Children):
            yield kind[2:], field.target


@functools.cache
def declarations() -> dict[str, list[type[Element] | Collection[Any]]]:
    """What the house declares for each type of the catalogue, found by walking both from the entries down."""
    found: dict[str, list[type[Element] | Collection[Any]]] = {}
    waiting: list[tuple[str, type[Element] | Collection[Any]]] = list(starts())
    while waiting:
        key, declared = waiting.pop()
        if declared in found.setdefault(key, []):
            continue
        found[key].append(declared)
        waiting.extend(nested(key, declared))
    return found


def keys() -> list[str]:
    return sorted(types()) if CATALOGUE.exists() else []


def test_every_type_is_declared() -> None:
    links = {"AssociatedSystemProcessorConfiguration/SharedProcessorPool"}
    missing = set(types()) - set(declarations()) - set(TEXTS_ONLY) - links
    assert not missing, f"Declare these in src/openlpar/uom, next to their noun: {sorted(missing)}"


@pytest.mark.parametrize("key", keys())
def test_type(key: str) -> None:
    for declared in declarations().get(key, []):
        if isinstance(declared, Collection):
            compare_collection(key, declared)
        else:
            compare_element(key, declared)


def compare_collection(key: str, field: Collection[Any]) -> None:
    children = [child for child in types()[key]["children"] if child["n"] != "link" or key not in LINKS_INSTEAD]
    assert [child["n"] for child in children] == [field.item]
    assert field.schema == (types()[key].get("metadata", "empty") != "none")


def compare_element(key: str, declared: type[Element]) -> None:
    entry = types()[key]
    assert declared.ns == entry["ns"]
    assert is_choice(key) == (declared.metadata == "none")
    if "id" in entry.get("metadata", "") and key != "Job":
        assert declared.metadata == "id"
    absent = [child["n"] for child in entry["children"] if child["n"] not in declared.by_tag]
    assert not absent, f"{declared.__name__} lacks {absent}"
    fields = [declared.by_tag[child["n"]] for child in entry["children"]]
    if not is_choice(key):
        assert [field.tag for field in sorted(fields, key=lambda field: field.position)] == [f.tag for f in fields]
    pairs = zip(fields, entry["children"], strict=True)
    wrong = [complaint for field, child in pairs for complaint in differences(field, child)]
    assert not wrong, "\n".join(wrong)


def test_readings_listed_as_different_are_different() -> None:
    differ = {
        place
        for key, all_declared in declarations().items()
        for declared in all_declared
        if not isinstance(declared, Collection)
        for child in types()[key]["children"]
        if not child.get("unseen") and (field := declared.by_tag[child["n"]]).kind not in wanted(child)
        for place in [f"{field.owner.__name__}.{field.tag}"]
    }
    stale = set(READ_DIFFERENTLY) - differ
    assert not stale, f"These are declared as recorded by now, remove them from READ_DIFFERENTLY: {stale}"


def is_choice(key: str) -> bool:
    """An element that holds exactly one of its children, so that their order says nothing."""
    return bool(types()[key].get("metadata") == "none")


def differences(field: Field[Any], child: dict[str, Any]) -> Iterator[str]:
    place = f"{field.owner.__name__}.{field.tag}"
    if child.get("unseen"):
        return
    if not field.recorded:
        yield f"{place}: is recorded"
    codes = str(child.get("kb") or "").split("|")
    allowed = codes if field.tag in OLDER_SCHEMA else codes[:1]
    if codes != [""] and field.access not in allowed and field.tag not in ACCESS_WIDENED:
        yield f"{place}: access {field.access}, recorded {codes}"
    if field.group != child.get("g", ""):
        yield f"{place}: group {field.group!r}, recorded {child.get('g', '')!r}"
    if (child.get("kxe") == "true") and not field.volatile:
        yield f"{place}: recorded as volatile"
    if child.get("v") and field.since != child["v"]:
        yield f"{place}: since {field.since!r}, recorded {child['v']!r}"
    if field.kind not in wanted(child) and place not in READ_DIFFERENTLY:
        yield f"{place}: kind {field.kind}, recorded {child.get('t')}"
    if isinstance(field, Enum):
        strange = [word for word in child.get("e", ()) if not field.allows(word)]
        if strange:
            yield f"{place}: {strange} recorded, add to {field.values.__name__}"


def wanted(child: dict[str, Any]) -> set[str]:
    kind = str(child.get("t"))
    if kind.startswith("->"):
        return {"children"} if "m" in child else {"child", "collection", "links"}
    if kind == "empty":
        return {"text", "links"}
    if "m" in child:
        return {REPEATED[kind]}
    return {KINDS[kind]}

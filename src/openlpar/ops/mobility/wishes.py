"""What the client of a migration wants to be different on the other system: parameters of Migrate and MigrateValidate."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from openlpar.messages import general
from openlpar.ops.job_parameters import one_of, whole_number

T = TypeVar("T")

PARAMETERS = {
    "TargetManagedSystemName": "name or MTMS of the other system",
    "TargetRemoteHMCIPAddress": "its address, with :port unless that is 12443, when it is to know this one by an authorized"
    " key; without effect for one that 'openlpar trust' made known",
    "TargetRemoteHMCUserID": "accepted, without effect: the key is the management console's, not a user's",
    "DestMSPIPaddr": "addresses of mover service partitions there, with commas between them: one has to run",
    "SourceMSPIPaddr": "addresses of mover service partitions here, likewise",
    "SharedProcPoolID": "processor pool there; without it the one with the same number",
    "PMEMVolumes": "persistent memory volumes: refused",
    "OVSOverride": "2: also when adapters have settings of Open vSwitch, which stay behind",
    "VLANBridgeOverride": "2: also when a VLAN that leads out of this system does not there",
    "VirtualFCMappings": "slot/vios-name/vios-id[/[vios-slot][/fc-port]], with commas between them",
    "VirtualSCSIMappings": "slot/vios-name/vios-id[/vios-slot], with commas between them",
    "VlanMappings": "MAC/PVID[/VLANs with blanks between them], with commas between them",
    "Affinity": "true: the affinity score must not become lower (all scores are 100 here)",
}
HTTPS_PORT = "12443"
_ADDRESS = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?")
_SERVER = "virtual-slot/vios-name/vios-id[/[vios-slot][/fc-port]] with either the name or the id"
_VLANS = "MAC/PVID[/VLAN VLAN ...] with an address of 12 hexadecimal digits"
_MAC = re.compile("[0-9A-F]{12}")


@dataclass(frozen=True, slots=True)
class Server:
    """The Virtual I/O Server that is to serve an adapter. name "" or id 0: the other one says which; slot 0, port "": any."""

    name: str
    id: int
    slot: int = 0
    port: str = ""

    @property
    def called(self) -> str:
        return self.name or f"with id {self.id}"


@dataclass(frozen=True, slots=True)
class Vlans:
    """tagged None: the additional VLANs stay as they are."""

    pvid: int
    tagged: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """url: where the other system takes https, "" where it is known.

    scsi, channels: by slot of the client's adapter; vlans: by MAC address. movers: addresses there; own_movers: here.
    """

    system: str
    url: str = ""
    pool_id: int | None = None
    scsi: dict[int, Server] = field(default_factory=dict)
    channels: dict[int, Server] = field(default_factory=dict)
    vlans: dict[str, Vlans] = field(default_factory=dict)
    may_lose_vlans: bool = False
    may_lose_ovs: bool = False
    movers: tuple[str, ...] = ()
    own_movers: tuple[str, ...] = ()

    @classmethod
    def from_parameters(cls, job: str, parameters: dict[str, str]) -> Self:
        """Raises Failure for what is not well formed, or not done here."""
        if not parameters.get("TargetManagedSystemName"):
            raise general.MISSING_VALUE.error(object=f"Job {job}", field="TargetManagedSystemName")
        if parameters.get("PMEMVolumes"):
            raise general.UNSUPPORTED.error(operation="Migrating persistent memory volumes (PMEMVolumes)")
        for name in ("OVSOverride", "VLANBridgeOverride"):
            one_of(job, parameters, name, ("1", "2"), "1")
        one_of(job, parameters, "Affinity", ("true", "false"), "false")
        pool = whole_number(job, parameters, "SharedProcPoolID", 0, 0, 63) if "SharedProcPoolID" in parameters else None
        return cls(
            parameters["TargetManagedSystemName"],
            https_url("TargetRemoteHMCIPAddress", parameters.get("TargetRemoteHMCIPAddress", "").strip()),
            pool,
            _mapped(parameters, "VirtualSCSIMappings", _SERVER, lambda text: _server(text, with_port=False)),
            _mapped(parameters, "VirtualFCMappings", _SERVER, lambda text: _server(text, with_port=True)),
            _mapped(parameters, "VlanMappings", _VLANS, _vlans),
            parameters.get("VLANBridgeOverride") == "2",
            parameters.get("OVSOverride") == "2",
            _words(parameters.get("DestMSPIPaddr", "")),
            _words(parameters.get("SourceMSPIPaddr", "")),
        )


def https_url(parameter: str, address: str) -> str:
    """Where a system takes https whose address a client names; "" for none. Raises Failure."""
    if not address:
        return ""
    found = _ADDRESS.fullmatch(address)
    host, port = (found[1] or found[2], found[3] or HTTPS_PORT) if found else (address, HTTPS_PORT)
    try:
        v6 = ipaddress.ip_address(host).version == 6
    except ValueError:
        v6 = False
        if found is None or not 1 <= int(port) <= 65535:
            raise general.BAD_VALUE.error(
                field=parameter,
                object="the job",
                value=repr(address),
                cause="it is no address of a host",
                wanted="an IP address or a host name, and :port where it is not 12443",
            ) from None
    return f"https://[{host}]:{port}" if v6 else f"https://{host}:{port}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _mapped(
    parameters: dict[str, str], name: str, wanted: str, read: Callable[[str], tuple[str | int, T]]
) -> dict[Any, T]:
    found = {}
    for text in _words(parameters.get(name, "")):
        try:
            key, value = read(text)
        except ValueError as wrong:
            cause = str(wrong)
        else:
            cause = "it is named twice" if key in found else ""
        if cause:
            raise general.BAD_VALUE.error(
                field=name, object="the migration", value=repr(text), cause=cause, wanted=wanted
            )
        found[key] = value
    return found


def _server(text: str, *, with_port: bool) -> tuple[int, Server]:
    words = [word.strip() for word in text.split("/")]
    if not 3 <= len(words) <= (5 if with_port else 4):
        raise ValueError("it does not have that many parts")
    slot, name, lpar_id, *rest = words
    if bool(name) == bool(lpar_id):
        raise ValueError("it needs either the name of a Virtual I/O Server or its id")
    server_slot = _number(rest[0]) if rest and rest[0] else 0
    return _number(slot), Server(name, _number(lpar_id) if lpar_id else 0, server_slot, "".join(rest[1:]))


def _vlans(text: str) -> tuple[str, Vlans]:
    mac, *rest = [word.strip() for word in text.split("/")]
    if not 1 <= len(rest) <= 2:
        raise ValueError("it does not have that many parts")
    if not _MAC.fullmatch(mac.upper()):
        raise ValueError("it does not begin with a MAC address")
    return mac.upper(), Vlans(_number(rest[0]), rest[1] if len(rest) > 1 else None)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)

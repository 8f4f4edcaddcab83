"""What `configure` wants: the whole set of switches and ports, checked before anything of it is done."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openlpar.vswitch import frames

VLAN_IDS = range(1, 4095)
TRUNK_PRIORITIES = range(1, 16)

_PORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")


class Refused(Exception):
    """A request that changes nothing, with the reason as text."""


class Mode(StrEnum):
    """Whether partitions talk directly (Veb) or through the outside switch (Vepa)."""

    VEB = "Veb"
    VEPA = "Vepa"


@dataclass(frozen=True, slots=True)
class GuestEnd:
    """Two datagram sockets in the run folder: ``<name>.g`` is the guest's, ``<name>.s`` the switch's."""

    name: str


@dataclass(frozen=True, slots=True)
class UserEnd:
    """A user-mode network, a process that has the guest's end of the two sockets. network: its addresses, see ``Shield``."""

    name: str
    network: ipaddress.IPv4Network


@dataclass(frozen=True, slots=True)
class TapEnd:
    """A TAP device of this host."""

    device: str


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """The switch of another host, over UDP. local, peer: host and port. secret: key of the seals, may be empty."""

    local: tuple[str, int]
    peer: tuple[str, int]
    secret: bytes


@dataclass(frozen=True, slots=True)
class ResponderEnd:
    """A presence inside the switch. mac: 6 bytes. address: IPv6, 16 bytes."""

    mac: bytes
    address: bytes


End = GuestEnd | UserEnd | TapEnd | LinkEnd | ResponderEnd


@dataclass(frozen=True, slots=True)
class WantedPort:
    """One port. pvid: of untagged frames, None when it takes none. tagged: VLAN ids, without pvid. trunk_priority: 1 is
    best, 0 for no trunk. allowed_macs: source addresses besides its own, None for any. roaming: its guest may be behind another
    port just as well, as it is being moved: its addresses are learned and not kept for it."""

    name: str
    switch: str
    pvid: int | None
    tagged: frozenset[int]
    trunk_priority: int
    mac: bytes | None
    allowed_macs: frozenset[bytes] | None
    enabled: bool
    kind: str
    end: End
    roaming: bool = False

    @property
    def apart(self) -> bool:
        """It exchanges nothing with another one that is. What came over a link goes over no other, so that any number of systems
        can be linked with each other; and a user-mode network is its system's own: two of them have the same addresses."""
        return self.kind in ("link", "user")

    @property
    def trunk(self) -> bool:
        return self.trunk_priority > 0

    @property
    def vlans(self) -> frozenset[int]:
        return self.tagged if self.pvid is None else self.tagged | {self.pvid}

    @property
    def addresses(self) -> frozenset[bytes]:
        """The source addresses that are this port's and no other's."""
        own = frozenset(() if self.mac is None else (self.mac,))
        return own | (self.allowed_macs or frozenset())


@dataclass(frozen=True, slots=True)
class Wanted:
    """switches: name to mode. ports: by name."""

    switches: dict[str, Mode]
    ports: dict[str, WantedPort]


def wanted(request: dict[str, Any]) -> Wanted:
    """Raises Refused when anything is wrong."""
    fields = _Fields("configure", request)
    switches: dict[str, Mode] = {}
    for place, item in enumerate(fields.take("switches", list)):
        entry = _Fields(f"switches[{place}]", item)
        name, mode = entry.take("name", str), entry.take("mode", str)
        entry.end()
        if not name or name in switches:
            raise Refused(f"{entry.where}: the name '{name}' is empty or stands twice")
        if mode not in list(Mode):
            raise Refused(f"{entry.where}: mode is Veb or Vepa, not '{mode}'")
        switches[name] = Mode(mode)
    ports: dict[str, WantedPort] = {}
    for place, item in enumerate(fields.take("ports", list)):
        port = _port(_Fields(f"ports[{place}]", item))
        if port.name in ports:
            raise Refused(f"port {port.name} stands twice")
        if port.switch not in switches:
            raise Refused(f"port {port.name}: there is no switch '{port.switch}'")
        ports[port.name] = port
    fields.end()
    _quarrels(ports.values())
    return Wanted(switches, ports)


class _Fields:
    """The members of a JSON object, each taken once and of a known type."""

    def __init__(self, where: str, given: Any) -> None:
        if not isinstance(given, dict):
            raise Refused(f"{where} is not an object")
        self.where = where
        self._left: dict[str, Any] = dict(given)

    def take(self, name: str, kind: type[Any], *default: Any) -> Any:
        value = self._left.pop(name, None)
        if value is None and default:
            return default[0]
        # bool is an int to Python, not to whoever reads the configuration.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Refused(f"{self.where}: {name} is missing or not {_JSON[kind]}")
        return value

    def end(self) -> None:
        if self._left:
            raise Refused(f"{self.where}: unknown {', '.join(sorted(self._left))}")


_JSON = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}


def _port(fields: _Fields) -> WantedPort:
    name = fields.take("name", str)
    if not _PORT_NAME.fullmatch(name):
        raise Refused(f"{fields.where}: a name is 1 to 32 letters, digits, - and _, not '{name}'")
    fields.where = f"port {name}"
    kind = fields.take("kind", str, "guest")
    if kind not in _ENDS:
        raise Refused(f"port {name}: kind is {', '.join(_ENDS)}, not '{kind}'")
    pvid = fields.take("pvid", int, None)
    tagged = frozenset(_vlan(fields, vid) for vid in fields.take("tagged", list, []))
    trunk, priority = fields.take("trunk", bool, False), fields.take("trunk_priority", int, 0)
    if (priority not in TRUNK_PRIORITIES) if trunk else (priority != 0):
        raise Refused(f"port {name}: trunk_priority is 1 to 15 for a trunk and 0 for any other port")
    mac = fields.take("mac", str, None)
    port = WantedPort(
        name=name,
        switch=fields.take("switch", str),
        pvid=None if pvid is None else _vlan(fields, pvid),
        tagged=tagged - {pvid},
        trunk_priority=priority,
        mac=None if mac is None else _mac(fields, mac),
        allowed_macs=_allowed(fields),
        enabled=fields.take("enabled", bool, True),
        roaming=fields.take("roaming", bool, False),
        kind=kind,
        end=_ENDS[kind](fields, name, mac),
    )
    fields.end()
    if not port.vlans:
        raise Refused(f"port {name}: it is on no VLAN, give pvid or tagged")
    if trunk and port.allowed_macs is not None:
        raise Refused(f"port {name}: a trunk carries the addresses of others, allowed_macs must be all")
    if not trunk and port.allowed_macs is not None and not port.addresses:
        raise Refused(f"port {name}: with allowed_macs none it needs a mac")
    return port


def _vlan(fields: _Fields, vid: Any) -> int:
    if type(vid) is not int or vid not in VLAN_IDS:
        raise Refused(f"{fields.where}: a VLAN id is 1 to 4094, not {vid!r}")
    return vid


def _mac(fields: _Fields, text: Any) -> bytes:
    try:
        return frames.mac(str(text))
    except ValueError as cause:
        raise Refused(f"{fields.where}: {text!r}: {cause}") from None


def _allowed(fields: _Fields) -> frozenset[bytes] | None:
    given = fields.take("allowed_macs", object, "all")
    if given == "all":
        return None
    if given == "none":
        return frozenset()
    if not isinstance(given, list):
        raise Refused(f"{fields.where}: allowed_macs is all, none or a list of addresses")
    return frozenset(_mac(fields, text) for text in given)


def _guest(fields: _Fields, name: str, mac: str | None) -> End:
    return GuestEnd(name)


def _user(fields: _Fields, name: str, mac: str | None) -> End:
    text = fields.take("network", str)
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        raise Refused(f"port {name}: '{text}' is no network as 10.0.2.0/24") from None
    if network.prefixlen > 28:
        raise Refused(f"port {name}: network {text} is too small, at least 16 addresses are needed")
    return UserEnd(name, network)


def _tap(fields: _Fields, name: str, mac: str | None) -> End:
    device = fields.take("device", str)
    if not _DEVICE_NAME.fullmatch(device):
        raise Refused(f"port {name}: '{device}' is no name of a network device (at most 15 characters)")
    return TapEnd(device)


def _link(fields: _Fields, name: str, mac: str | None) -> End:
    local, peer = (_host_and_port(fields, fields.take(side, str)) for side in ("local", "peer"))
    secret = fields.take("secret", str, "").encode()
    if len(secret) > 64 or 0 < len(secret) < 16:
        raise Refused(f"port {name}: a secret has 16 to 64 bytes")
    if not secret and not ipaddress.ip_address(peer[0]).is_loopback:
        raise Refused(f"port {name}: a link to another host needs a secret")
    if local == peer or (":" in local[0]) != (":" in peer[0]):
        raise Refused(f"port {name}: local and peer are two different addresses, both of IPv4 or both of IPv6")
    return LinkEnd(local, peer, secret)


def _host_and_port(fields: _Fields, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise Refused(f"{fields.where}: '{text}' is not ADDRESS:PORT with a numerical address") from None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise Refused(f"{fields.where}: '{text}' has no port of 1 to 65535")
    return str(address), int(port)


def _responder(fields: _Fields, name: str, mac: str | None) -> End:
    if mac is None:
        raise Refused(f"port {name}: a responder needs a mac")
    own = _mac(fields, mac)
    given = fields.take("address", str, None)
    # The address that IPv6 makes of a MAC address: the second bit of the first byte turned, ff:fe in the middle.
    made = bytes((0xFE, 0x80, 0, 0, 0, 0, 0, 0, own[0] ^ 2, own[1], own[2], 0xFF, 0xFE, own[3], own[4], own[5]))
    return ResponderEnd(own, made if given is None else link_local(fields.where, given))


def link_local(where: str, text: str) -> bytes:
    """An IPv6 link-local address as 16 bytes. Raises Refused."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise Refused(f"{where}: '{text}' is no IPv6 address") from None
    if not address.is_link_local or address.scope_id:
        raise Refused(f"{where}: '{text}' is no IPv6 link-local address without a zone")
    return address.packed


_ENDS: dict[str, Callable[[_Fields, str, str | None], End]] = {
    "guest": _guest,
    "user": _user,
    "tap": _tap,
    "link": _link,
    "responder": _responder,
}


def _quarrels(ports: Iterable[WantedPort]) -> None:
    """Raises Refused when two ports want the same."""
    taken: dict[tuple[object, ...], str] = {}
    for port in ports:
        for claim, what in _claims(port):
            if claim in taken:
                raise Refused(f"ports {taken[claim]} and {port.name} have the same {what}")
            taken[claim] = port.name


def _claims(port: WantedPort) -> Iterable[tuple[tuple[object, ...], str]]:
    if isinstance(port.end, TapEnd):
        yield ("device", port.end.device), f"device {port.end.device}"
    if isinstance(port.end, LinkEnd):
        yield ("local", port.end.local), "local address"
        yield ("peer", port.switch, port.end.peer), "peer"
    if not port.enabled:
        return
    for vid in port.vlans:
        if port.trunk:
            yield (port.switch, vid, port.trunk_priority), f"trunk priority {port.trunk_priority} on VLAN {vid}"
        for address in () if port.roaming else port.addresses:
            yield (port.switch, vid, address), f"address {frames.mac_text(address)} on VLAN {vid}"

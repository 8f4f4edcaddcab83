"""NovaLink's own presence on a virtual switch: it answers IPv6 neighbour solicitations and echo requests at a link-local
address, and asks in the same way whether a guest is there.

Stateless but for the questions under way: an echo request is answered to the address it came from.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_IPV6 = b"\x86\xdd"
_ICMPV6 = 58
_ECHO_REQUEST, _ECHO_REPLY, _SOLICITATION, _ADVERTISEMENT = 128, 129, 135, 136
_SOURCE_LINK, _TARGET_LINK = 1, 2
_HOP_LIMIT = 255
_SOLICITED_OVERRIDE = 0x60000000
_LONGEST_ECHO = 1500
_ALL_NODES = bytes.fromhex("ff020000000000000000000000000001")
MOST_PINGS = 64


@dataclass
class Ping:
    """A question under way. times in seconds of the monotonic clock. answered gets the guest's MAC address and the round
    trip of the echo in seconds, or None twice when the time is over."""

    address: bytes
    deadline: float
    answered: Callable[[bytes | None, float | None], None]
    mac: bytes | None = None
    sent: float = 0.0
    asked: float = field(default=0.0)


class Responder:
    """mac: 6 bytes. address: 16 bytes, link-local. said: frames it wants to send."""

    _ASK_AGAIN_S = 0.25

    def __init__(self, mac: bytes, address: bytes) -> None:
        self.mac, self.address = mac, address
        self.said: deque[bytes] = deque(maxlen=1024)
        self._solicited = _solicited(address)
        self._pings: dict[int, Ping] = {}
        self._last = 0

    def hear(self, frame: bytes) -> None:
        """Takes in a frame of the switch; anything but what it answers to is ignored."""
        if frame[12:14] != _IPV6 or len(frame) < 62:
            return
        length, following, hops = struct.unpack_from("!HBB", frame, 18)
        source, destination = frame[22:38], frame[38:54]
        packet = frame[54 : 54 + length]
        if frame[14] >> 4 != 6 or following != _ICMPV6 or len(packet) < max(length, 8):
            return
        if destination not in (self.address, self._solicited, _ALL_NODES) or _checksum(source, destination, packet):
            return
        kind, code = packet[0], packet[1]
        if code != 0:
            return
        if kind == _SOLICITATION and hops == _HOP_LIMIT and packet[8:24] == self.address:
            self._advertise(frame[6:12], source)
        elif kind == _ECHO_REQUEST and length <= _LONGEST_ECHO and source[0] != 0xFF and any(source):
            answer = bytes((_ECHO_REPLY, 0, 0, 0)) + packet[4:]
            self._say(frame[6:12], source, answer)
        elif kind == _ADVERTISEMENT and hops == _HOP_LIMIT:
            self._echo(packet[8:24], frame[6:12])
        elif kind == _ECHO_REPLY:
            self._answered(source, struct.unpack_from("!H", packet, 6)[0])

    def ping(self, address: bytes, timeout_s: float, answered: Callable[[bytes | None, float | None], None]) -> bool:
        """Asks whether an address is there. False when too many questions are under way."""
        if len(self._pings) >= MOST_PINGS:
            return False
        self._last = self._last % 0xFFFF + 1
        ping = self._pings[self._last] = Ping(address, time.monotonic() + timeout_s, answered)
        self._solicit(ping)
        return True

    def due(self) -> float | None:
        """Seconds until `expire` is to be called, None for never."""
        if not self._pings:
            return None
        now = time.monotonic()
        return max(0.0, min(min(ping.deadline, ping.asked + self._ASK_AGAIN_S) for ping in self._pings.values()) - now)

    def expire(self) -> None:
        """Ends the questions whose time is over, and asks again where nobody has answered yet."""
        now = time.monotonic()
        for number, ping in list(self._pings.items()):
            if now >= ping.deadline:
                del self._pings[number]
                ping.answered(None, None)
            elif now >= ping.asked + self._ASK_AGAIN_S:
                if ping.mac is None:
                    self._solicit(ping)
                else:
                    self._request(number, ping)

    def _solicit(self, ping: Ping) -> None:
        ping.asked = time.monotonic()
        group = _solicited(ping.address)
        packet = bytes((_SOLICITATION, 0, 0, 0, 0, 0, 0, 0)) + ping.address + bytes((_SOURCE_LINK, 1)) + self.mac
        self._say(b"\x33\x33" + group[12:], group, packet)

    def _advertise(self, mac: bytes, source: bytes) -> None:
        flags, target = _SOLICITED_OVERRIDE, source
        if not any(source):  # it checks whether its address is free, and has none yet
            flags, target, mac = 0x20000000, _ALL_NODES, b"\x33\x33" + _ALL_NODES[12:]
        head = struct.pack("!BBHI", _ADVERTISEMENT, 0, 0, flags)
        self._say(mac, target, head + self.address + bytes((_TARGET_LINK, 1)) + self.mac)

    def _echo(self, address: bytes, mac: bytes) -> None:
        for number, ping in self._pings.items():
            if ping.address == address and ping.mac is None:
                ping.mac = mac
                self._request(number, ping)

    def _request(self, number: int, ping: Ping) -> None:
        assert ping.mac is not None
        ping.asked = ping.sent = time.monotonic()
        self._say(ping.mac, ping.address, struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, 0x4F4C, number) + bytes(48))

    def _answered(self, source: bytes, number: int) -> None:
        ping = self._pings.get(number)
        if ping is not None and ping.address == source and ping.mac is not None:
            del self._pings[number]
            ping.answered(ping.mac, time.monotonic() - ping.sent)

    def _say(self, mac: bytes, destination: bytes, packet: bytes) -> None:
        check = _checksum(self.address, destination, packet)
        packet = packet[:2] + check.to_bytes(2, "big") + packet[4:]
        head = struct.pack("!IHBB", 6 << 28, len(packet), _ICMPV6, _HOP_LIMIT)
        self.said.append(mac + self.mac + _IPV6 + head + self.address + destination + packet)


def _solicited(address: bytes) -> bytes:
    """The group in which the owner of an address listens."""
    return bytes.fromhex("ff0200000000000000000001ff") + address[13:]


def _checksum(source: bytes, destination: bytes, packet: bytes) -> int:
    """The checksum of RFC 4443: to be filled in where the packet has zeros, zero where it has the right one."""
    whole = source + destination + struct.pack("!II", len(packet), _ICMPV6) + packet + bytes(len(packet) % 2)
    total: int = sum(struct.unpack(f"!{len(whole) // 2}H", whole))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

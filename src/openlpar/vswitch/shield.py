"""What may go to a user-mode network: what leads past this host, and that network's own services.

A user-mode network connects to wherever a frame is addressed, as an ordinary program of this host. Its own addresses, but for
the services below, it takes for those of the host itself: a guest would reach what listens on the loopback interface and
trusts whoever comes from there. So what is addressed to the host, or to addresses that mean something on its links only, is
barred here.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Network

_ARP, _IPV4 = 0x0806, 0x0800
_ICMP, _TCP, _UDP = 1, 6, 17
_BOOTP, _DNS, _TFTP = 67, 53, 69
_EVERYBODY = 0xFFFFFFFF
_FRAGMENT = 0x3FFF
"""More fragments follow, or it is not the first."""

_HEAD = struct.Struct("!12xHB5xHxB6xI")
"""Of an Ethernet frame with an IPv4 packet: type, version and header length, fragment, protocol, destination."""


class Shield:
    """Of a network whose second address is its gateway and DHCP server, the third its name server: libslirp's, QEMU's own."""

    def __init__(self, network: IPv4Network) -> None:
        self._network, self._mask = int(network.network_address), int(network.netmask)
        self._gateway, self._name_server = self._network + 2, self._network + 3

    def passes(self, frame: bytes) -> bool:
        """Of an untagged frame. Only ARP and IPv4 pass: the network knows nothing else."""
        if frame[12:14] == _ARP.to_bytes(2, "big"):
            return True
        if len(frame) < _HEAD.size:
            return False
        kind, form, fragment, protocol, to = _HEAD.unpack_from(frame)
        if kind != _IPV4 or form >> 4 != 4:
            return False
        if to & self._mask != self._network and to != _EVERYBODY:
            return not _is_local(to)
        if fragment & _FRAGMENT:
            return False  # it may hide its port
        if protocol == _ICMP:
            return bool(to == self._gateway)
        ports = 14 + (form & 0xF) * 4
        port = int.from_bytes(frame[ports + 2 : ports + 4], "big")
        if port == _DNS:
            return to == self._name_server and protocol in (_UDP, _TCP)
        if port == _TFTP:
            # No file is served there, which it says at once: a firmware that finds no disk and asks for one would wait for minutes.
            return bool(protocol == _UDP and to == self._gateway)
        return port == _BOOTP and protocol == _UDP and to in (self._gateway, _EVERYBODY)


def _is_local(address: int) -> bool:
    """Whether it is "this host", loopback, link-local (where clouds tell a host its secrets), a group or reserved."""
    return address >> 24 in (0, 127) or address >> 16 == 0xA9FE or address >> 29 == 0b111

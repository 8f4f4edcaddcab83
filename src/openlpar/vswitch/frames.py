"""Ethernet frames as bytes: addresses and IEEE 802.1Q tags.

A frame is destination (6 bytes), source (6), then either its type or a tag: 0x8100 and two bytes of tag control information
(3 bits priority, 1 bit drop eligible, 12 bits VLAN id).
"""

from __future__ import annotations

import re

SHORTEST, LONGEST = 14, 65_600
"""Bytes of a frame, without checksum. Guests do not pad; the longest is a virtual Ethernet frame of the largest MTU."""

C_TAG = b"\x81\x00"
S_TAG = b"\x88\xa8"
TAGS = frozenset((C_TAG, S_TAG))

VID = 0x0FFF
"""The VLAN id within tag control information; the rest is the priority."""

_MAC = re.compile(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")


def tag(frame: bytes, control: int) -> bytes:
    """An untagged frame with a tag. control: tag control information, 0..0xFFFF."""
    return frame[:12] + C_TAG + control.to_bytes(2, "big") + frame[12:]


def mac(text: str) -> bytes:
    """``4A:51:00:00:00:02`` or ``4A5100000002`` as 6 bytes. Raises ValueError, for addresses of groups and nobody too."""
    if not _MAC.fullmatch(text):
        raise ValueError("an address is 12 hexadecimal digits, with or without colons")
    address = bytes.fromhex(text.replace(":", ""))
    if is_nobodys(address):
        raise ValueError("the address is one of a group or of nobody")
    return address


def mac_text(address: bytes) -> str:
    return address.hex(":").upper()


def is_nobodys(address: bytes) -> bool:
    """Whether nobody can send from it: a group's address, or zeros."""
    return bool(address[0] & 1) or not any(address)


def is_reserved(address: bytes) -> bool:
    """Whether it is one of those that IEEE 802.1D keeps between neighbours: spanning tree, LACP, pause, LLDP."""
    return address.startswith(b"\x01\x80\xc2\x00\x00") and address[5] < 0x10

"""IPv4 packets, made and taken apart by hand."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

ICMP, TCP, UDP = 1, 6, 17
ARP_TYPE, IPV4_TYPE = b"\x08\x06", b"\x08\x00"


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source: str, target: str, protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    """With the type before it, as it follows the addresses of an Ethernet frame."""
    ends = IPv4Address(source).packed + IPv4Address(target).packed
    length = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 1, fragment, 64, protocol, 0) + ends
    return IPV4_TYPE + head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + payload


def ipv4(target: str, protocol: int, port: int = 0, fragment: int = 0) -> bytes:
    """A packet whose only content is the port it is for."""
    return packet("10.0.2.15", target, protocol, struct.pack("!HHHH", 40_000, port, 8, 0), fragment)


def udp(source: str, target: str, from_port: int, to_port: int, payload: bytes) -> bytes:
    return packet(source, target, UDP, struct.pack("!HHHH", from_port, to_port, 8 + len(payload), 0) + payload)


def tcp_syn(source: str, target: str, from_port: int, to_port: int) -> bytes:
    segment = struct.pack("!HHIIBBHHH", from_port, to_port, 1, 0, 5 << 4, 2, 64_000, 0, 0)
    ends = IPv4Address(source).packed + IPv4Address(target).packed
    total = checksum(ends + struct.pack("!BBH", 0, TCP, len(segment)) + segment)
    return packet(source, target, TCP, segment[:16] + total.to_bytes(2, "big") + segment[18:])


def echo_request(source: str, target: str) -> bytes:
    message = struct.pack("!BBHHH", 8, 0, 0, 7, 1) + b"is there anybody"
    return packet(source, target, ICMP, message[:2] + checksum(message).to_bytes(2, "big") + message[4:])


def arp_request(mac: bytes, source: str, target: str) -> bytes:
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
    return ARP_TYPE + head + mac + IPv4Address(source).packed + bytes(6) + IPv4Address(target).packed


def dhcp_discover(mac: bytes) -> bytes:
    fixed = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x4F4C, 0, 0x8000) + bytes(16) + mac.ljust(16, b"\0") + bytes(192)
    return udp("0.0.0.0", "255.255.255.255", 68, 67, fixed + bytes.fromhex("63825363 350101 ff"))


def dhcp_answer(frame: bytes) -> tuple[str, dict[int, bytes]]:
    """The address that is offered in a frame, and the options by number."""
    message = frame[14 + 20 + 8 :]
    options, rest = {}, message[240:]
    while rest and rest[0] != 255:
        options[rest[0]], rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
    return str(IPv4Address(message[16:20])), options

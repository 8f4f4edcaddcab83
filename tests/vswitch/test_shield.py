"""What may go to a user-mode network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.vswitch.shield import Shield
from tests.vswitch.packets import ICMP, IPV4_TYPE, TCP, UDP, arp_request, ipv4
from tests.vswitch.running import BROADCAST, mac

SHIELD = Shield(IPv4Network("10.0.2.0/24"))
ENDS = BROADCAST + mac(1)
MORE = 0x2000


@pytest.mark.parametrize(
    ("target", "protocol", "port"),
    [
        ("255.255.255.255", UDP, 67),
        ("10.0.2.2", UDP, 67),
        ("10.0.2.2", UDP, 69),
        ("10.0.2.2", ICMP, 0),
        ("10.0.2.3", UDP, 53),
        ("10.0.2.3", TCP, 53),
        ("192.0.2.1", TCP, 443),
        ("10.0.3.2", TCP, 22),
        ("126.255.255.255", UDP, 1),
        ("223.255.255.255", ICMP, 0),
        ("169.253.1.1", TCP, 80),
    ],
)
def test_passes(target: str, protocol: int, port: int) -> None:
    assert SHIELD.passes(ENDS + ipv4(target, protocol, port))


@pytest.mark.parametrize(
    ("target", "protocol", "port"),
    [
        ("10.0.2.2", TCP, 12080),  # to libslirp, the host's own loopback interface
        ("10.0.2.2", UDP, 53),
        ("10.0.2.2", TCP, 67),
        ("10.0.2.2", TCP, 69),
        ("10.0.2.3", UDP, 69),
        ("10.0.2.3", TCP, 12080),
        ("10.0.2.3", ICMP, 0),
        ("10.0.2.77", TCP, 53),
        ("10.0.2.255", UDP, 67),
        ("255.255.255.255", UDP, 69),
        ("0.0.0.0", TCP, 12080),  # to Linux, the loopback interface too
        ("127.0.0.1", TCP, 12080),
        ("127.0.0.53", UDP, 53),
        ("169.254.169.254", TCP, 80),
        ("224.0.0.251", UDP, 5353),
        ("240.0.0.1", UDP, 1),
    ],
)
def test_is_barred(target: str, protocol: int, port: int) -> None:
    assert not SHIELD.passes(ENDS + ipv4(target, protocol, port))


def test_fragments_go_out_but_not_to_services() -> None:
    assert SHIELD.passes(ENDS + ipv4("192.0.2.1", UDP, 1, MORE))
    for fragment in (MORE, 1):
        assert not SHIELD.passes(ENDS + ipv4("10.0.2.3", UDP, 53, fragment))


def test_options_do_not_hide_the_port() -> None:
    plain = ipv4("10.0.2.3", TCP, 12080)
    options = b"\x07\x0b\x04" + bytes(6) + b"\x00\x35"  # where the port would be without them
    longer = IPV4_TYPE + b"\x48" + plain[3:22] + options + b"\0" + plain[22:]
    assert not SHIELD.passes(ENDS + longer)
    plain = ipv4("10.0.2.3", TCP, 53)
    assert SHIELD.passes(ENDS + IPV4_TYPE + b"\x48" + plain[3:22] + bytes(12) + plain[22:])


def test_only_arp_and_ipv4_pass() -> None:
    beyond = ipv4("192.0.2.1", UDP, 1)
    assert SHIELD.passes(ENDS + arp_request(mac(1), "10.0.2.15", "10.0.2.2"))
    assert not SHIELD.passes(ENDS + b"\x86\xdd" + bytes(60))
    assert not SHIELD.passes(ENDS + b"\x81\x00\x00\x05" + beyond)
    assert not SHIELD.passes(ENDS + IPV4_TYPE + b"\x65" + beyond[3:]), "that says IPv6 inside"


@given(st.binary(max_size=60))
def test_any_bytes_are_judged(rest: bytes) -> None:
    frame = ENDS + IPV4_TYPE + rest
    if SHIELD.passes(frame):
        target = IPv4Address(frame[30:34])
        assert not target.is_loopback and not target.is_link_local

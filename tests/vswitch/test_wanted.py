"""What `configure` may say: everything else is refused, with a text that names the place."""

from __future__ import annotations

from typing import Any

import pytest

from openlpar.vswitch.wanted import GuestEnd, LinkEnd, Refused, ResponderEnd, wanted
from tests.vswitch.running import guest, mac, text

LINK = {"kind": "link", "local": "127.0.0.1:7000", "peer": "127.0.0.1:7001"}


def _wish(*ports: Any, switches: Any = None) -> dict[str, Any]:
    return {"switches": [{"name": "ETHERNET0", "mode": "Veb"}] if switches is None else switches, "ports": list(ports)}


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"switches": []}, "configure: ports is missing or not a list"),
        ({"switches": {}, "ports": []}, "configure: switches is missing or not a list"),
        (_wish() | {"more": 1}, "configure: unknown more"),
        (_wish(switches=[1]), r"switches\[0\] is not an object"),
        (_wish(switches=[{"name": "A", "mode": "VEB"}]), "mode is Veb or Vepa, not 'VEB'"),
        (_wish(switches=[{"name": "A", "mode": "Veb"}] * 2), "empty or stands twice"),
        (_wish(7), r"ports\[0\] is not an object"),
        (_wish(guest("../x", 1)), "a name is 1 to 32 letters"),
        (_wish(guest("a", 1, switch="B")), "port a: there is no switch 'B'"),
        (_wish(guest("a", 1), guest("a", 2)), "port a stands twice"),
        (_wish(guest("a", 1, pvid=0)), "a VLAN id is 1 to 4094, not 0"),
        (_wish(guest("a", 1, pvid=True)), "pvid is missing or not a whole number"),
        (_wish(guest("a", 1, tagged=[4095])), "a VLAN id is 1 to 4094, not 4095"),
        (_wish(guest("a", 1, tagged=["7"])), "a VLAN id is 1 to 4094, not '7'"),
        (_wish(guest("a", 1, pvid=None)), "it is on no VLAN"),
        (_wish(guest("a", 1, trunk=True)), "trunk_priority is 1 to 15 for a trunk"),
        (_wish(guest("a", 1, trunk_priority=1)), "trunk_priority is 1 to 15 for a trunk"),
        (_wish(guest("a", 1, trunk=True, trunk_priority=1, allowed_macs="none")), "allowed_macs must be all"),
        (_wish(guest("a", 1, mac="01:00:00:00:00:01")), "one of a group or of nobody"),
        (_wish(guest("a", 1, mac="4A51")), "12 hexadecimal digits"),
        (_wish(guest("a", 1, mac=None, allowed_macs="none")), "it needs a mac"),
        (_wish(guest("a", 1, allowed_macs="some")), "allowed_macs is all, none or a list"),
        (_wish(guest("a", 1, enabled="yes")), "enabled is missing or not true or false"),
        (_wish(guest("a", 1, colour="red")), "port a: unknown colour"),
        (_wish(guest("a", 1, kind="bridge")), "kind is guest, user, tap, link, responder, not 'bridge'"),
        (_wish(guest("a", 1, kind="user")), "port a: network is missing or not text"),
        (_wish(guest("a", 1, kind="user", network="10.0.2.1/24")), "'10.0.2.1/24' is no network"),
        (_wish(guest("a", 1, kind="user", network="10.0.2.0/29")), "too small, at least 16 addresses"),
        (_wish(guest("a", 1, kind="tap", device="tap%d")), "no name of a network device"),
        (_wish(guest("a", 1, kind="tap")), "device is missing"),
        (_wish(guest("a", 1, mac=None, kind="responder")), "a responder needs a mac"),
        (_wish(guest("a", 1, kind="responder", address="2001:db8::1")), "no IPv6 link-local address"),
        (_wish(guest("a", 1, kind="responder", address="x")), "no IPv6 address"),
        (_wish(guest("a", 1, **{**LINK, "peer": "192.0.2.1:7000"})), "a link to another host needs a secret"),
        (_wish(guest("a", 1, **{**LINK, "peer": "[::1]:7001"})), "both of IPv4 or both of IPv6"),
        (_wish(guest("a", 1, **{**LINK, "peer": LINK["local"]})), "two different addresses"),
        (_wish(guest("a", 1, roaming="yes")), "roaming is missing or not true or false"),
        (_wish(guest("a", 1, **LINK, secret="short")), "a secret has 16 to 64 bytes"),
        (_wish(guest("a", 1, **{**LINK, "peer": "localhost:7000"})), "with a numerical address"),
        (_wish(guest("a", 1, **{**LINK, "peer": "127.0.0.1:70000"})), "no port of 1 to 65535"),
        (_wish(guest("a", 1), guest("b", 1)), "ports a and b have the same address 4A:51:00:00:00:01 on VLAN 1"),
        (_wish(guest("a", 1), guest("b", 2, allowed_macs=[text(mac(1))])), "the same address"),
        (
            _wish(*(guest(name, n, trunk=True, trunk_priority=1) for n, name in enumerate("ab"))),
            "ports a and b have the same trunk priority 1 on VLAN 1",
        ),
        (_wish(*(guest(n, ord(n), kind="tap", device="tap0") for n in "ab")), "the same device tap0"),
        (_wish(*(guest(n, ord(n), **LINK) for n in "ab")), "the same local address"),
        (_wish(*(guest(n, ord(n), **{**LINK, "local": f"127.0.0.1:{ord(n)}"}) for n in "ab")), "a and b have the same peer"),
    ],
)  # fmt: skip
def test_refused(request_: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        wanted(request_)


def test_what_is_left_out_has_a_default() -> None:
    port = wanted(_wish({"name": "a", "switch": "ETHERNET0", "pvid": 5})).ports["a"]
    assert port.enabled
    assert not port.trunk
    assert port.allowed_macs is None
    assert port.end == GuestEnd("a")
    assert port.vlans == {5}


def test_a_pvid_that_is_also_tagged_counts_once() -> None:
    assert wanted(_wish(guest("a", 1, tagged=[1, 2]))).ports["a"].tagged == {2}


def test_equal_addresses_are_no_quarrel_where_they_do_not_meet() -> None:
    wanted(_wish(guest("a", 1), guest("b", 1, pvid=2)))
    wanted(_wish(guest("a", 1), guest("b", 1, enabled=False)))


def test_addresses_of_links_and_responders() -> None:
    ports = wanted(
        _wish(
            guest("a", 1, kind="link", local="[::1]:7000", peer="[fd00::2]:7001", secret="0123456789abcdef"),
            guest("b", 2, mac="4A5100000002", kind="responder"),
        )
    ).ports
    assert ports["a"].end == LinkEnd(("::1", 7000), ("fd00::2", 7001), b"0123456789abcdef")
    made = bytes.fromhex("fe80000000000000485100fffe000002")
    assert ports["b"].end == ResponderEnd(mac(2), made)

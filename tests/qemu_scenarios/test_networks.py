"""Two guests on the virtual switches: what reaches whom, and what does not.

Both have an adapter on VLAN 10, one on a VLAN of their own and one on the management network, in this order.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.qemu.real_guest import kit
from tests.qemu_partitions.site import Site, new_site
from tests.qemu_scenarios.site import Console, until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu networks")]

NOVALINK = "1-6"
"""The management partition's port on the management network: its number and slot."""


@dataclass
class Guest:
    """macs: of its adapters, twelve digits each, in the order of their slots."""

    console: Console
    macs: tuple[str, ...]

    def link_local(self, port: int) -> str:
        """As IPv6 makes it of the MAC address."""
        return link_local(self.macs[port])

    def settle(self, port: int) -> None:
        """An address is tried out for a second before it is used."""
        self.console.until_sh(f"ip -6 addr show dev eth{port} | grep -c 'scope link *$'", "1")

    def reaches(self, address: str, port: int) -> bool:
        """By ping; address: IPv6 link-local."""
        return self.console.sh(f"ping -6 -c 2 -W 1 {address}%eth{port} >/dev/null 2>&1; echo $?") == "0"


def link_local(mac: str) -> str:
    digits = f"{int(mac[:2], 16) ^ 2:02x}{mac[2:6]}fffe{mac[6:]}".lower()
    return "fe80::" + ":".join(digits[place : place + 4] for place in range(0, 16, 4))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One whose partitions start from saved states: what is tested does not depend on how they came up."""
    made = new_site(kit())
    yield made
    made.end()


@pytest.fixture(scope="module")
def guests(site: Site) -> Iterator[tuple[Guest, Guest]]:
    made = {}
    for number, name in enumerate(("alice", "bob"), 1):
        macs = tuple(f"0280C2{number:02X}00{port:02X}" for port in range(3))
        vlans = (("10", "ETHERNET0"), (f"{number}00", "ETHERNET0"), ("4094", "MGMTSWITCH"))
        options = [
            f"--slot {slot} --pvid {vlan} --vswitch {switch} --mac {mac}"
            for slot, ((vlan, switch), mac) in enumerate(zip(vlans, macs, strict=True), 2)
        ]
        site.cheap(name, network=";".join(options))
        made[name] = macs
    site.power_on(*made)
    consoles = [site.console(name) for name in made]
    for console in consoles:
        console.type("\n")
        console.at_prompt()
    alice, bob = (Guest(console, macs) for console, macs in zip(consoles, made.values(), strict=True))
    for guest in (alice, bob):
        for port in range(3):
            guest.settle(port)
    yield alice, bob
    for console in consoles:
        console.close()
    site.remove(*made)


def update(site: Site, mac: str, fields: str) -> None:
    site.pvmctl(f"vea update -i mac={mac} -s {fields}")


def comes_to(wish: bool, one: Guest, other: Guest, port: int) -> None:
    """The switch follows the state in a moment."""
    until(
        lambda: one.reaches(other.link_local(port), port) is wish,
        f"a ping over eth{port} to be {'answered' if wish else 'unanswered'}",
        within_s=10,
    )


def switch(site: Site, do: str, **arguments: object) -> dict[str, object]:
    """What the switch process answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(site.data / "qemu" / "n" / "control.sock"))
        connection.sendall(json.dumps({"id": 1, "do": do, **arguments}).encode() + b"\n")
        answer: dict[str, object] = json.loads(connection.makefile().readline())
        return answer


def test_data_goes_over_one_vlan_and_not_over_two(guests: tuple[Guest, Guest], site: Site) -> None:
    alice, bob = guests
    assert alice.reaches(bob.link_local(0), 0)
    assert not alice.reaches(bob.link_local(1), 1), "VLAN 100 and VLAN 200"
    alice.console.sh("ip addr add 10.0.0.1/24 dev eth0")
    bob.console.sh("ip addr add 10.0.0.2/24 dev eth0")
    bob.console.sh("{ nc -l -p 5000 >/run/received & }")
    sent = alice.console.sh("dd if=/dev/urandom of=/run/sent bs=64k count=32 2>/dev/null; md5sum </run/sent")
    alice.console.sh("nc -w 5 10.0.0.2 5000 </run/sent")
    bob.console.until_sh("md5sum </run/received", sent)

    # The two of different VLANs meet when one of them is moved.
    update(site, bob.macs[1], "pvid=100")
    comes_to(True, alice, bob, 1)
    update(site, bob.macs[1], "pvid=200")
    comes_to(False, alice, bob, 1)


def test_a_disabled_adapter_passes_nothing(guests: tuple[Guest, Guest], site: Site) -> None:
    alice, bob = guests
    update(site, bob.macs[0], "enabled=false")
    comes_to(False, alice, bob, 0)
    assert not bob.reaches(alice.link_local(0), 0)
    update(site, bob.macs[0], "enabled=true")
    comes_to(True, alice, bob, 0)


def test_a_guest_may_be_held_to_its_own_address(guests: tuple[Guest, Guest], site: Site) -> None:
    alice, bob = guests
    other = "0280C2FF0001"

    def take(mac: str) -> None:
        colons = ":".join(mac[place : place + 2] for place in range(0, 12, 2))
        alice.console.sh(f"ip link set eth0 down; ip link set eth0 address {colons}; ip link set eth0 up")
        alice.settle(0)

    try:
        take(other)
        assert alice.reaches(bob.link_local(0), 0), "any address may be used"
        update(site, alice.macs[0], "allowed_macs=NONE")
        comes_to(False, alice, bob, 0)
        update(site, alice.macs[0], f"allowed_macs={other}")
        comes_to(True, alice, bob, 0)
    finally:
        update(site, alice.macs[0], "allowed_macs=ALL")
        take(alice.macs[0])
    comes_to(True, alice, bob, 0)


def test_the_management_network_leads_to_novalink_only(guests: tuple[Guest, Guest], site: Site) -> None:
    alice, bob = guests
    rows = site.pvmctl("vea list -d mac lpar_id pvid --hide-label").split()
    (novalink,) = (row.split(",")[0] for row in rows if row.endswith(",1,4094"))
    for guest, other in ((alice, bob), (bob, alice)):
        assert guest.reaches(link_local(novalink), 2)
        assert not guest.reaches(other.link_local(2), 2)
        answer = switch(site, "ping", port=NOVALINK, address=guest.link_local(2))
        assert "ok" in answer, answer
    stranger = switch(site, "ping", port=NOVALINK, address="fe80::1234", timeout_ms=300)
    assert "no answer" in str(stranger.get("refused"))


def test_what_passed_is_counted(guests: tuple[Guest, Guest], site: Site) -> None:
    alice, bob = guests

    def frames() -> int:
        answer = switch(site, "status")["ok"]
        assert isinstance(answer, dict)
        ports = {port["name"]: port for port in answer["ports"]}
        lpar = site.field("bob", "id")
        return int(ports[f"{lpar}-2"]["out"]["frames"])

    before = frames()
    bob.console.sh("ping -6 -c 1 -W 1 ff02::1%eth1 >/dev/null 2>&1")
    assert alice.console.sh(f"ping -6 -c 5 -i 0.1 -W 1 {bob.link_local(0)}%eth0 | grep -c seq=") == "5"
    assert frames() - before >= 5

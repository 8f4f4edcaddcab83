"""Who answers a ping: what runs and is led outside, and what the server was told of."""

from __future__ import annotations

import pytest

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin, join_network, made

PEER = "198.51.100.3"


@pytest.fixture
def lan(pair: Padmin) -> Padmin:
    """Two servers with an address each in one network."""
    for vios, address in (("vios1", "198.51.100.2"), ("vios2", PEER)):
        interface = made(pair, vios).replace("ent", "en", 1)
        host = pair.out("hostname", vios).strip()
        pair.out(
            f"mktcpip -hostname {host} -interface {interface} -inetaddr {address} -netmask 255.255.255.0 -start", vios
        )
    return pair


def test_the_other_server_answers_while_it_runs(lan: Padmin) -> None:
    assert "0% packet loss" in lan.out(f"ping {PEER}")
    host = lan.out("hostname", "vios2").strip()
    assert f"PING {host} ({PEER})" in lan.out(f"ping {host}")
    with lan.engine.alter() as change:
        change.put(lan.vios("vios2").evolve(state="not activated"))
    lost = lan.run(f"ping {PEER} 56 1")
    assert (lost.status, lost.stderr) == (1, "")
    assert "100% packet loss" in lost.stdout


def test_an_interface_that_is_down_sends_nothing(lan: Padmin) -> None:
    (interface,) = [
        name for name in lan.out("lstcpip -interfaces -field name address -fmt :").split() if "100.2" in name
    ]
    lan.out(f"chdev -dev {interface.partition(':')[0]} -attr state=down")
    refused = lan.run(f"ping {PEER}")
    assert refused.status == Status.SYNTAX
    assert "A route to the remote host is not available." in refused.stderr


def test_a_partition_answers_when_its_network_leads_outside(lan: Padmin) -> None:
    """By the model of reachability: on a VLAN that nobody bridges it is cut off."""
    join_network(lan, 300, ip_address="198.51.100.44", enabled=True, varied_on=True)
    assert "0% packet loss" in lan.out("ping 198.51.100.44")
    with lan.engine.alter() as change:
        change.put(change.get(ClientNetworkAdapter, "client").evolve(pvid=999))
    assert "100% packet loss" in lan.run("ping 198.51.100.44").stdout

"""Asking the SNMP agents of the servers of a system."""

from __future__ import annotations

from openlpar.ports.records import ErrorEntry
from openlpar.uom.error_log import LOG_ON
from tests.padmin.conftest import NOW, Padmin, made


def test_the_agent_of_the_other_server(pair: Padmin) -> None:
    """It is asked by name or address, and answers while it runs and its service does."""
    padmin, address = pair, "198.51.100.3"
    for vios, own in (("vios1", "198.51.100.2"), ("vios2", address)):
        interface, host = made(padmin, vios).replace("ent", "en", 1), padmin.out("hostname", vios).strip()
        options = f"-hostname {host} -interface {interface} -inetaddr {own} -netmask 255.255.255.0 -start"
        padmin.out(f"mktcpip {options}", vios)
    name = padmin.out("hostname", "vios2").strip()
    asked = f"snmp_info -v -h {name} sysName.0"
    refused = padmin.run(asked)
    assert refused.status == 4
    assert f"{name} ({address}) does not answer" in refused.stderr
    padmin.out("startnetsvc snmp", "vios2")
    assert padmin.out(asked) == f'sysName.0 = "{name}"\n'
    assert padmin.out(f"cl_snmp -h {address} -v get sysName.0") == f'sysName.0 = "{name}"\n'
    with padmin.engine.alter() as change:
        change.put(padmin.vios("vios2").evolve(state="not activated"))
    assert padmin.run(asked).status == 4


def test_uptime_is_there_when_it_is_known(padmin: Padmin) -> None:
    padmin.out("startnetsvc snmp")
    assert padmin.run("snmp_info hrSystemUptime.0").status == 2
    with padmin.engine.alter() as change:
        vios = padmin.vios("vios1").uuid
        change.put(ErrorEntry(uuid="e", vios=vios, number=1, at=NOW - 90_000, label=LOG_ON.label, resource="errdemon"))
    assert padmin.out("snmp_info -v hrSystemUptime.0 sysUpTime.0") == "hrSystemUptime.0 = 9000\nsysUpTime.0 = 9000\n"


def test_interfaces_are_those_of_the_server(padmin: Padmin) -> None:
    padmin.out("startnetsvc snmp")
    number = padmin.out("snmp_info -v ifNumber.0").split()[-1]
    assert int(number) == len(padmin.out("lstcpip -interfaces -field name -fmt :").split())

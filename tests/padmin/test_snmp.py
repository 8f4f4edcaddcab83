"""Asking the SNMP agents of the servers of a system."""

from __future__ import annotations

from openlpar.ports.records import ErrorEntry, ServerHistory
from openlpar.uom.error_log import LOG_ON
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import NOW, Padmin, made
from tests.padmin.test_error_log import become


def connect(pair: Padmin) -> None:
    """The servers have addresses in one network: vios1 198.51.100.2, vios2 198.51.100.3."""
    for vios, own in (("vios1", "198.51.100.2"), ("vios2", "198.51.100.3")):
        interface, host = made(pair, vios).replace("ent", "en", 1), pair.out("hostname", vios).strip()
        options = f"-hostname {host} -interface {interface} -inetaddr {own} -netmask 255.255.255.0 -start"
        pair.out(f"mktcpip {options}", vios)


def traps(padmin: Padmin, vios: str = "vios1") -> int:
    """As the agent of a server tells."""
    return int(padmin.out("snmp_info -v snmpOutTraps.0", vios).split()[-1])


def test_the_agent_of_the_other_server(pair: Padmin) -> None:
    """It is asked by name or address, and answers while it runs and its service does."""
    padmin, address = pair, "198.51.100.3"
    connect(padmin)
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


def test_the_agent_that_sends_a_trap_counts_it(pair: Padmin) -> None:
    """That of the other server when it is asked to, none when the trap goes past them."""
    connect(pair)
    pair.out("startnetsvc snmp")
    refused = pair.run("snmp_trap -a 198.51.100.3 -m hello world")
    assert (refused.status, "198.51.100.3) does not answer" in refused.stderr) == (Status.INCOMPLETE, True)
    pair.out("startnetsvc snmp", "vios2")
    assert pair.out("snmp_trap -a 198.51.100.3 -m hello world") == ""
    assert (traps(pair), traps(pair, "vios2")) == (0, 1)
    assert pair.out("snmp_trap -h 198.51.100.3 -m hello world") == ""
    assert (traps(pair), traps(pair, "vios2")) == (0, 1)


def test_traps_are_counted_since_the_agent_started(padmin: Padmin) -> None:
    for begin in (
        lambda: padmin.out("startnetsvc snmp"),
        lambda: padmin.out("stopnetsvc snmp") + padmin.out("startnetsvc snmp"),
        lambda: padmin.out("snmpv3_ssw -1"),
        lambda: become(padmin, "vios1", "not activated", "starting", "running"),
    ):
        begin()
        assert traps(padmin) == 0
        padmin.out("snmp_trap -m one")
        padmin.out("snmp_trap -m two")
        assert traps(padmin) == 2
    history = padmin.engine.state.get(ServerHistory, padmin.vios("vios1").uuid)
    assert history.traps == 2


def test_the_choice_of_an_agent_is_kept(padmin: Padmin) -> None:
    """It is in a backup too."""
    padmin.out("snmpv3_ssw -1")
    padmin.out("viosbr -backup -file before")
    padmin.out("snmpv3_ssw -n")
    assert "SNMP agent snmpdv3ne" in padmin.out("snmp_info -v sysDescr.0")
    padmin.run("viosbr -restore -file before")
    assert "SNMP agent snmpdv1" in padmin.out("snmp_info -v sysDescr.0")
    become(padmin, "vios1", "not activated", "starting", "running")
    assert "SNMP agent snmpdv1" in padmin.out("snmp_info -v sysDescr.0")

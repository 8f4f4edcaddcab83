"""The SNMP agent of a server, as far as commands on this system ask it: the groups ``system`` and ``interfaces`` of MIB-2
(RFC 1213), of its group ``snmp`` how many traps were sent, and the uptime of the host resources (RFC 2790), which is there once the
error log tells when the server was started. It runs when the network service ``snmp`` does.

No packet is sent, and nobody outside can ask: hosts answer as they do for ``ping``. The agent lets everybody read (the community
is not looked at), and nobody write. Other counters of the group ``snmp`` are left out: they are also about questions and answers,
and asking changes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openlpar.uom.error_log import LOG_ON
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.devices import hardware_address
from openlpar.vios.padmin.hosts import answers, resolved, route_to
from openlpar.vios.padmin.interfaces import interfaces
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.services import is_active
from openlpar.vios.padmin.statistics import traffic

Identifier = tuple[int, ...]
_MIB_2 = (1, 3, 6, 1, 2, 1)
_NAMES: dict[str, Identifier] = {
    "system": (*_MIB_2, 1),
    "sysDescr": (*_MIB_2, 1, 1),
    "sysObjectID": (*_MIB_2, 1, 2),
    "sysUpTime": (*_MIB_2, 1, 3),
    "sysContact": (*_MIB_2, 1, 4),
    "sysName": (*_MIB_2, 1, 5),
    "sysLocation": (*_MIB_2, 1, 6),
    "sysServices": (*_MIB_2, 1, 7),
    "interfaces": (*_MIB_2, 2),
    "ifNumber": (*_MIB_2, 2, 1),
    "ifTable": (*_MIB_2, 2, 2),
    "ifIndex": (*_MIB_2, 2, 2, 1, 1),
    "ifDescr": (*_MIB_2, 2, 2, 1, 2),
    "ifType": (*_MIB_2, 2, 2, 1, 3),
    "ifMtu": (*_MIB_2, 2, 2, 1, 4),
    "ifPhysAddress": (*_MIB_2, 2, 2, 1, 6),
    "ifAdminStatus": (*_MIB_2, 2, 2, 1, 7),
    "ifOperStatus": (*_MIB_2, 2, 2, 1, 8),
    "ifInOctets": (*_MIB_2, 2, 2, 1, 10),
    "ifInUcastPkts": (*_MIB_2, 2, 2, 1, 11),
    "ifOutOctets": (*_MIB_2, 2, 2, 1, 16),
    "ifOutUcastPkts": (*_MIB_2, 2, 2, 1, 17),
    "snmp": (*_MIB_2, 11),
    "snmpOutTraps": (*_MIB_2, 11, 29),
    "hrSystemUptime": (*_MIB_2, 25, 1, 1),
}
_ETHERNET, _UP, _DOWN = "6", "1", "2"
_APPLICATIONS_AND_INTERNET = "76"  # sysServices: layers 3, 4 and 7

VERSION_1, VERSION_3 = "snmpdv1", "snmpdv3ne"
"""The agents, as AIX calls their programs. The second one does not encrypt."""
_AGENT = "snmp_agent"  # among the texts of ViosSettings


@dataclass(frozen=True, slots=True)
class Variable:
    """An instance of a MIB variable. value: as it is printed."""

    identifier: Identifier
    value: str

    def line(self, *, by_name: bool) -> str:
        return f"{name_of(self.identifier) if by_name else dotted(self.identifier)} = {self.value}"


def agent_in_use(server: Server) -> str:
    return server.text(_AGENT, VERSION_3)


def use_agent(server: Server, agent: str) -> None:
    server.keep_text(_AGENT, agent)


def ask(server: Server, host: str, command: str) -> list[Variable]:
    """All variables of the agent of a host, in their order. Raises Refusal when none answers."""
    return sorted(_variables(with_agent(server, host, command)), key=lambda variable: variable.identifier)


def with_agent(server: Server, host: str, command: str) -> Server:
    """The server that is called so, whose agent runs. Raises Refusal when none answers."""
    address = resolved(server, host, command)
    route = route_to(server, address, command)
    for vios in server.change.all(VirtualIOServer):
        other = server.beside(vios)
        addresses = [interface.address for interface in interfaces(other)]
        is_asked = address in addresses or (other.uuid == server.uuid and address == route.source)
        if is_asked and answers(server, address, route) and is_active(other, "snmp"):
            return other
    raise Refusal(
        Status.INCOMPLETE,
        f"{command}: {host} ({address}) does not answer: there is no SNMP agent, or it is not active. "
        "'startnetsvc snmp' on a Virtual I/O Server starts its agent.",
    )


def found(variables: list[Variable], identifier: Identifier) -> Variable:
    """The variable with exactly this identifier. Raises Refusal."""
    for variable in variables:
        if variable.identifier == identifier:
            return variable
    raise no_such("MIB variable", name_of(identifier), "A variable that is there once has the instance 0: sysName.0.")


def next_after(variables: list[Variable], identifier: Identifier) -> Variable:
    """Raises Refusal at the end."""
    for variable in variables:
        if variable.identifier > identifier:
            return variable
    raise Refusal(Status.NOT_FOUND, f"There is no MIB variable after {name_of(identifier)}.")


def below(variables: list[Variable], identifier: Identifier) -> list[Variable]:
    return [variable for variable in variables if variable.identifier[: len(identifier)] == identifier]


def identifier_of(text: str) -> Identifier:
    """``sysName.0`` or ``1.3.6.1.2.1.1.5.0``. Raises Refusal."""
    name, *instance = text.removeprefix(".").split(".")
    numbers = instance if name in _NAMES else [name, *instance]
    if not all(part.isascii() and part.isdecimal() and len(part) < 11 for part in numbers):
        known = ", ".join(_NAMES)
        raise Refusal(Status.SYNTAX, f'"{text}" is not valid. Use numbers, or one of these names: {known}.')
    return (*_NAMES.get(name, ()), *map(int, numbers))


def name_of(identifier: Identifier) -> str:
    """With the longest name that it begins with."""
    for name, known in sorted(_NAMES.items(), key=lambda item: -len(item[1])):
        if identifier[: len(known)] == known:
            return ".".join([name, *map(str, identifier[len(known) :])])
    return dotted(identifier)


def dotted(identifier: Identifier) -> str:
    return ".".join(map(str, identifier))


def _variables(server: Server) -> Iterator[Variable]:
    machine = server.system.mtms
    description = f"Virtual I/O Server {server.level}, {machine.machine_type}-{machine.model} {machine.serial}"
    description += f", SNMP agent {agent_in_use(server)}"
    for name, value in (
        ("sysDescr", f'"{description}"'),
        ("sysObjectID", "0.0"),
        ("sysContact", '""'),
        ("sysName", f'"{server.host}"'),
        ("sysLocation", '""'),
        ("sysServices", _APPLICATIONS_AND_INTERNET),
    ):
        yield Variable((*_NAMES[name], 0), value)
    yield Variable((*_NAMES["snmpOutTraps"], 0), str(server.history.traps))
    started = next((entry.at for entry in server.errors() if entry.label == LOG_ON.label), None)
    if started is not None:
        hundredths = str(max(0, server.clock_ms - started) // 10)
        yield from (Variable((*_NAMES[name], 0), hundredths) for name in ("sysUpTime", "hrSystemUptime"))
    listed = interfaces(server)
    yield Variable((*_NAMES["ifNumber"], 0), str(len(listed)))
    for number, interface in enumerate(listed, 1):
        packets_in, packets_out, bytes_in, bytes_out = traffic(server, interface.device)
        state = _UP if interface.is_up else _DOWN
        for name, value in (
            ("ifIndex", str(number)),
            ("ifDescr", f'"{interface.name}"'),
            ("ifType", _ETHERNET),
            ("ifMtu", "1500"),
            ("ifPhysAddress", f'"{hardware_address(server, interface.device)}"'),
            ("ifAdminStatus", state),
            ("ifOperStatus", state),
            ("ifInOctets", str(bytes_in)),
            ("ifInUcastPkts", str(packets_in)),
            ("ifOutOctets", str(bytes_out)),
            ("ifOutUcastPkts", str(packets_out)),
        ):
            yield Variable((*_NAMES[name], number), value)

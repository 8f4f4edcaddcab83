"""snmpv3_ssw: which SNMP agent runs. Options are those of AIX's command (IBM documentation), the output is recalled.

The agent that encrypts is in file set snmp.crypto, which is installed from a medium of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.services import NETWORK, is_active, switch
from openlpar.vios.padmin.snmp import VERSION_1, VERSION_3, use_agent

_SERVICE, _DAEMON = "snmp", "snmpd"


class Snmpv3Ssw(Command, name="snmpv3_ssw", group="TCP/IP"):
    """Chooses the SNMP agent of the server and starts it. They answer alike; sysDescr tells which one runs."""

    encrypting = Flag("-e", "the agent of SNMPv3 that encrypts; it is not installed")
    plain = Flag("-n", "the agent of SNMPv3 that does not encrypt: that of a new server")
    first = Flag("-1", "the agent of SNMPv1")

    @form(one(encrypting, plain, first))
    def choose(self) -> Iterator[str]:
        if self.encrypting:
            raise Refusal(
                Status.INCOMPLETE,
                "snmpv3_ssw: the agent snmpdv3e cannot be used: file set snmp.crypto, which has it, is not installed, and there is "
                "no medium with it here. Use -n or -1. Nothing was changed.",
            )
        if is_active(self.server, _SERVICE):
            for _ in switch(self.server, _SERVICE, NETWORK, active=False):
                yield f"Stop daemon: {_DAEMON}"
        agent = VERSION_1 if self.first else VERSION_3
        use_agent(self.server, agent)
        yield f"Make the symbolic link from /usr/sbin/{_DAEMON} to /usr/sbin/{agent}"
        for _ in switch(self.server, _SERVICE, NETWORK, active=True):
            yield f"Start daemon: {_DAEMON}"

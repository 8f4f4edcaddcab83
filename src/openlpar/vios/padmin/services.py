"""Network services and agents: whether they are to run. No service runs in a simulated server; its configuration is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

NETWORK = ("telnet", "ftp", "ssh", "snmp", "cimserver", "ldap", "ndpd-host", "xntpd", "tracelog", "errorlog")
_NOT_WITH_ALL = ("tracelog", "errorlog")
AGENTS = ("DIRECTOR_agent", "ITM_cec", "ITM_premium", "ITUAM_base", "TPC", "ipsec_tunnel", "perfmgr")
_ITM = ("HOSTNAME", "MANAGING_SYSTEM", "RESTART_ON_REBOOT")
ATTRIBUTES = {
    "DIRECTOR_agent": ("RESTART_ON_REBOOT",),
    "ITM_cec": _ITM,
    "ITM_premium": _ITM,
    "ITUAM_base": ("ACCT_DATA0", "ACCT_DATA1", "IPROCESS", "ISYSTEM"),
}
"""What ``cfgsvc`` gives agents (IBM documentation: configuration attributes for IBM Tivoli agents)."""
REQUIRED = {"ITM_cec": ("HOSTNAME",), "ITM_premium": ("HOSTNAME",)}
_RUNNING_AT_FIRST = ("telnet", "ftp", "ssh", "cimserver")


def is_active(server: Server, name: str) -> bool:
    return server.settings.services.get(name, "active" if name in _RUNNING_AT_FIRST else "inactive") == "active"


def switch(server: Server, name: str, known: Sequence[str], *, active: bool) -> Iterator[str]:
    """Starts or stops a service, or ALL network services. Raises Refusal when it is so already."""
    if name == "ALL" and known is NETWORK:
        names = [each for each in NETWORK if each not in _NOT_WITH_ALL]
    elif name in known:
        names = [name]
        if is_active(server, name) == active:
            state = "running already" if active else "not running"
            raise Refusal(Status.INCOMPLETE, f'"{name}" is {state}.')
    else:
        raise Refusal(Status.SYNTAX, f'"{name}" is not valid. The names are: {", ".join(known)}.')
    state = "active" if active else "inactive"
    changed = [each for each in names if is_active(server, each) != active]
    if changed:
        server.keep(services={**server.settings.services, **dict.fromkeys(changed, state)})
    if "snmp" in changed and server.history.traps:
        server.note(traps=0)  # the agent begins to count anew
    yield from (f"0513-059 The {each} Subsystem has been started." for each in changed if active)
    yield from (f"0513-044 The {each} Subsystem was requested to stop." for each in changed if not active)

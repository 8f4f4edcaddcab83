"""Starting and stopping partitions, the way the reference client does it.

Stopping politely is a chain: the operating system's own shutdown where RMC is active, else (or when that fails) the
virtual service processor's normal shutdown, and when that fails too, its hard one. An operating system that does not
finish in time goes straight to hard. IBM i always has the operating system's shutdown, first normal, then immediate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openlpar.client import jobs
from openlpar.client.connection import Connection
from openlpar.client.errors import JobFailed, JobTimedOut

# Contract 2.13: a job that fails with one of these found the partition in the wanted state already.
_ALREADY_OFF = ("HSCL1558", "PVME04000005", "PVME01050901")
_ALREADY_ON = ("HSCL3681", "PVME01042026")

_OS_IMMEDIATE = {"operation": "osshutdown", "immediate": "true"}
_OS_NORMAL = {"operation": "osshutdown"}
_VSP_NORMAL = {"operation": "shutdown"}
_VSP_HARD = {"operation": "shutdown", "immediate": "true"}

Log = Callable[[str], None]


def power_on(connection: Connection, target: str, options: Mapping[str, str]) -> bool:
    """Activates ``LogicalPartition/{uuid}`` or a VIOS. False: it was on already. Raises JobFailed."""
    try:
        jobs.run(connection, target, "PowerOn", options)
    except JobFailed as failed:
        if any(code in failed.text for code in _ALREADY_ON):
            return False
        raise
    return True


def power_off(
    connection: Connection,
    target: str,
    *,
    os_shutdown: bool,
    ibmi: bool = False,
    hard: bool = False,
    restart: bool = False,
    time_limit_s: float = jobs.TIME_LIMIT_S,
    log: Log = lambda _: None,
) -> bool:
    """Stops a partition. os_shutdown: RMC is active. hard: no chain, pull the plug. time_limit_s: of the first attempt.

    False: it was off already. Raises JobFailed of the last attempt.
    """
    again = {"restart": "true"} if restart else {}
    attempts = [_VSP_HARD] if hard else _chain(os_shutdown, ibmi)
    while attempts:
        attempt = attempts.pop(0)
        try:
            jobs.run(connection, target, "PowerOff", {**attempt, **again}, time_limit_s=time_limit_s)
            return True
        except JobFailed as failed:
            if not restart and any(code in failed.text for code in _ALREADY_OFF):
                return False
            if not attempts:
                raise
            if isinstance(failed, JobTimedOut) and attempt["operation"] == "osshutdown" and not ibmi:
                attempts = [_VSP_HARD]
            log(f"{attempt['operation']} failed ({failed.text}), trying the next harder way")
        time_limit_s = jobs.TIME_LIMIT_S
    raise AssertionError("unreachable")


def _chain(os_shutdown: bool, ibmi: bool) -> list[dict[str, str]]:
    if ibmi:
        return [_OS_NORMAL, _OS_IMMEDIATE, _VSP_NORMAL, _VSP_HARD]
    return [*([_OS_IMMEDIATE] if os_shutdown else []), _VSP_NORMAL, _VSP_HARD]

"""The chain of ever harder power-offs."""

from collections.abc import Mapping
from typing import Any

import pytest

from openlpar.client import jobs, power
from openlpar.client.connection import Connection
from openlpar.client.errors import JobFailed, JobTimedOut

OS_IMMEDIATE = {"operation": "osshutdown", "immediate": "true"}
OS_NORMAL = {"operation": "osshutdown"}
VSP_NORMAL = {"operation": "shutdown"}
VSP_HARD = {"operation": "shutdown", "immediate": "true"}
FAIL = JobFailed("PowerOff", "COMPLETED_WITH_ERROR", "no")
LATE = JobTimedOut("PowerOff", "TIMED_OUT", "late")
OFF = JobFailed("PowerOff", "COMPLETED_WITH_ERROR", "PVME01050901 it is off")


@pytest.mark.parametrize(
    ("options", "outcomes", "tried"),
    [
        ({"os_shutdown": True}, [None], [OS_IMMEDIATE]),
        ({"os_shutdown": True}, [FAIL, None], [OS_IMMEDIATE, VSP_NORMAL]),
        ({"os_shutdown": True}, [FAIL, FAIL, None], [OS_IMMEDIATE, VSP_NORMAL, VSP_HARD]),
        ({"os_shutdown": True}, [LATE, None], [OS_IMMEDIATE, VSP_HARD]),
        ({"os_shutdown": False}, [LATE, None], [VSP_NORMAL, VSP_HARD]),
        ({"os_shutdown": True, "hard": True}, [None], [VSP_HARD]),
        ({"os_shutdown": False, "ibmi": True}, [FAIL, LATE, None], [OS_NORMAL, OS_IMMEDIATE, VSP_NORMAL]),
    ],
)
def test_chain(
    options: dict[str, bool],
    outcomes: list[JobFailed | None],
    tried: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _off(monkeypatch, outcomes, **options) == (True, tried)


def test_restart_is_asked_for_in_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    again = {"restart": "true"}
    _, tried = _off(monkeypatch, [FAIL, None], os_shutdown=True, restart=True)
    assert tried == [OS_IMMEDIATE | again, VSP_NORMAL | again]


def test_off_already_is_what_was_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _off(monkeypatch, [OFF], os_shutdown=True) == (False, [OS_IMMEDIATE])


def test_a_restart_of_what_is_off_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(JobFailed):
        _off(monkeypatch, [OFF, OFF], os_shutdown=False, restart=True)


def test_the_last_failure_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(JobFailed):
        _off(monkeypatch, [FAIL, FAIL, FAIL], os_shutdown=True)


def _off(monkeypatch: pytest.MonkeyPatch, outcomes: list[JobFailed | None], **options: Any) -> tuple[bool, list[Any]]:
    tried: list[Mapping[str, str]] = []

    def run(connection: Connection, target: str, operation: str, parameters: Mapping[str, str], **_: Any) -> None:
        tried.append(parameters)
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(jobs, "run", run)
    return power.power_off(Connection("http://127.0.0.1:9"), "LogicalPartition/x", **options), tried

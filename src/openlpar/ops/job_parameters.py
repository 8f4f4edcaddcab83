"""Reading what a client sends with a job: all values are texts."""

from __future__ import annotations

from collections.abc import Collection

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.core import JobOperation


def check_known(kind: type[JobOperation], parameters: Collection[str]) -> None:
    """Refuses a parameter that the job does not have."""
    for name in parameters:
        if name not in kind.parameters:
            known = ", ".join(kind.parameters) or "none"
            raise say.UNKNOWN_PARAMETER.error(job=kind.job, parameter=name, known=known)


def whole_number(job: str, parameters: dict[str, str], name: str, default: int | None, low: int, high: int) -> int:
    """A number between two bounds; without a default it has to be there."""
    text = parameters.get(name, "").strip()
    if not text:
        if default is None:
            raise general.MISSING_VALUE.error(object=f"Job {job}", field=name)
        return default
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        cause = "it is out of bounds" if text.isascii() and text.isdigit() else "it is no whole number"
        raise general.BAD_VALUE.error(
            field=name, object=f"job {job}", value=repr(text), cause=cause, wanted=f"a number from {low} to {high}"
        )
    return int(text)


def one_of(job: str, parameters: dict[str, str], name: str, allowed: Collection[str], default: str | None) -> str:
    """A word of a list; without a default it has to be there."""
    text = parameters.get(name, "")
    if not text:
        if default is None:
            raise general.MISSING_VALUE.error(object=f"Job {job}", field=name)
        return default
    if text not in allowed:
        raise general.BAD_VALUE.error(
            field=name,
            object=f"job {job}",
            value=repr(text),
            cause="there is no such value",
            wanted=f"one of {', '.join(allowed)}",
        )
    return text

"""What the performance advisor says of a recording: what it measured, what it would change, and why.

The rules and their thresholds are ours; those of a real advisor are not public. ``docs/how-to/administer-a-vios.md`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from openlpar.vios.padmin.recording import Recording

BUSY_PERCENT, FULL_PERCENT = 80, 95
"""Of an entitlement, of memory, of the speed of an adapter: from where a warning is due, and from where it is critical."""
WAITING_PERCENT = 10
"""Of the processors used: from where waiting for processors is worth a warning."""
LEAST_WEIGHT, LEAST_MEMORY_MB = 200, 4096
ETHERNET_KB_S, FIBRE_KB_S = 125_000, 800_000
"""What a port of 1 Gbit/s, and one of 8 Gbit/s, carries each way."""
UNEVEN_FACTOR = 4
"""How much more one of several ports does than another, from where it is worth a look."""


class Status(StrEnum):
    """How much something matters."""

    OK = "ok"
    INFORMATION = "information"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Advice:
    """measured: with its unit; suggested: what to do, "" for nothing."""

    section: str
    name: str
    measured: str
    status: Status = Status.OK
    suggested: str = ""


def advice(recording: Recording) -> list[Advice]:
    return [one for rule in _RULES for one in rule(recording)]


def _graded(percent: float) -> Status:
    return Status.CRITICAL if percent >= FULL_PERCENT else Status.WARNING if percent >= BUSY_PERCENT else Status.OK


def _processors(recording: Recording) -> Iterator[Advice]:
    used, average, peak = recording.average("processors"), recording.average("busy"), recording.peak("busy")
    units = recording.fact("proc0", "entitled")
    status = _graded(average)
    more = "Give the server more processor units." if status != Status.OK else ""
    yield Advice("cpu", "entitled capacity", f"{units} units, {average:.1f} % busy, {peak:.1f} % peak", status, more)
    waiting = 100 * recording.average("waiting") / used if used else 0.0
    late = waiting >= WAITING_PERCENT
    yield Advice(
        "cpu",
        "wait for processors",
        f"{waiting:.1f} % of the processors used",
        Status.WARNING if late else Status.OK,
        "Raise the entitlement or the weight of the server: it waits for processors." if late else "",
    )
    mode, weight = recording.fact("proc0", "mode"), recording.number("proc0", "weight")
    if mode == "uncap":
        low = weight < LEAST_WEIGHT
        yield Advice(
            "cpu",
            "uncapped weight",
            f"{weight:g}",
            Status.INFORMATION if low else Status.OK,
            f"Set a weight of {LEAST_WEIGHT} or more: the clients' I/O waits for the server." if low else "",
        )


def _memory(recording: Recording) -> Iterator[Advice]:
    size, used = recording.number("mem0", "memory_mb"), recording.average("memory_mb")
    percent = 100 * used / size if size else 0.0
    status = _graded(percent)
    yield Advice(
        "memory",
        "memory in use",
        f"{used:.0f} of {size:.0f} MB, {percent:.1f} %",
        status,
        "Give the server more memory." if status != Status.OK else "",
    )
    if 0 < size < LEAST_MEMORY_MB:
        yield Advice(
            "memory", "size", f"{size:.0f} MB", Status.INFORMATION, f"{LEAST_MEMORY_MB} MB are usual for a server."
        )


def _network(recording: Recording) -> Iterator[Advice]:
    for device, (average, peak) in recording.rates("network").items():
        yield _port("network", device, average, peak, ETHERNET_KB_S, "Spread its clients over another adapter.")


def _storage(recording: Recording) -> Iterator[Advice]:
    rates = recording.rates("storage")
    for device, (average, peak) in rates.items():
        yield _port("storage", device, average, peak, FIBRE_KB_S, "Spread its clients over other ports.")
    busy = sorted(average for average, _ in rates.values())
    if len(busy) > 1 and busy[-1] >= 1 and busy[-1] > UNEVEN_FACTOR * busy[0]:
        yield Advice(
            "storage",
            "balance of the ports",
            f"from {busy[0]:.1f} to {busy[-1]:.1f} KB/s",
            Status.INFORMATION,
            "Map virtual Fibre Channel adapters to the ports that do less: vfcmap.",
        )


def _port(section: str, device: str, average: float, peak: float, most: int, remedy: str) -> Advice:
    """The peak decides nothing: a moment at full speed is what a port is for."""
    status = _graded(100 * average / (2 * most))
    measured = f"{average:.1f} KB/s, {peak:.1f} KB/s peak"
    return Advice(section, device, measured, status, remedy if status != Status.OK else "")


def _configuration(recording: Recording) -> Iterator[Advice]:
    for (about, name), value in sorted(recording.facts.items()):
        if name.startswith("rule "):
            attribute, _, wanted = name.removeprefix("rule ").partition("=")
            yield Advice(
                "configuration",
                f"{about} {attribute}",
                value,
                Status.INFORMATION,
                f"chdev -dev {about} -attr {attribute}={wanted} -perm",
            )


_RULES: tuple[Callable[[Recording], Iterator[Advice]], ...] = (
    _processors,
    _memory,
    _network,
    _storage,
    _configuration,
)


def report(recording: Recording) -> bytes:
    """The advice as XML. The form is ours."""
    first, last = recording.intervals[0].end, recording.intervals[-1].end
    root = etree.Element(
        "vios_advisor_report",
        host=recording.host,
        begin=f"{first:%Y-%m-%dT%H:%M:%S}",
        end=f"{last:%Y-%m-%dT%H:%M:%S}",
        samples=str(len(recording.intervals)),
    )
    for one in advice(recording):
        item = etree.SubElement(root, "advice", section=one.section, name=one.name, status=one.status.value)
        etree.SubElement(item, "measured").text = one.measured
        if one.suggested:
            etree.SubElement(item, "suggested").text = one.suggested
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))

"""What the service and its partitions are doing, in Prometheus' text format."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.utils import floatToGoString

from openlpar.engine.engine import Engine
from openlpar.ops.metrics import sampling
from openlpar.ports.records import Due, Job
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import Rates
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.wire.pcm import energy, processed

__all__ = ["CONTENT_TYPE_PLAIN_0_0_4", "exposed", "of_service"]

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_CALLED = ("id", "physicalLocation", "entityInstance")
"""What a thing in a list is called by: the first of these keys that it has."""


def of_service(engine: Engine, answers: Mapping[str, int]) -> list[Metric]:
    """How the service itself is. answers: how many requests were answered with each status."""
    state = engine.state
    requests = CounterMetricFamily("openlpar_requests", "Requests answered.", labels=["status"])
    for status, count in sorted(answers.items()):
        requests.add_metric([status], count)
    running = ("NOT_STARTED", "RUNNING")
    gauges = {
        "openlpar_partitions": (
            "Partitions and Virtual I/O Servers.",
            state.count(LogicalPartition) + state.count(VirtualIOServer),
        ),
        "openlpar_active_partitions": ("Those that are not off.", state.tally("active")),
        "openlpar_due_changes": ("Changes that wait for their time.", state.count(Due)),
        "openlpar_unfinished_jobs": (
            "Jobs that have not ended.",
            sum(job.status in running for job in state.all(Job)),
        ),
        "openlpar_uncommitted": ("1 while a change is on its way to the disk.", int(not engine.is_settled)),
        "openlpar_clock_seconds": ("The managed system's time, seconds since 1970.", engine.clock.now() / 1000),
        "openlpar_monitors_enabled": ("1 while a monitor measures.", int(bool(sampling.interval_ms(state)))),
    }
    commits = CounterMetricFamily("openlpar_commits", "Commits that are on disk.", value=engine.commits)
    return [
        requests,
        commits,
        *(GaugeMetricFamily(name, text, value=value) for name, (text, value) in gauges.items()),
    ]


class _Given(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposed(service: list[Metric], latest: Rates | None, of_energy: bool) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(service))
    measured = "".join(_measured(latest, of_energy)) if latest is not None else ""
    return generate_latest(registry) + measured.encode()


Families = dict[str, list[str]]
"""Name of a metric to its lines. They are written here: there can be tens of thousands of values, and what they share, the labels
of a partition and the name of a metric, the library would look at again for each."""


def _measured(latest: Rates, of_energy: bool) -> Iterator[str]:
    """Every value of the processed metrics' documents: its name is the document's, ``pcm_lpar_processor_utilized_proc_units``."""
    found: Families = {}
    seconds = sampling.LONG_MS // 1000
    system = processed.system_document([latest], seconds)["systemUtil"]["utilSamples"][0]
    about = {"system": latest.survey.system}
    for one in latest.survey.partitions:
        labels = _shown(about | {"partition": one.name, "uuid": one.uuid})
        _add(found, "pcm_partition_active", "1 while the partition or Virtual I/O Server is up.", labels, one.active)
    for section, name in (("systemFirmwareUtil", "firmware"), ("serverUtil", "server")):
        _walk(found, f"pcm_{name}", about, system[section])
    if of_energy:
        _walk(found, "pcm_energy", about, energy.sample(latest)["energyUtil"])
    for server in system["viosUtil"]:
        _walk(found, "pcm_vios", about | _who(server), server)
    for document in processed.partitions(latest):
        _walk(found, "pcm_lpar", about | _who(document), document)
    return itertools.chain.from_iterable(found.values())


def _who(document: Mapping[str, Any]) -> dict[str, str]:
    return {"partition": document["name"], "uuid": document["uuid"]}


def _walk(found: Families, prefix: str, labels: Mapping[str, str], document: Mapping[str, Any]) -> None:
    shown = _shown(labels)
    for name, key, value in _within(prefix, document):
        if isinstance(value[0], Mapping):
            for one in value:
                called = {"device": next((str(one[key]) for key in _CALLED if key in one), "")}
                if "viosId" in one:
                    called["vios_id"] = str(one["viosId"])
                _walk(found, name, {**labels, **called}, one)
        elif isinstance(value[0], int | float):
            _add(found, name, f"{key} of the processed metrics.", shown, value[0])


def _within(prefix: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """The lists in a document, each with the name of a metric and its own."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _within(_named(prefix, key), value)
        elif isinstance(value, list) and value:
            yield _named(prefix, key), key, value


@functools.cache
def _named(prefix: str, key: str) -> str:
    return f"{prefix}_{_WORD.sub('_', key).lower()}"


def _shown(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels.items())) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _add(found: Families, name: str, about: str, labels: str, value: float) -> None:
    lines = found.get(name)
    if lines is None:
        lines = found[name] = [f"# HELP {name} {about}\n# TYPE {name} gauge\n"]
    number: str = floatToGoString(value)  # type: ignore[no-untyped-call]  # prometheus_client's own
    lines.append(f"{name}{labels} {number}\n")

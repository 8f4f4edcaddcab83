"""Performance and capacity metrics: ``/rest/api/pcm`` (rest-contract 2.1, 3 and 6; feeds and files of the HMC's documentation).

A metrics file is no file: its name says what it shows and of which time, and it is made when it is asked for.
"""

from __future__ import annotations

import asyncio
import re
import uuid as uuids
import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine, Requester
from openlpar.faces.novalink import answers
from openlpar.messages import general
from openlpar.messages import metrics as say
from openlpar.messages import rest as say_rest
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import ResourceRequest
from openlpar.ops.metrics import rates as sampled
from openlpar.ops.metrics import sampling
from openlpar.ops.metrics.preferences import UpdatePreferences, knows_energy, shown_preference
from openlpar.ops.metrics.rates import Kept
from openlpar.ops.metrics.sampling import Sampler
from openlpar.ports.records import Reading
from openlpar.uom.core import BadValue
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.metering import COUNTERS, Survey
from openlpar.uom.pcm import ManagedSystemPcmPreference
from openlpar.wire import atom
from openlpar.wire.pcm import energy, feed, names, processed, raw
from openlpar.wire.pcm.feed import Document
from openlpar.wire.reader import BadDocument, decode, parse
from openlpar.wire.writer import render

T = TypeVar("T")

_STAMP = r"(\d{8}T\d{6}[+-]\d{4})"
_RAW_FILE = re.compile(rf"(LTM|STM)_([^/_]+)_(phyp|lpar|vios_(\d+))_{_STAMP}\.json")
_ENERGY_FILE = re.compile(rf"LTM_([^/_]+)_{energy.CATEGORY}_{_STAMP}\.json")
_MADE_FILE = re.compile(
    rf"(EnergyMetrics_)?(ManagedSystem|LogicalPartition)_([0-9A-Fa-f-]{{36}})_{_STAMP}_{_STAMP}_(\d+)\.json"
)
_MONITORS = {"LongTermMonitor": "LTM", "ShortTermMonitor": "STM"}
_TITLES = {"LTM": "LongTermMetrics", "STM": "ShortTermMetrics"}
_ENERGY = "Energy"
_ENERGY_MONITOR = "EnergyMonitor"
_PROCESSED, _AGGREGATED = "ProcessedMetrics", "AggregatedMetrics"
_SYSTEMS_MS = 120_000
"""Between two reports of the partitions' operating systems ("once every two minutes", pypowervm.wrappers.pcm.lpar)."""


class MetricsResources:
    """The monitoring service of one managed system."""

    def __init__(self, engine: Engine, sampler: Sampler) -> None:
        self._engine = engine
        self._sampler = sampler

    async def answer(self, request: Request, path: str, body: Callable[[], Any], requester: Requester) -> Response:
        """path: below the service; body: reads what was sent. Raises Failure."""
        words = [word for word in path.split("/") if word]
        if words[:1] + words[2:] == ["ManagedSystem", "preferences"]:
            if request.method == "POST":
                self._system(words[1])
                return await self._set_preferences(request, await body(), requester)
            if request.method == "GET":
                self._system(words[1])
                return await self._preferences(request)
        elif request.method == "GET":
            await self._up_to_date()
            found = await self._metrics(request, words)
            if found is not None:
                return found
            raise say_rest.BAD_URL.error(url=request.url.path, root=words[0] if words else "")
        raise say_rest.NO_METHOD.error(method=request.method, url=request.url.path)

    async def _metrics(self, request: Request, words: list[str]) -> Response | None:
        match words:
            case ["ManagedSystem", uuid, "RawMetrics", monitor] if monitor in _MONITORS:
                return self._raw_feed(request, self._system(uuid), _MONITORS[monitor])
            case ["ManagedSystem", uuid, "RawMetrics", monitor, file] if monitor in _MONITORS:
                self._system(uuid)
                return self._json(request, msgspec.json.encode(self._raw_document(file, _MONITORS[monitor])))
            case ["ManagedSystem", uuid, "RawMetrics", monitor] if monitor == _ENERGY_MONITOR:
                return self._energy_feed(request, self._system(uuid))
            case ["ManagedSystem", uuid, "RawMetrics", monitor, file] if monitor == _ENERGY_MONITOR:
                self._system(uuid)
                return self._json(request, msgspec.json.encode(self._energy_document(file)))
            case ["ManagedSystem", uuid, metrics] if metrics in (_PROCESSED, _AGGREGATED):
                return self._made_feed(request, self._system(uuid), metrics, "")
            case ["ManagedSystem", uuid, "LogicalPartition", lpar, metrics] if metrics in (_PROCESSED, _AGGREGATED):
                partition = self._engine.state.get(LogicalPartition, lpar)
                return self._made_feed(request, self._system(uuid), metrics, partition.uuid)
            case [metrics, file] if metrics in (_PROCESSED, _AGGREGATED):
                return await self._made_file(request, file, metrics)
        return None

    def _system(self, uuid: str) -> ManagedSystem:
        return self._engine.state.get(ManagedSystem, uuid)

    async def _up_to_date(self) -> None:
        """Takes the readings that are due already, and waits until what is about to be shown is on disk."""
        if self._sampler.is_late(self._engine.state, self._engine.clock.now()):
            with self._engine.alter() as change:
                self._sampler.catch_up(change)
        await self._engine.settled()

    @staticmethod
    def _json(request: Request, document: bytes) -> Response:
        return Response(document, media_type="application/json", headers=answers.headers(request))

    # preferences

    async def _preferences(self, request: Request) -> Response:
        await self._engine.settled()
        entry, etag = self._preference_entry(root=False)
        system = managed_system(self._engine.state)
        query = f"?{request.url.query}" if request.url.query else ""
        document = feed.preferences(entry, uuid=system.uuid, self_link=request.url.path + query)
        return answers.atom_answer(request, document, etag)

    def _preference_entry(self, root: bool) -> tuple[bytes, int]:
        """Feed and entry have one ETag: the client sends the feed's back."""
        world = self._engine.state
        stored = sampling.preference(world)
        capable = knows_energy(self._engine.edges.hypervisor)
        rendering = render(shown_preference(world, stored).evolve(energy_capable=capable))
        etag = int.from_bytes(zlib.crc32(rendering.body).to_bytes(4, "big"), "big", signed=True)
        document = atom.entry(
            rendering.body,
            uuid=str(uuids.uuid3(uuids.NAMESPACE_URL, f"{stored.uuid}/preferences")),
            title=ManagedSystemPcmPreference.tag,
            service="pcm",
            self_link="",
            now=atom.stamp(self._engine.clock.now()),
            etag=None,
            root=root,
        )
        return document, etag

    async def _set_preferences(self, request: Request, body: bytes, requester: Requester) -> Response:
        try:
            element = decode(parse(body), ManagedSystemPcmPreference)
        except (BadDocument, BadValue) as exc:
            raise say_rest.BAD_BODY.error(cause=str(exc)) from exc
        etag = request.headers.get("if-match")
        strict = etag not in (None, "*")
        wish = ResourceRequest(
            kind=ManagedSystemPcmPreference,
            uuid=sampling.preference(self._engine.state).uuid,
            element=element,
            strict=strict,
        )

        operation = UpdatePreferences.from_request(wish)

        def guard() -> None:
            if strict and etag != str(self._preference_entry(root=False)[1]):
                name = operation.about(self._engine.state)
                raise general.STALE_ETAG.error(kind=ManagedSystemPcmPreference.tag, name=name)

        await self._engine.run(operation, requester, guard)
        entry, fresh = self._preference_entry(root=True)
        return answers.atom_answer(request, b"\n" + entry, fresh)

    # raw metrics

    def _enabled(self, metrics: str, *switches: str) -> None:
        world = self._engine.state
        wish = sampling.preference(world)
        if not any(wish.get(name) for name in switches):
            system = managed_system(world)
            preference = ManagedSystemPcmPreference.by_name[switches[0]].tag
            raise say.NOT_ENABLED.error(
                metrics=metrics, system=system.system_name, preference=preference, uuid=system.uuid
            )

    def _readings(self, monitor: str) -> list[Reading]:
        """Those that a monitor shows, oldest first."""
        if monitor == "LTM":
            self._enabled("long term metrics", "ltm_enabled", "compute_ltm_enabled")
            step, kept = sampling.LONG_MS, sampling.RAW_MS
        else:
            self._enabled("short term metrics", "stm_enabled")
            step, kept = sampling.SHORT_MS, sampling.SHORT_KEPT_MS
        since = self._engine.clock.now() - kept
        return [one for one in sampling.readings(self._engine.state) if one.at % step == 0 and one.at > since]

    def _raw_feed(self, request: Request, system: ManagedSystem, monitor: str) -> Response:
        wanted = _Window(request)
        if wanted.of_energy:
            raise say.NO_SUCH_KIND.error(parameter="Type", value=_ENERGY)
        documents = []
        found = self._readings(monitor)
        for reading in wanted.of(found, lambda one: one.at):
            survey = sampled.survey_of(self._engine.state, reading)
            for category in _categories(survey, monitor, reading is found[0], reading.at):
                name = f"{monitor}_{survey.mtms}_{category}_{names.file_stamp(reading.at)}.json"
                place = f"ManagedSystem/{system.uuid}/RawMetrics/{_long(monitor)}/{name}"
                documents.append(Document(name, place, reading.at, category))
        return self._feed(request, documents, system.uuid, _TITLES[monitor], f"ManagedSystem {system.uuid}")

    def _feed(self, request: Request, documents: Sequence[Document], uuid: str, title: str, about: str) -> Response:
        if not documents:
            return answers.empty_answer(request)
        query = f"?{request.url.query}" if request.url.query else ""
        document = feed.feed(
            documents,
            uuid=uuid,
            title=title,
            about=about,
            self_link=request.url.path + query,
            updated=max(one.at for one in documents),
        )
        return answers.atom_answer(request, document, zlib.crc32(document))

    def _raw_document(self, file: str, monitor: str) -> dict[str, Any]:
        matched = _RAW_FILE.fullmatch(file)
        found = self._readings(monitor)
        at = names.parse_stamp(matched[5]) if matched else None
        number = next((n for n, one in enumerate(found) if one.at == at), None)
        if matched is None or number is None or matched[1] != monitor:
            raise say.NO_FILE.error(name=file)
        reading, world = found[number], self._engine.state
        survey = sampled.survey_of(world, reading)
        if matched[2] != survey.mtms or matched[3] not in _categories(survey, monitor, number == 0, reading.at):
            raise say.NO_FILE.error(name=file)
        shown = raw.Shown(
            survey,
            reading.at,
            reading.elapsed,
            reading.counters,
            monitor,
            bool(sampling.preference(world).compute_ltm_enabled),
        )
        if matched[3] == "phyp":
            return raw.hypervisor_document(shown)
        used = self._memory_used(found, number)
        if matched[3] == "lpar":
            return raw.systems_document(shown, used)
        server = next(one for one in survey.partitions if one.vios and one.id == int(matched[4]))
        return raw.server_document(shown, server, int(used.get(server.uuid, 0)))

    def _memory_used(self, found: Sequence[Reading], number: int) -> dict[str, float]:
        """MiB in use in each partition, on the average since the reading before."""
        if number == 0:
            return {}
        earlier, later = found[number - 1], found[number]
        survey, place = sampled.survey_of(self._engine.state, later), COUNTERS.index("memory")
        row = sampled.rates(self._engine.state, earlier, later)
        starts = {key: start for key, start, _ in survey.places()}
        return {one.uuid: row[starts[one.uuid] + place] / 1000 for one in survey.partitions}

    # energy

    def _energy_readings(self) -> list[Reading]:
        """All there are, oldest first; those in ``_energy_kept`` are shown."""
        self._enabled("energy metrics", "energy_enabled")
        return [one for one in sampling.readings(self._engine.state) if one.at % sampling.LONG_MS == 0]

    def _energy_kept(self, reading: Reading | Kept) -> bool:
        return reading.at > self._engine.clock.now() - sampling.RAW_MS

    def _energy_feed(self, request: Request, system: ManagedSystem) -> Response:
        documents = []
        kept = [*filter(self._energy_kept, self._energy_readings())]
        for reading in _Window(request).of(kept, lambda one: one.at):
            survey = sampled.survey_of(self._engine.state, reading)
            name = f"LTM_{survey.mtms}_{energy.CATEGORY}_{names.file_stamp(reading.at)}.json"
            place = f"ManagedSystem/{system.uuid}/RawMetrics/{_ENERGY_MONITOR}/{name}"
            documents.append(Document(name, place, reading.at, energy.CATEGORY))
        return self._feed(request, documents, system.uuid, "EnergyMonitorMetrics", f"ManagedSystem {system.uuid}")

    def _energy_document(self, file: str) -> dict[str, Any]:
        """With the least, the average and the most of the readings that are kept."""
        matched, found = _ENERGY_FILE.fullmatch(file), self._energy_readings()
        at = names.parse_stamp(matched[2]) if matched else None
        number = next((n for n, one in enumerate(found) if one.at == at and self._energy_kept(one)), None)
        world = self._engine.state
        if matched is None or number is None or matched[1] != sampled.survey_of(world, found[number]).mtms:
            raise say.NO_FILE.error(name=file)
        reading = found[number]
        survey = sampled.survey_of(world, reading)
        told = [one for one in sampled.kept(found[: number + 1]) if self._energy_kept(one)]
        # The first reading of all has nothing before it: what was at work until then is not known.
        known = [energy.loads(one.rates(world))[0] for one in told] or [energy.load_of(survey, 0)]
        return energy.raw_document(reading.at, survey, known, len(told) * sampling.LONG_MS // 1000)

    # processed and aggregated metrics

    def _kept(self, seconds: int) -> list[Kept]:
        """All there is of a frequency, oldest first. Raises Failure when metrics are not drawn together."""
        self._enabled("processed and aggregated metrics", "aggregation_enabled")
        world = self._engine.state
        if seconds * 1000 == sampling.LONG_MS:
            return sampled.kept(one for one in sampling.readings(world) if one.at % sampling.LONG_MS == 0)
        return [Kept(one) for one in sampling.rollups(world, seconds)]

    def _knowing(self, found: Sequence[Kept], lpar: str) -> list[Kept]:
        """Those that tell of a partition."""
        surveys = {one.latest.survey: sampled.survey_of(self._engine.state, one.latest) for one in found}
        telling = {name for name, survey in surveys.items() if any(one.uuid == lpar for one in survey.partitions)}
        return [one for one in found if one.latest.survey in telling]

    def _made_feed(self, request: Request, system: ManagedSystem, metrics: str, lpar: str) -> Response:
        """Of the system with a link to each partition's feed, or of one partition."""
        wanted = _Window(request)
        kind, uuid = ("LogicalPartition", lpar) if lpar else ("ManagedSystem", system.uuid)
        documents = []
        if wanted.of_energy:
            if lpar:
                raise say.NO_SUCH_KIND.error(parameter="Type", value=_ENERGY)
            self._enabled("energy metrics", "energy_enabled")
        for seconds in _frequencies(metrics):
            found = wanted.of(self._kept(seconds), lambda one: one.at)
            if lpar:
                found = self._knowing(found, lpar)
            if found:
                span = f"{names.file_stamp(found[0].at)}_{names.file_stamp(found[-1].at)}"
                name = f"{'EnergyMetrics_' if wanted.of_energy else ''}{kind}_{uuid}_{span}_{seconds}.json"
                documents.append(Document(name, f"{metrics}/{name}", found[-1].at, kind, seconds, "application/json"))
        if documents and not lpar and not wanted.of_energy:
            documents += self._partition_links(request, system, metrics, documents[0].at)
        return self._feed(request, documents, uuid, metrics, f"ManagedSystem {system.uuid}")

    def _partition_links(self, request: Request, system: ManagedSystem, metrics: str, at: int) -> list[Document]:
        query = urlencode(
            [(name, request.query_params[name]) for name in _Window.NAMES if name in request.query_params]
        )
        return [
            Document(
                f"LogicalPartition_{one.uuid}",
                f"ManagedSystem/{system.uuid}/LogicalPartition/{one.uuid}/{metrics}{'?' if query else ''}{query}",
                at,
                "LogicalPartition",
                media_type="application/atom+xml",
            )
            for one in self._engine.state.all(LogicalPartition)
        ]

    async def _made_file(self, request: Request, file: str, metrics: str) -> Response:
        """Made in a thread: a window of hours on a large system takes its time."""
        matched = _MADE_FILE.fullmatch(file)
        if matched is None or int(matched[6]) not in _frequencies(metrics):
            raise say.NO_FILE.error(name=file)
        of_energy, kind, uuid, seconds = bool(matched[1]), matched[2], matched[3], int(matched[6])
        if of_energy:
            self._enabled("energy metrics", "energy_enabled")
        begin, end = names.parse_stamp(matched[4]), names.parse_stamp(matched[5])
        found = [one for one in self._kept(seconds) if begin is not None and end is not None and begin <= one.at <= end]
        world = self._engine.state
        if kind == "LogicalPartition":
            found = [] if of_energy else self._knowing(found, uuid)
        elif uuid != managed_system(world).uuid:
            found = []
        if not found:
            raise say.NO_FILE.error(name=file)

        def written() -> bytes:
            samples = [one.rates(world) for one in found]
            if kind == "LogicalPartition":
                return msgspec.json.encode(processed.partition_document(samples, seconds, uuid))
            made = energy.system_document if of_energy else processed.system_document
            return msgspec.json.encode(made(samples, seconds))

        return self._json(request, await asyncio.to_thread(written))


def _frequencies(metrics: str) -> tuple[int, ...]:
    """Seconds between the samples of processed metrics, or of each tier of aggregated ones."""
    return (sampling.LONG_MS // 1000,) if metrics == _PROCESSED else tuple(sampling.TIERS)


def _long(monitor: str) -> str:
    return next(name for name, short in _MONITORS.items() if short == monitor)


def _categories(survey: Survey, monitor: str, is_first: bool, at: int) -> list[str]:
    """What is there of a reading: the hypervisor's, each running Virtual I/O Server's, and now and then the partitions' own."""
    found = ["phyp", *(f"vios_{one.id}" for one in survey.partitions if one.vios and one.active and one.reachable)]
    if monitor == "LTM" and at % _SYSTEMS_MS == 0 and not is_first:
        found.append("lpar")
    return found


class _Window:
    """Which samples a request asks for. Raises Failure."""

    NAMES = ("StartTS", "EndTS", "NoOfSamples")
    _OTHERS = {"Type": (_ENERGY,), "FileFormat": ("JSON",), "Feed": ("bySource",)}

    def __init__(self, request: Request) -> None:
        given = request.query_params
        for parameter, known in self._OTHERS.items():
            if parameter in given and given[parameter] not in known:
                raise say.NO_SUCH_KIND.error(parameter=parameter, value=given[parameter])
        self.of_energy = given.get("Type") == _ENERGY
        self._start = self._time(given.get("StartTS"), "StartTS")
        self._end = self._time(given.get("EndTS"), "EndTS")
        if self._start is not None and self._end is not None and self._start > self._end:
            raise say.BAD_SPAN.error(start=given["StartTS"], end=given["EndTS"])
        count = given.get("NoOfSamples", "")
        if count and not (count.isascii() and count.isdigit() and int(count[:9]) > 0):
            raise say.BAD_COUNT.error(value=count)
        self._count = int(count[:9]) if count else 0

    @staticmethod
    def _time(text: str | None, parameter: str) -> int | None:
        if not text:
            return None
        at = names.parse_stamp(text)
        if at is None:
            raise say.BAD_TIME.error(parameter=parameter, value=text)
        return at

    def of(self, found: Sequence[T], at: Callable[[T], int]) -> list[T]:
        """Those after the start, up to the end; the latest of them when only some are wanted."""
        inside = [
            one
            for one in found
            if (self._start is None or at(one) > self._start) and (self._end is None or at(one) <= self._end)
        ]
        return inside[-self._count :] if self._count else inside

"""part: the performance advisor.

A real one watches for the minutes that it is told. No time passes while a command runs here: it looks at what the performance
metrics recorded in the last ones. Options, the name of the file and what is said at the end are recalled.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import tarfile
from collections.abc import Iterator

from openlpar.uom.metering import AdapterKind
from openlpar.vios.padmin import advisor, device_rules, recording, system_image
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.recording import Interval, Recording
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.samples import Sample, Usage, between, samples
from openlpar.vios.padmin.statistics import processors

_SHORTEST, _LONGEST = 10, 60
_TABLES = {
    AdapterKind.ETHERNET: "network",
    AdapterKind.TRUNK: "network",
    AdapterKind.FC: "storage",
    AdapterKind.DISKS: "storage",
}
"""Of which adapters the traffic is recorded: what passes a virtual end of storage passes a port too."""


class Part(Command, name="part", group="Performance"):
    """Advises on the performance of the server, from what it did in the last minutes."""

    interval = Value("-i", "Interval", f"how many minutes, {_SHORTEST} to {_LONGEST}")
    file = Value("-f", "FileName", "a recording of part, or a file of its reports, that was made before")

    @form(interval)
    def watch(self) -> Iterator[str]:
        minutes = int(self.interval) if self.interval.isdecimal() else 0
        if not _SHORTEST <= minutes <= _LONGEST:
            raise Refusal(Status.SYNTAX, f'-i "{self.interval}" is not valid. Use {_SHORTEST} to {_LONGEST} minutes.')
        found = samples(self.server, minutes, traffic=True)
        covered = (found[-1].at - found[0].at) // 60_000 if found else 0
        if covered < minutes:
            raise Refusal(
                Status.INCOMPLETE,
                f"The performance metrics have {covered} of the last {minutes} minutes. "
                "Switch them on with 'openlpar monitor on', and wait until they have.",
            )
        yield from self._reported(self._recorded(found))

    @form(file)
    def judge(self) -> Iterator[str]:
        content = self.server.home.read(self.file)
        yield from self._reported(recording.read(self.file, _recording_in(content).decode(errors="replace")))

    def _reported(self, made: Recording) -> Iterator[str]:
        host, moment = made.host.partition(".")[0], self.server.now
        name = f"{host}_{moment:%y%m%d_%H_%M_%S}"
        files = {
            f"{name}/{name}.nmon": recording.written(made).encode(),
            f"{name}/vios_advisor_report.xml": advisor.report(made),
        }
        self.server.home.write(f"{name}.tar", system_image.packed(files, self.server.clock_ms // 1000))
        yield f"part: Reports are successfully generated in {name}.tar"

    def _recorded(self, found: list[Sample]) -> Recording:
        facts = self._facts(found[-1])
        return Recording(self.server.host, facts, tuple(self._interval(found[-1], one) for one in between(found)))

    def _interval(self, last: Sample, used: Usage) -> Interval:
        adapters = last.adapters()
        tables: dict[str, dict[str, tuple[float, float]]] = {"network": {}, "storage": {}}
        for key, rates in used.rates.items():
            table = _TABLES.get(AdapterKind(adapters[key].kind)) if key in adapters else None
            if table is not None:
                ways = rates["incoming_bytes"] / 1024, rates["outgoing_bytes"] / 1024
                tables[table][adapters[key].name or adapters[key].location or key] = ways
        offset = 1000 * self.server.settings.clock_offset_s
        end: datetime.datetime = self.server.moment(used.end + offset)
        return Interval(end, used.entitled, used.busy, used.processors, used.waiting, used.memory_mb, **tables)

    def _facts(self, last: Sample) -> dict[tuple[str, str], str]:
        own = last.server
        facts = {
            ("sys0", "ioslevel"): self.server.level,
            ("proc0", "entitled"): processors(self.server).entitled,
            ("proc0", "mode"): own.mode,
            ("proc0", "weight"): str(own.weight),
            ("mem0", "memory_mb"): str(own.memory_mib),
        }
        for device, attribute, wanted in device_rules.deviations(self.server, device_rules.DEFAULT):
            facts[device.name, f"rule {attribute.name}={wanted}"] = attribute.value
        return facts


def _recording_in(content: bytes) -> bytes:
    """Of a file of reports, the recording in it; else the file itself."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            for entry in tar:
                stream = tar.extractfile(entry) if posixpath.splitext(entry.name)[1] == ".nmon" else None
                if stream is not None:
                    return stream.read()
    except tarfile.TarError:
        pass
    return content

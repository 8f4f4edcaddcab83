"""vasistat: what a mover service partition moved of running partitions.

Options and the names of the counters are those of IBM's page of the command; their layout is recalled. Packets are not counted:
nobody knows here into how many the memory of a partition is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import MoverHistory, Stream
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.statistics import one_report

_STREAMS = (
    Column("number", "Stream ID", 10),
    Column("partition", "Partition", 20),
    Column("way", "Direction", 10),
    Column("other", "Other system", 16),
    Column("bytes", "Bytes", 16, right=True),
    Column("time", "Seconds", 9, right=True),
    Column("state", "State", 10, gap=2),
)
_MIB = 1024**2


class Vasistat(Command, name="vasistat", group="Performance"):
    """Displays what migrations moved through the Virtual Asynchronous Services Interface of this mover service partition."""

    every = Flag("-all", "with the last migrations, one line for each")
    stream = Value("-stream", "streamID", "one of these")
    interval = Value("-interval", "time_interval", "seconds between reports; only one can be had")
    reset = Flag("-reset", "counts from now on")
    debug = Flag("-debug", "traces the device driver")
    device = Operand("Device", "the device: vasi0")

    @form(may(one(every, stream)), may(interval), device)
    def show(self) -> Iterator[str]:
        one_report(self.interval, "")
        self._check_device()
        kept = self._kept()
        if self.stream:
            yield from self._one(kept)
            return
        errors = kept.failed
        rows = [
            ("Transmit Statistics:", "Receive Statistics:"),
            ("-" * 20, "-" * 19),
            (f"Bytes: {kept.sent_mb * _MIB}", f"Bytes: {kept.received_mb * _MIB}"),
            (f"Transmit Errors: {errors}", "Receive Errors: 0"),
        ]
        yield "-" * 61
        yield f"VASI STATISTICS ({self.device}) :"
        yield "Device Type: Virtual Asynchronous Services Interface (VASI)"
        yield f"Elapsed Time: {self._elapsed(kept)}"
        yield ""
        yield from (f"{left:<46}{right}".rstrip() for left, right in rows)
        yield ""
        yield f"Operations: {kept.count}"
        if self.every:
            yield ""
            yield from listing(_STREAMS, [_row(stream) for stream in kept.streams])

    @form(reset, device)
    def begin_anew(self) -> Iterator[str]:
        self._check_device()
        self.server.operator.keep(MoverHistory(uuid=self.server.uuid, since=self.server.change.clock.now()))
        yield from ()

    @form(debug, device)
    def refuse(self) -> Iterator[str]:
        raise Refusal(Status.INCOMPLETE, "vasistat -debug: there is no device driver here that could be traced.")

    def _one(self, kept: MoverHistory) -> Iterator[str]:
        found = [stream for stream in kept.streams if str(stream.number) == self.stream]
        if not found:
            raise no_such("Stream", self.stream, f"'vasistat -all {self.device}' lists the last ones.")
        yield from listing(_STREAMS, map(_row, found))

    def _kept(self) -> MoverHistory:
        return self.server.change.find(MoverHistory, self.server.uuid) or MoverHistory(uuid=self.server.uuid, since=0)

    def _elapsed(self, kept: MoverHistory) -> str:
        seconds = (self.server.change.clock.now() - kept.since) // 1000 if kept.since else self.server.uptime_s or 0
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return f"{days} days {hours} hours {minutes} minutes {seconds} seconds"

    def _check_device(self) -> None:
        device = find_device(self.server, self.device)
        if not device.name.startswith("vasi"):
            raise Refusal(
                Status.SYNTAX, f'"{device.name}" is not a VASI device. lsdev -virtual lists the virtual devices.'
            )


def _row(stream: Stream) -> dict[str, str]:
    return {
        "number": str(stream.number),
        "partition": stream.partition,
        "way": "in" if stream.arrived else "out",
        "other": stream.other,
        "bytes": str(stream.mb * _MIB),
        "time": f"{stream.ms / 1000:.1f}",
        "state": "complete" if stream.whole else "failed",
    }

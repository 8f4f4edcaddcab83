"""Backups by the clock: every hour of simulated time, one of the system and one of each Virtual I/O Server.

By a clock that is stepped they are made at their moment, in between everything else, so that a run can be repeated; by one that
goes on by itself, of a copy of the state at that moment, while others are served. On an installed system timers of the host do it
instead, and the files are written by a process of root: see ``packaging/systemd``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from openlpar.engine.engine import Engine, Requester
from openlpar.messages import Failure
from openlpar.ops.backup import rotation
from openlpar.ops.backup.take import BackUpSystem, BackUpVios, TakeBackup
from openlpar.ops.capacity import managed_system
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.backups import VIOSBR_DUE, next_regular
from openlpar.ports.records import BackupOutcome, Due
from openlpar.ports.state import Change
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.virtual_io_server import VirtualIOServer

log = logging.getLogger(__name__)

DUE = "backup"
_UNFINISHED, _PATIENCE_MS = f"{DUE}-unfinished", 10 * 60_000
_REQUESTER = Requester(user="backup")


class BackupSchedule:
    """Makes what ``rotation`` says, and notes what went wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_stepped = engine.clock.mode == "stepped"
        self._is_making = False
        engine.routines[DUE] = self._come_due
        engine.routines[VIOSBR_DUE] = self._vios_come_due

    def begin(self, *, keeps: bool) -> None:
        """At the start of a service. keeps: it has a place for backups of its own."""
        scheduled = list(self._engine.state.where(Due, what=DUE))
        with self._engine.alter() as change:
            if not keeps:
                for due in scheduled:
                    change.remove(due)
            elif not scheduled and change.count(ManagedSystem):
                self._schedule(change)

    def _schedule(self, change: Change) -> None:
        """Not by a delay: a clock that lets all delays pass at once would make backups without end."""
        at = rotation.next_after(self._engine.clock.now())
        change.put(Due(uuid=f"{DUE}-{at}", at=at, what=DUE, subject=managed_system(change).uuid))

    def _come_due(self, change: Change, due: Due) -> None:
        self._schedule(change)
        now = self._engine.clock.now()
        label = due.data.get("label") or rotation.label_of(now, due.at)
        if not self._is_stepped:
            # Whatever ends the service before all are made: the next one makes them.
            change.put(replace(due, uuid=_UNFINISHED, at=now + _PATIENCE_MS, data={"label": label}))
            if not self._is_making:
                self._is_making = True
                self._engine.beside(self._make(label))
            return
        for operation in self.operations(label, keep=True):
            try:
                self._engine.perform(operation, _REQUESTER)
            except Failure as failure:
                self.note_failure(operation, failure)

    async def _make(self, label: str) -> None:
        try:
            for operation in self.operations(label, keep=True, apart=True):
                try:
                    await self._engine.run(operation, _REQUESTER)
                except Failure as failure:
                    self.note_failure(operation, failure)
            unfinished = self._engine.state.find(Due, _UNFINISHED)
            if unfinished is not None:
                self._engine.remove_record(unfinished)
        finally:
            self._is_making = False

    def _vios_come_due(self, change: Change, due: Due) -> None:
        """A Virtual I/O Server backs itself up, as its own cron would: not while it is off."""
        files, number = int(due.data["files"]), int(due.data["number"])
        data = {**due.data, "number": str(number % files + 1)}
        at = next_regular(due.data["frequency"], self._engine.clock.now())
        change.put(replace(due, uuid=f"{VIOSBR_DUE}-{due.subject}-{due.data['file']}-{at}", at=at, data=data))
        cluster = f" -clustername {due.data['cluster']}" if due.data["cluster"] else ""
        command = f"viosbr -backup -file {due.data['file']}.{number:02}{cluster}"
        try:
            self._engine.perform(RunCommand(due.subject, command), _REQUESTER)
        except Failure as failure:
            log.warning("a regular backup was left out: %s", failure)

    def operations(self, label: str, *, keep: bool, apart: bool = False) -> Iterator[TakeBackup]:
        """One for each thing that there is to back up."""
        yield BackUpSystem(label, keep, apart=apart)
        for vios in self._engine.state.all(VirtualIOServer):
            yield BackUpVios(label, keep, vios.uuid, apart=apart)

    def note_failure(self, operation: TakeBackup, failure: Failure) -> None:
        """Kept until a backup of the same thing succeeds, and told to those who wait for events."""
        state = self._engine.state
        self.note_lost(operation.target(state), operation.about(state), operation.file(state), failure)

    def note_lost(self, target: str, subject: str, file: str, failure: Failure) -> None:
        """The same for a backup that was made, but could not be kept by whoever asked for it."""
        before = self._engine.state.find(BackupOutcome, target)
        with self._engine.alter() as change:
            change.put(
                BackupOutcome(
                    uuid=target,
                    subject=subject,
                    file=before.file if before is not None else "",
                    succeeded=before.succeeded if before is not None else 0,
                    failed=self._engine.clock.now(),
                    missing=file,
                    message=failure.message.id,
                    cause=failure.text,
                    remedy=failure.remedy,
                )
            )
        self._engine.tell(f"{self._engine.state.kind_of(target)}/{target}", f"BackupFailed {file}")

"""mkvlog: a virtual log, and its device. Forms, options and what it says are IBM's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from openlpar.ports.records import VirtualLog
from openlpar.uom.partition import PartitionState
from openlpar.vios.padmin.options import Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Vhost
from openlpar.vios.padmin.virtual_logs import (
    STATES,
    RepositoryCommand,
    checked_name,
    checked_state,
    find_log,
    logs,
    repository,
)


class Mkvlog(RepositoryCommand, name="mkvlog", group="Virtual Log"):
    """Creates a virtual log or virtual log device. Guests write nothing into it here: what is kept is its configuration."""

    log = Value("-name", "LogName", "what the log is called")
    client = Value("-client", "ClientName", "whose it is; without it the host name of the partition behind the adapter")
    uuid = Value("-uuid", "UUID", "a log that is there")
    vadapter = Value("-vadapter", "Adapter", "the virtual SCSI server adapter to attach it to")
    aplc = Value("-aplc", "PhysicalLocationCode", "the same, by location")
    dev = Value("-dev", "DeviceName", "name of the device; without it vtlog0, vtlog1 ...")
    wanted = Value("-f", "UUID", "the UUID of the new log, 32 hex digits; without it one is made")
    state = Value("-state", "VirtualLogState", "enabled or disabled")

    @form(log, client, may(RepositoryCommand.sp), may(wanted), may(state), *RepositoryCommand.limits)
    def create(self) -> Iterator[str]:
        made = self._made(self.client)
        self.server.operator.keep(made)
        yield f"Virtual log {made.uuid} created"

    @form(uuid, one(vadapter, aplc), may(dev))
    def attach(self) -> Iterator[str]:
        yield self._attached(find_log(self.server, self.uuid), self._vhost())

    @form(
        log,
        may(client),
        may(RepositoryCommand.sp),
        one(vadapter, aplc),
        may(wanted),
        may(dev),
        *RepositoryCommand.limits,
    )
    def create_attached(self) -> Iterator[str]:
        vhost = self._vhost()
        made = self._made(self.client or self._client(vhost))
        yield f"Virtual log {made.uuid} created"
        yield self._attached(made, vhost)

    def _made(self, client: str) -> VirtualLog:
        self.check_local()
        kept = repository(self.server)
        if kept.state != STATES[0]:
            raise Refusal(
                Status.INCOMPLETE, "The virtual log repository is disabled. Enable it with chvlrepo -state enabled."
            )
        name = checked_name("Log name", self.log)
        checked_name("Client name", client)
        if any((one.client, one.name) == (client, name) for one in logs(self.server)):
            raise Refusal(
                Status.SYNTAX, f'Virtual log "{name}" of client "{client}" exists already. lsvlog lists the logs.'
            )
        return VirtualLog(
            uuid=self._identifier(),
            vios=self.server.uuid,
            client=client,
            name=name,
            state=checked_state(self.state) if self.state else STATES[0],
            limits=self.changed_limits(kept.limits),
        )

    def _identifier(self) -> str:
        if not self.wanted:
            return self.server.change.entropy.hex(32).lower()
        if not re.fullmatch(r"[0-9A-Fa-f]{32}", self.wanted):
            raise Refusal(Status.SYNTAX, f'UUID "{self.wanted}" is not valid. Use 32 hex digits.')
        if self.server.change.find(VirtualLog, self.wanted.lower()) is not None:
            raise Refusal(Status.SYNTAX, f"Virtual log {self.wanted.lower()} exists already. lsvlog lists the logs.")
        return self.wanted.lower()

    def _vhost(self) -> Vhost:
        """Raises Refusal; also for an adapter that anybody may use: it could not be told who writes."""
        if self.vadapter:
            vhost = self.server.vhost(self.vadapter)
        else:
            found = [one for one in self.server.vhosts() if one.location == self.aplc]
            if not found:
                raise no_such("Virtual SCSI server adapter at", self.aplc, "lsmap -all lists the adapters.")
            vhost = found[0]
        if not vhost.client_id:
            raise Refusal(
                Status.INCOMPLETE, f"{vhost.name} is open to any partition: it could not be told whose log is written."
            )
        return vhost

    def _client(self, vhost: Vhost) -> str:
        partition = self.server.partition(vhost.client_id)
        if partition is None or partition.state != PartitionState.RUNNING:
            raise Refusal(
                Status.INCOMPLETE,
                f"The partition behind {vhost.name} does not run and cannot say its name. Add -client.",
            )
        return partition.hostname.partition(".")[0] or partition.name

    def _attached(self, log: VirtualLog, vhost: Vhost) -> str:
        """Raises Refusal for one that cannot be attached."""
        if log.device:
            raise Refusal(Status.INCOMPLETE, f"Virtual log {log.uuid} is attached already, as {log.device}.")
        if log.state != STATES[0]:
            raise Refusal(
                Status.INCOMPLETE, f"Virtual log {log.uuid} is {log.state}. Enable it with chvlog -state enabled."
            )
        if self.dev and self.server.knows(self.dev):
            raise Refusal(Status.SYNTAX, f'Device "{self.dev}" exists already. Choose another name.')
        free = (name for number in itertools.count() if not self.server.knows(name := f"vtlog{number}"))
        device = self.dev or next(free)
        self.server.operator.keep(replace(log, adapter=vhost.name, device=device, defined=False))
        return f"{device} Available"

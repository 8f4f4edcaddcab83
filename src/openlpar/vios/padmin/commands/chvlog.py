"""chvlog: another client, name, state or other limits of a virtual log. Forms and options are IBM's; what it says is recalled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from openlpar.ports.records import VirtualLog
from openlpar.vios.padmin.options import Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.virtual_logs import LogCommand, checked_name, checked_state, find_log, logs


class Chvlog(LogCommand, name="chvlog", group="Virtual Log"):
    """Changes the configuration of a virtual log."""

    dev = Value("-dev", "DeviceName", "the log with this device")
    uuid = Value("-uuid", "UUID", "the log with this UUID")
    short = Value("-u", "UUID", "the same")
    client = Value("-client", "ClientName", "whose it is")
    log = Value("-name", "LogName", "what the log is called")
    state = Value("-state", "VirtualLogState", "enabled or disabled; only while it is not attached")

    @form(dev, may(client), may(log), *LogCommand.limits)
    @form(one(uuid, short), may(client), may(log), *LogCommand.limits, may(state))
    def change(self) -> Iterator[str]:
        present = find_log(self.server, self.uuid or self.short, self.dev)
        if self.state and checked_state(self.state) != present.state and present.device:
            raise Refusal(
                Status.INCOMPLETE,
                f"The state of an attached virtual log cannot be changed. Detach it with 'rmvlog -d -dev {present.device}'.",
            )
        wanted = replace(
            present,
            client=checked_name("Client name", self.client) if self.client else present.client,
            name=checked_name("Log name", self.log) if self.log else present.name,
            state=self.state or present.state,
            limits=self.changed_limits(present.limits),
        )
        self._check_free(wanted)
        self.server.operator.keep(wanted)
        yield f"Updated device {present.device}." if self.dev else f"Updated virtual log {present.uuid}."

    def _check_free(self, wanted: VirtualLog) -> None:
        for other in logs(self.server):
            if other.uuid != wanted.uuid and (other.client, other.name) == (wanted.client, wanted.name):
                raise Refusal(
                    Status.SYNTAX,
                    f'Virtual log "{wanted.name}" of client "{wanted.client}" exists already. lsvlog lists the logs.',
                )

"""rmvlog: takes a virtual log from its adapter, or removes it. Forms and options are IBM's; what it says of a log is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import VirtualLog
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.virtual_logs import find_log, take_device


class Rmvlog(Command, name="rmvlog", group="Virtual Log"):
    """Removes the virtual log device, and the virtual log too where that is wanted."""

    definition = Flag("-d", "the definition of the device")
    log = Flag("-db", "the log and its device")
    data = Flag("-dbdata", "with what is in it; nothing is, here")
    dev = Value("-dev", "DeviceName", "the log with this device")
    uuid = Value("-uuid", "UUID", "the log with this UUID")

    @form(one(dev, uuid))
    def unconfigure(self) -> Iterator[str]:
        yield take_device(self.server, self._attached(), defined=True)

    @form(definition, one(dev, uuid))
    def detach(self) -> Iterator[str]:
        yield take_device(self.server, self._attached(), defined=False)

    @form(one(log, data), one(dev, uuid))
    def remove(self) -> Iterator[str]:
        found = find_log(self.server, self.uuid, self.dev)
        self.server.operator.forget(found)
        if found.device:
            yield f"{found.device} deleted"
        yield f"Virtual log {found.uuid} deleted."

    def _attached(self) -> VirtualLog:
        found = find_log(self.server, self.uuid, self.dev)
        if not found.device:
            raise Refusal(Status.INCOMPLETE, f"Virtual log {found.uuid} is not attached. -db removes the log itself.")
        return found

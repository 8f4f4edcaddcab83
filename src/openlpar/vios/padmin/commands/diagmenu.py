"""diagmenu: what a service representative looks at, by menus. The functions are some of AIX's diagnostics, recalled.

A test finds what the server knows of a device: its state, its paths, and what the error log says about it.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.error_log import TEMPLATES, ErrorType
from openlpar.vios.padmin.asking import AGAIN
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import Device, devices
from openlpar.vios.padmin.options import form
from openlpar.vios.padmin.paths import ENABLED, paths
from openlpar.vios.padmin.shell import run_within

_TASKS = {
    "Display Configuration and Resource List": "lsdev",
    "Display Hardware Vital Product Data": "lsdev -vpd",
    "Display Microcode Level": "lsfware -all",
    "Display Error Log": "errlog",
}
_TESTED = ("adapter", "disk", "optical")
_RECENT_MS = 7 * 86_400_000


class Diagmenu(Command, name="diagmenu", group="Maintenance"):
    """Leads through diagnostics by menus: tests of devices, and tasks that display the hardware and its errors."""

    instead = "'lsdev', 'lsfware' and 'errlog' display the same."

    @form()
    def lead(self) -> Iterator[str]:
        sitting = self.server.sitting
        functions = ("Diagnostic Routines: test a device", "Task Selection")
        while (function := sitting.choose("FUNCTION SELECTION", functions, "out")) is not None:
            before = sitting.taken
            if function == 0:
                tested = [device for device in devices(self.server) if set(_TESTED) & set(device.kinds)]
                texts = ["All devices", *(f"{device.name:<14} {device.description}" for device in tested)]
                chosen = sitting.choose("RESOURCE SELECTION", texts)
                if chosen is None:
                    continue
                yield from self._report(tested if chosen == 0 else [tested[chosen - 1]])
            else:
                chosen = sitting.choose("TASKS SELECTION LIST", tuple(_TASKS))
                if chosen is None:
                    continue
                yield from run_within(self.server, [*_TASKS.values()][chosen])
            sitting.go_on((*before, AGAIN))
            return

    def _report(self, tested: list[Device]) -> Iterator[str]:
        yield f"TESTING COMPLETE on {self.server.now:%a %b %e %H:%M:%S %Y}"
        yield ""
        sound = 0
        for device in tested:
            found = list(self._troubles(device))
            sound += not found
            yield from (f"{device.name}: {trouble}" for trouble in found)
        if sound:
            yield f"No trouble was found: {sound} of {len(tested)} resources."

    def _troubles(self, device: Device) -> Iterator[str]:
        if device.status != "Available":
            yield f"it is {device.status}, not Available; 'cfgdev' configures it."
        for path in paths(self.server):
            if path.name == device.name and path.status != ENABLED:
                yield f"its path through {path.parent} is {path.status}; 'lspath' shows the paths."
        since = self.server.clock_ms - _RECENT_MS
        grave = [
            entry
            for entry in self.server.errors()
            if entry.resource == device.name
            and entry.at >= since
            and TEMPLATES[entry.label].type == ErrorType.PERMANENT
        ]
        if grave:
            last = grave[0]
            text = f"{len(grave)} permanent errors were logged in the last 7 days, the last one"
            yield f"{text}: {TEMPLATES[last.label].description} ('errlog -seq {last.number}')."

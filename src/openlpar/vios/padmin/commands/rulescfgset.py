"""rulescfgset: the default rules, set after asking. What a genuine server asks is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import device_rules
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.device_rules import DEFAULT
from openlpar.vios.padmin.options import form
from openlpar.vios.padmin.shell import run_within


class Rulescfgset(Command, name="rulescfgset", group="Device"):
    """Shows which devices differ from the default rules, asks, sets them so, and restarts the server if that is wished."""

    instead = "'rules -o diff -s -d' shows the differences, 'rules -o deploy -d' sets the devices."

    @form()
    def lead(self) -> Iterator[str]:
        if not list(device_rules.deviations(self.server, dict(DEFAULT))):
            yield "All devices are set as the default rules say."
            return
        sitting = self.server.sitting
        differences = "\n".join(run_within(self.server, "rules -o diff -s -d"))
        sitting.agree(f"{differences}\n\nSet these devices as the default rules say", "")
        question = "The settings of some devices count after a restart only. Restart the server afterwards [y|N]? "
        restarts = sitting.ask(question).strip().lower() in ("y", "yes")
        yield from run_within(self.server, "rules -o deploy -d")
        if restarts:
            yield from self.server.restart()

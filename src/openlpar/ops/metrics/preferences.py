"""Switching the monitors of a system on and off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import metrics as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ops.metrics.sampling import DUE, interval_ms, preference
from openlpar.ops.views import view
from openlpar.ports.metrics import Meter
from openlpar.ports.state import Change, World
from openlpar.uom.pcm import ManagedSystemPcmPreference, PcmMachineTypeModelSerialNumber

SWITCHES = tuple(field.name for field in ManagedSystemPcmPreference.fields if field.access.on_update)
"""Names of the fields that switch a monitor."""


def knows_energy(hypervisor: object) -> bool:
    """What a modelled server consumes follows from what its partitions do; what a real host does, nobody tells us."""
    return isinstance(hypervisor, Meter) and hypervisor.by_workload


@view(ManagedSystemPcmPreference, depends="world")
def shown_preference(world: World, stored: ManagedSystemPcmPreference) -> ManagedSystemPcmPreference:
    """With the system's name and numbers, and with every switch said."""
    system = managed_system(world)
    mtms = PcmMachineTypeModelSerialNumber(
        machine_type=system.mtms.machine_type, model=system.mtms.model, serial=system.mtms.serial
    )
    switches = {name: bool(stored.get(name)) for name in SWITCHES}
    return stored.evolve(
        system_name=system.system_name, mtms=mtms, managed_system=f"ManagedSystem/{system.uuid}", **switches
    )


@dataclass
class UpdatePreferences(
    UpdateOperation, name="metrics.set_preferences", verb="update", on=(ManagedSystemPcmPreference,)
):
    """Switches monitors on and off. Metrics can be drawn together only while they are read, so aggregation switches the long term
    monitor on."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.monitor.util")
    master_only = False  # what the NovaLink itself collects

    requested: ManagedSystemPcmPreference

    def about(self, world: World) -> str:
        return managed_system(world).system_name

    def check(self, world: World) -> None:
        before = preference(world)
        self.subject = (ManagedSystemPcmPreference, before.uuid)
        about = f"the monitoring preferences of {self.about(world)}"
        shown = shown_preference(world, before)
        after = merged(
            before, shown, self.requested, leave=frozenset({"energy_capable"}), about=about, strict=self.strict
        )
        hypervisor = self.edges.hypervisor
        if after.aggregation_enabled and not after.ltm_enabled and knows_energy(hypervisor):
            after = after.evolve(energy_enabled=True)  # as IBM's documentation of the preferences has it
        if after.aggregation_enabled:
            after = after.evolve(ltm_enabled=True)
        self._before, self._after = before, after
        switched_on = any(after.get(name) and not before.get(name) for name in SWITCHES)
        if switched_on and not isinstance(hypervisor, Meter):
            raise say.NOT_METERED.error(system=self.about(world), hypervisor=hypervisor.name)
        if after.energy_enabled and not before.energy_enabled and not knows_energy(hypervisor):
            raise say.NO_ENERGY.error(system=self.about(world), hypervisor=hypervisor.name)

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("switch the monitors", self._switch)

    def _switch(self, change: Change) -> None:
        """The reading that follows at once sees to the next ones."""
        before = interval_ms(change)
        change.put(self._after)
        if interval_ms(change) != before:
            change.cancel(DUE)
            change.schedule(0, DUE, DUE)

"""Any sequence of lending, taking away and outages, against a model that knows only who lends what and who runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.ops.maintenance.plan import planned
from openlpar.ops.redundancy.report import DEGRADED, LOST, REDUNDANT, SINGLE
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume
from tests.redundancy.conftest import Plant

VIOSES, CLIENTS, DISKS = ("vios1", "vios2"), ("vm1", "vm2"), ("hdisk4", "hdisk5", "hdisk6")
OWNER = dict(zip(DISKS, ("vm1", "vm2", "vm1"), strict=True))
"""A disk has one client here: two that write to it would not be refused."""

STEPS = st.one_of(
    st.tuples(st.just("lend"), st.sampled_from(VIOSES), st.sampled_from(DISKS)),
    st.tuples(st.just("take"), st.sampled_from(VIOSES), st.sampled_from(DISKS)),
    st.tuples(st.sampled_from(["off", "on"]), st.sampled_from(VIOSES), st.just("")),
)


class Model:
    def __init__(self, folder: Path) -> None:
        self.plant = Plant(folder)
        for name in CLIENTS:
            self.plant.lpar(name)
        self.lent: set[tuple[str, str]] = set()
        self.off: set[str] = set()

    def step(self, what: str, vios: str, disk: str) -> None:
        plant = self.plant
        if what in ("off", "on"):
            state = "not activated" if what == "off" else "running"
            with plant.engine.alter() as change:
                change.put(plant.stored(vios).evolve(state=state))
            (self.off.add if what == "off" else self.off.discard)(vios)
        elif vios in self.off or (what == "lend") == ((vios, disk) in self.lent):
            return
        elif what == "lend":
            plant.lend(vios, OWNER[disk], physical_volume=disk)
            self.lent.add((vios, disk))
        else:
            server = plant.partition(vios)
            kept = [one for one in server.scsi_mappings if one.backing_storage.physical_volume.name != disk]
            plant.update(server.evolve(scsi_mappings=kept), "ViosSCSIMapping")
            self.lent.discard((vios, disk))

    def states(self, client: str) -> dict[str, str]:
        found = {}
        for disk in DISKS:
            lenders = [vios for vios, lent in self.lent if lent == disk]
            if OWNER[disk] == client and lenders:
                alive = [vios for vios in lenders if vios not in self.off]
                whole = REDUNDANT if len(alive) == 2 else SINGLE
                found[disk] = LOST if not alive else DEGRADED if len(alive) < len(lenders) else whole
        return found

    def check(self) -> None:
        plant = self.plant
        for client in CLIENTS:
            assert plant.disks(client) == self.states(client)
        for mapping in plant.state.all(VirtualSCSIMapping):
            vios = plant.state.get(VirtualIOServer, mapping.parent or "")
            assert plant.state.get(LogicalPartition, mapping.client_lpar_href.rpartition("/")[2])
            volume = mapping.backing_storage.physical_volume
            if volume:
                names = {each.udid for each in plant.state.all(PhysicalVolume, vios.uuid)}
                assert volume.udid in names, "no mapping points to nothing"

    def check_plans(self) -> None:
        """What a maintenance would name: the disks of running clients whose last working path goes."""
        plant = self.plant
        with plant.engine.alter() as change:
            for client in CLIENTS:
                lpar = plant.state.get(LogicalPartition, plant.partition(client).uuid)
                change.put(lpar.evolve(state="running"))
        for vios in set(VIOSES) - self.off:
            named = {
                problem
                for problem in planned(plant.state, plant.stored(vios), evacuate=False).problems
                if "would lose disk hdisk" in problem
            }
            peer_serves = {disk for other, disk in self.lent if other != vios and other not in self.off}
            own = {disk for lender, disk in self.lent if lender == vios}
            assert named == {f"partition {OWNER[disk]} would lose disk {disk}" for disk in own - peer_serves}


@settings(max_examples=25)
@given(st.lists(STEPS, min_size=1, max_size=12))
def test_paths_are_as_the_model_says(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Model(Path(folder) / "data")
        for step in steps:
            model.step(*step)
            model.check()
        model.check_plans()

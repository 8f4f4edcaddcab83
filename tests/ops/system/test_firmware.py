"""Firmware of a system that its NovaLink manages alone: two sides, and what a restart is needed for."""

from __future__ import annotations

import pytest

from openlpar.messages import Failure, general
from openlpar.messages import system as say
from openlpar.ops.core import JobOperation
from openlpar.ops.system import hmc
from openlpar.ops.system.firmware import firmware_of
from openlpar.ports.records import Firmware
from openlpar.uom.firmware import FirmwareLevel, FirmwarePackage
from openlpar.uom.managed_system import AssociatedIPLConfiguration, ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from tests.ops.network.plant import PARENT, VIOS1, VM2, Plant


def firmware(operation: str, package: str = "", *, disruptive: bool = False) -> JobOperation:
    parameters = {"operation": operation, "disruptive": str(disruptive).lower()}
    kind = JobOperation.by_job["ManagedSystem", "UpdateFirmware"]
    return kind.from_job(PARENT, {**parameters, **({"package": package} if package else {})})


def levels(plant: Plant) -> tuple[str, str, str]:
    """Activated, temporary, permanent."""
    now = firmware_of(plant.state, plant.state.get(ManagedSystem, PARENT))
    return now.active, now.temporary, now.permanent


def has(plant: Plant, active: str, temporary: str, permanent: str) -> None:
    plant.engine.put_record(Firmware(uuid=PARENT, active=active, temporary=temporary, permanent=permanent))


def all_off(plant: Plant) -> None:
    for uuid in (VIOS1, VM2):
        found = plant.state.find_any(uuid)
        assert found is not None
        plant.add(found.evolve(state="not activated"))


def test_a_concurrent_update_is_activated_while_partitions_run_and_accepts_what_ran_before(plant: Plant) -> None:
    has(plant, "SV860_220", "SV860_220", "SV860_215")
    plant.do(firmware("update", "01SV860_226_165.rpm"))
    assert levels(plant) == ("SV860_226", "SV860_226", "SV860_220")


def test_an_update_does_not_accept_a_side_that_is_not_in_use(plant: Plant) -> None:
    has(plant, "SV860_215", "SV860_220", "SV860_215")
    plant.do(firmware("update", "01SV860_226_165"))
    assert levels(plant) == ("SV860_226", "SV860_226", "SV860_215")


@pytest.mark.parametrize(
    ("package", "cause"),
    [
        ("01SV860_226_220", "only levels from SV860_220 on"),
        ("01SV860_226_226", "only levels from SV860_226 on"),
        ("01SV870_010_005", "the release changes from SV860 to SV870"),
        ("01SV860_200_150", "it is not newer than the activated level SV860_215"),
    ],
)
def test_a_disruptive_update_has_to_be_asked_for_and_needs_partitions_to_be_off(
    plant: Plant, package: str, cause: str
) -> None:
    plant.refuses(firmware("update", package), say.FIRMWARE_RESTARTS, cause, "gannet", "--disruptive")
    plant.refuses(firmware("update", package, disruptive=True), say.FIRMWARE_PARTITIONS, "vm2", "vios1")
    all_off(plant)
    plant.do(firmware("update", package, disruptive=True))
    assert levels(plant)[0] == package[2:11]


def test_what_has_proved_itself_is_accepted(plant: Plant) -> None:
    plant.do(firmware("update", "01SV860_226_165"))
    plant.do(firmware("commit"))
    assert levels(plant) == ("SV860_226",) * 3
    for operation in ("commit", "remove"):
        plant.refuses(firmware(operation), say.SIDES_EQUAL, "SV860_226")


def test_what_has_not_is_removed_with_a_restart(plant: Plant) -> None:
    plant.do(firmware("update", "01SV860_226_165"))
    plant.refuses(firmware("remove"), say.FIRMWARE_RESTARTS, "it is the activated one")
    all_off(plant)
    plant.do(firmware("remove", disruptive=True))
    assert levels(plant) == ("SV860_215",) * 3


def test_the_system_starts_from_the_temporary_side_then(plant: Plant) -> None:
    sides = AssociatedIPLConfiguration(current_power_on_side="Permanent", pending_power_on_side="Permanent")
    plant.add(plant.state.get(ManagedSystem, PARENT).evolve(ipl_config=sides))
    plant.unwinds(lambda: firmware("update", "01SV860_226_165"))
    after = plant.state.get(ManagedSystem, PARENT).ipl_config
    assert (after.current_power_on_side, after.pending_power_on_side) == ("Temporary", "Temporary")


def test_a_co_managed_system_gets_its_firmware_from_the_hmc_whoever_is_master(plant: Plant) -> None:
    plant.do(hmc.Connect("hmc1"))
    for _ in range(2):
        for operation in (firmware("update", "01SV860_226_165"), firmware("commit"), firmware("remove")):
            plant.refuses(operation, say.FIRMWARE_OF_HMC, "hmc1", "chcomgmt")
        assert plant.do(firmware("list")) is None
        plant.do(hmc.TakeRole("hmc1", force=True))


def test_packages_are_checked(plant: Plant) -> None:
    for name in ("", "SV860_226_165", "01SV860_226.rpm", "firmware.rpm", "01SV860_226_165/../x"):
        plant.refuses(firmware("update", name), say.BAD_PACKAGE)
    plant.refuses(firmware("update", "01VL950_110_045.rpm"), say.OTHER_FIRMWARE, "SV860_215")
    plant.refuses(firmware("update", "01SV860_215_165"), say.SAME_FIRMWARE, "SV860_215")
    with pytest.raises(Failure) as caught:
        firmware("dance")
    assert caught.value.message is general.BAD_VALUE


def test_a_newer_machine_begins_with_its_own_release(plant: Plant) -> None:
    newer = MachineTypeModelAndSerialNumber(machine_type="9009", model="42A", serial="1234567")
    plant.add(plant.state.get(ManagedSystem, PARENT).evolve(mtms=newer))
    assert levels(plant) == ("VL950_087",) * 3


def test_levels_are_read_and_written() -> None:
    package = FirmwarePackage.named("01SV860_226_165.dd.xml")
    assert (str(package), str(package.level), package.level.machines) == ("01SV860_226_165", "SV860_226", "SV")
    assert FirmwareLevel.parsed("SV860_099") < FirmwareLevel.parsed("SV860_226")
    with pytest.raises(ValueError, match="no level"):
        FirmwareLevel.parsed("SV860")

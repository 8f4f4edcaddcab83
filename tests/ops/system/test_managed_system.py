"""The managed system as a resource."""

from __future__ import annotations

from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.core import ResourceRequest
from openlpar.ops.system.update import CreateSystem, DeleteSystem, UpdateSystem
from openlpar.ops.system.view import shown_system
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import AssociatedIPLConfiguration, ManagedSystem
from openlpar.uom.partition import PartitionIOConfiguration
from openlpar.uom.sriov import SRIOVAdapter, SRIOVEthernetPhysicalPort
from openlpar.uom.system_capabilities import AssociatedSystemCapabilities
from tests.effort import calls
from tests.ops.network.plant import NOVALINK, PARENT, SAS, VIOS1, VM1, VM2, Plant, adapter, entry, partition


def shown(plant: Plant) -> ManagedSystem:
    return shown_system(plant.state, plant.state.get(ManagedSystem, PARENT))


def test_the_system_shows_what_is_below_it(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 2))
    vm1 = plant.state.get(LogicalPartition, VM1)
    plant.add(vm1.evolve(io_config=PartitionIOConfiguration(io_slots=(entry(SAS),))))
    system, above = shown(plant), f"ManagedSystem/{PARENT}"
    assert system.lpar_links == tuple(f"{above}/LogicalPartition/{uuid}" for uuid in (NOVALINK, VM1, VM2))
    assert system.vios_links == (f"{above}/VirtualIOServer/{VIOS1}",)
    network = system.asio_config.virtual_network
    assert network.virtual_switches == (f"{above}/VirtualSwitch/e0", f"{above}/VirtualSwitch/e1")
    assert len(network.virtual_networks) == 1
    assert system.proc_config.shared_proc_pools == (
        f"{above}/SharedProcessorPool/f0",
        f"{above}/SharedProcessorPool/f1",
    )
    slot = system.asio_config.io_slots[0]
    assert (slot.part_id, slot.part_name, slot.part_uuid, slot.part_type) == (4, "vm1", VM1, "AIX/Linux")
    assert (system.session_is_master, system.is_mgmt_partition_master, system.is_hmc_master) == (True, True, False)


def test_free_memory_and_processors_follow_the_partitions(plant: Plant) -> None:
    system = shown(plant)
    # Three active partitions of 1024 MB, and 3 times 32 MB of page tables, rounded up to one region.
    assert system.memory_config.memory_free == 65536 - 1024 - 3 * 1024 - 256
    assert system.memory_config.pending_memory_free == system.memory_config.memory_free
    assert str(system.proc_config.proc_units_avail) == "6.5"
    plant.add(plant.state.get(LogicalPartition, VM2).evolve(state="not activated"))
    assert str(shown(plant).proc_config.proc_units_avail) == "7"


def test_what_it_takes_to_show_ten_thousand_partitions_grows_with_their_number(plant: Plant) -> None:
    kind = LogicalPartition
    for number in range(100, 10_100):
        uuid = f"{number:08X}-0000-4000-8000-000000000000"
        one = partition(kind, number, uuid, f"lpar{number}", running=False, rmc="inactive")
        plant.state.swap(kind, uuid, one)
    assert len(shown(plant).lpar_links) == 10_003
    assert calls(lambda: shown(plant)) < 10 * 10_000


def test_the_name_and_the_start_policy_change(plant: Plant) -> None:
    ipl = AssociatedIPLConfiguration(power_on_lpar_start_policy="autostart", power_off_with_last_lpar=True)
    wish = shown(plant).evolve(system_name="puffin", ipl_config=ipl)
    after = plant.do(UpdateSystem(PARENT, wish, strict=True))
    assert (after.system_name, after.ipl_config) == ("puffin", ipl)
    assert not after.has("lpar_links")
    for name in ("", "a" * 32, "a(b", " a"):
        plant.refuses(UpdateSystem(PARENT, shown(plant).evolve(system_name=name)), say.BAD_SYSTEM_NAME)


def test_groups_that_were_not_asked_for_are_left_alone(plant: Plant) -> None:
    ipl = AssociatedIPLConfiguration(power_off_with_last_lpar=True)
    wish = shown(plant).evolve(system_name="puffin", ipl_config=ipl)
    after = plant.do(UpdateSystem(PARENT, wish, groups=frozenset({"None"})))
    assert after.system_name == "puffin"
    assert not after.has("ipl_config")


def test_the_rest_is_read_only(plant: Plant) -> None:
    system = shown(plant)
    plant.refuses(UpdateSystem(PARENT, system.evolve(max_partitions=5)), general.READ_ONLY, "MaximumPartitions")
    memory = system.memory_config.evolve(memory_region_size=128)
    plant.refuses(UpdateSystem(PARENT, system.evolve(memory_config=memory)), general.READ_ONLY, "MemoryRegionSize")
    plant.refuses(UpdateSystem("none", system), general.NOT_FOUND)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.same_after(UpdateSystem(PARENT, shown(plant), strict=True))
    memory = shown(plant).memory_config.evolve(memory_free=1, pending_memory_free=1)
    processors = shown(plant).proc_config.evolve(proc_units_avail=Decimal(1), shared_proc_pools=())
    old_news = shown(plant).evolve(memory_config=memory, proc_config=processors, lpar_links=("x",))
    plant.same_after(UpdateSystem(PARENT, old_news))
    plant.refuses(UpdateSystem(PARENT, old_news, strict=True), general.READ_ONLY)


def test_a_message_shows_values_as_they_are_written(plant: Plant) -> None:
    system = shown(plant)
    units = system.proc_config.proc_units_avail
    processors = system.proc_config.evolve(proc_units_avail=Decimal("1.25"))
    wish = UpdateSystem(PARENT, system.evolve(proc_config=processors), strict=True)
    plant.refuses(wish, general.READ_ONLY, f"cannot be changed from {units} to 1.25")
    wish = UpdateSystem(PARENT, system.evolve(lpar_links=("x",)), strict=True)
    plant.refuses(wish, general.READ_ONLY, f"{len(system.lpar_links)} entries to 1 entry")
    plant.add(plant.state.get(ManagedSystem, PARENT).evolve(associated_capabilities=_able(False)))
    wish = UpdateSystem(PARENT, shown(plant).evolve(associated_capabilities=_able(True)), strict=True)
    plant.refuses(wish, general.READ_ONLY, "SRIOVCapable of system gannet", "from False to True")


def _able(sriov: bool) -> AssociatedSystemCapabilities:
    return AssociatedSystemCapabilities(sriov_capable=sriov, vfc_capable=True)


def test_ports_are_labelled_and_nothing_else(plant: Plant) -> None:
    port = SRIOVEthernetPhysicalPort(port_id=0, label="", sublabel="", loc_code="P1-C7-T1", cfg_max_lps=4)
    card = SRIOVAdapter(sriov_adap_id=1, mode="Sriov", ethernet_ports=(port,))
    system = plant.state.get(ManagedSystem, PARENT)
    config = system.asio_config.evolve(sriov_adapters=(IOAdapterChoice(sriov_adapter=card),))
    plant.add(system.evolve(asio_config=config))

    def wish(**fields: object) -> UpdateSystem:
        changed = card.evolve(ethernet_ports=(port.evolve(**fields),))
        config = shown(plant).asio_config.evolve(sriov_adapters=(IOAdapterChoice(sriov_adapter=changed),))
        return UpdateSystem(PARENT, shown(plant).evolve(asio_config=config))

    plant.refuses(wish(port_id=9), general.UNSUPPORTED, "SR-IOV")
    plant.refuses(wish(label="x" * 17), general.BAD_VALUE, "P1-C7-T1")
    after = plant.do(wish(label="prod_net", sublabel="a"))
    assert after.asio_config.sriov_adapters[0].sriov_adapter.ethernet_ports[0].label == "prod_net"


def test_a_system_is_not_made_or_deleted(plant: Plant) -> None:
    made = ResourceRequest(ManagedSystem, element=ManagedSystem(system_name="x"))
    plant.refuses(CreateSystem.from_request(made), general.UNSUPPORTED)
    plant.refuses(DeleteSystem.from_request(ResourceRequest(ManagedSystem, PARENT)), general.UNSUPPORTED, "gannet")


def test_every_step_unwinds(plant: Plant) -> None:
    plant.unwinds(lambda: UpdateSystem(PARENT, shown(plant).evolve(system_name="puffin")))

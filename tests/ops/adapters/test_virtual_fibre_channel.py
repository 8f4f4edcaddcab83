"""Virtual Fibre Channel mappings, their ports and port names."""

from __future__ import annotations

import pytest

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.messages import partition as say_partition
from openlpar.messages import storage as say_storage
from openlpar.ops.vfc.wwpn import GetNextWWPNs, take_pairs
from openlpar.ops.views import shown_all
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.ops.adapters.plant import PREFIX, VIOS1, VIOS2, VM1, VM2, VM3, StoragePlant, fibre
from tests.ops.small_system import SYSTEM

PAIR = "c05076065a8b0000 c05076065a8b0001"


def free_ports(plant: StoragePlant, vios: str = VIOS1) -> dict[str, int]:
    entries = plant.seen(vios).io_config.io_slots
    ports = [port for entry in entries for port in entry.slot.related_io_adapter.fc_adapter.fc_ports]
    return {port.name: port.npiv_available_ports for port in ports}


def stock(plant: StoragePlant) -> int:
    return plant.state.get(ManagedSystem, SYSTEM.uuid).asio_config.avail_wwpns


def test_a_new_mapping_is_completed(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"))
    (mapping,) = plant.seen().vfc_mappings
    client, server = mapping.client_adapter, mapping.server_adapter
    assert (client.lpar_id, client.lpar_slot_num, client.vios_id, client.vios_slot_num) == (4, 2, 2, 2)
    assert client.wwpns == PAIR
    assert client.loc_code == "U8247.21L.212E3CA-V4-C2"
    assert not client.uuid
    assert (server.name, server.udid, server.map_port) == ("vfchost0", "1dU8247.21L.212E3CA-V2-C2", "fcs0")
    assert (server.lpar_id, server.lpar_slot_num) == (4, 2)
    for port in (mapping.backing_port, server.physical_port):
        assert (port.name, port.wwpn, port.npiv_available_ports, port.npiv_total_ports) == (
            "fcs0",
            "10000090FA1B6300",
            1,
            2,
        )
    assert stock(plant) == 0x10000 - 2
    assert free_ports(plant) == {"fcs0": 1, "fcs1": 2, "fcs9": 0}


def _logins(plant: StoragePlant) -> list[list[tuple[str, str, str]]]:
    adapters = shown_all(plant.state, VirtualFibreChannelClientAdapter, VM1)
    return [[(one.wwpn, one.status, one.logged_in_by) for one in adapter.nport_logins] for adapter in adapters]


def test_a_port_name_is_logged_in_while_both_sides_run(plant: StoragePlant) -> None:
    first, second = PAIR.split()
    out = [(first, "0", "none"), (second, "0", "none")]
    plant.add(fibre("fcs0"))
    assert _logins(plant) == [out], "the client is off"
    for uuid, state, expected in (
        (VM1, "running", [(first, "1", "client"), (second, "0", "none")]),
        (VIOS1, "not activated", out),
        (VIOS1, "running", [(first, "1", "client"), (second, "0", "none")]),
        (VM1, "error", out),
    ):
        kind = VirtualIOServer if uuid == VIOS1 else LogicalPartition
        with plant.engine.alter() as change:
            change.put(change.get(kind, uuid).evolve(state=state))
        assert _logins(plant) == [expected], (uuid, state)


def test_without_a_port_nobody_logs_in(plant: StoragePlant) -> None:
    plant.add(fibre(""))
    with plant.engine.alter() as change:
        change.put(change.get(LogicalPartition, VM1).evolve(state="running"))
    assert {status for login in _logins(plant) for _, status, _ in login} == {"0"}


def test_the_client_adapter_is_a_resource(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"), fibre("fcs1", VM3))
    plant.add(fibre("fcs0"), vios=VIOS2)
    adapters = list(shown_all(plant.state, VirtualFibreChannelClientAdapter, VM1))
    assert [adapter.server_adapter.name for adapter in adapters] == ["vfchost0", "vfchost0"]
    assert [adapter.parent for adapter in adapters] == [VM1, VM1]
    assert len({adapter.uuid for adapter in adapters}) == 2
    links = [link.rpartition("/")[2] for link in plant.client().vfc_client_adapters]
    assert links == [adapter.uuid for adapter in adapters]
    assert len(list(shown_all(plant.state, VirtualFibreChannelClientAdapter))) == 3
    assert list(shown_all(plant.state, VirtualFibreChannelClientAdapter, VM1)) == adapters


def test_what_was_read_can_be_sent_back(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"), fibre("fcs1"), fibre("", VM3))
    version = plant.state.version
    plant.same_after(plant.post_vfc(plant.seen().vfc_mappings))
    plant.same_after(plant.post_vfc(reversed(plant.vfc())))
    assert plant.state.version == version
    upper = [
        mapping.evolve(
            server_adapter=None,
            client_adapter=VirtualFibreChannelClientAdapter(wwpns=mapping.client_adapter.wwpns.upper()),
        )
        for mapping in plant.vfc()
    ]
    plant.same_after(plant.post_vfc(upper))


def test_ports_are_exchanged_and_left(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"), fibre("fcs1"))
    one, two = plant.vfc()
    plant.do(
        plant.post_vfc([one.evolve(backing_port=two.backing_port), two.evolve(backing_port=fibre("fcs0").backing_port)])
    )
    assert [mapping.server_adapter.map_port for mapping in plant.vfc()] == ["fcs1", "fcs0"]
    assert [mapping.backing_port.wwpn for mapping in plant.vfc()] == ["10000090FA1B6301", "10000090FA1B6300"]
    plant.do(plant.post_vfc([plant.vfc()[0].evolve(backing_port=None), plant.vfc()[1]]))
    left = next(mapping for mapping in plant.seen().vfc_mappings if mapping.client_adapter.wwpns == PAIR)
    assert not left.has("backing_port")
    assert not left.server_adapter.has("map_port")
    assert not left.server_adapter.has("physical_port")
    assert left.client_adapter.wwpns == PAIR
    assert free_ports(plant)["fcs1"] == 2
    plant.do(plant.post_vfc([left.evolve(backing_port=fibre("fcs1").backing_port), plant.vfc()[1]]))
    assert free_ports(plant)["fcs1"] == 1


def test_full_ports(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"), fibre("fcs0"), fibre("fcs1"), fibre("fcs1"))
    plant.refuses(plant.post_vfc([*plant.vfc(), fibre("fcs0")]), say.PORT_FULL, "fcs0", "vios1", "2")
    one, two, three, four = plant.vfc()
    swapped = [one.evolve(backing_port=three.backing_port), two, three.evolve(backing_port=one.backing_port), four]
    plant.do(plant.post_vfc(swapped))
    plant.refuses(
        plant.post_vfc([*plant.vfc()[:3], plant.vfc()[3].evolve(backing_port=one.backing_port)]), say.PORT_FULL
    )
    plant.do(plant.post_vfc([*plant.vfc()[1:], fibre("fcs1", VM3)]))
    assert free_ports(plant) == {"fcs0": 0, "fcs1": 0, "fcs9": 0}


def test_ports_that_cannot_be(plant: StoragePlant) -> None:
    plant.refuses(plant.post_vfc([fibre("fcs7")]), say.NO_PORT, "fcs7", "fcs0, fcs1, fcs9")
    plant.refuses(plant.post_vfc([fibre("fcs9")]), say.NO_NPIV, "fcs9")


def test_port_names_are_never_given_twice(plant: StoragePlant) -> None:
    taken = "C05076065A8B0002 C05076065A8B0003"
    plant.add(fibre("fcs0", wwpns=taken))
    assert plant.vfc()[0].client_adapter.wwpns == taken.lower()
    plant.add(fibre("fcs0"), fibre("fcs1", wwpns="-1 -1"))
    assert [m.client_adapter.wwpns for m in plant.vfc()[1:]] == [PAIR, "c05076065a8b0004 c05076065a8b0005"]
    plant.do(plant.post_vfc([]))
    assert stock(plant) == 0x10000 - 6
    plant.add(fibre("fcs0"))
    assert plant.vfc()[0].client_adapter.wwpns == "c05076065a8b0006 c05076065a8b0007"
    own = plant.vfc()[0].client_adapter.wwpns
    plant.refuses(plant.post_vfc([*plant.vfc(), fibre("fcs1", VM3, wwpns=own)]), say.WWPN_TAKEN, "vm1")
    plant.refuses(plant.post_vfc([fibre("fcs1", VM3, wwpns=own)], VIOS2), say.WWPN_TAKEN, own.split()[0])
    twice = fibre("fcs1", VM3, wwpns="c050000000000000 c050000000000001")
    plant.refuses(plant.post_vfc([*plant.vfc(), twice, twice]), say.WWPN_TAKEN)
    for text in ("c050", "c050000000000000 c050000000000000", "c050000000000000", "c05000000000000g c050000000000000"):
        plant.refuses(plant.post_vfc([fibre("fcs0", wwpns=text)]), general.BAD_VALUE, "WWPNs")


def test_an_adapter_moves_with_its_names(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"))
    plant.do(plant.post_vfc([]))
    plant.add(fibre("fcs1", VM3, wwpns=PAIR))
    assert plant.vfc()[0].client_adapter.lpar_id == 6


def test_names_and_clients_of_an_adapter_stay(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"))
    (mapping,) = plant.vfc()
    renamed = mapping.evolve(client_adapter=mapping.client_adapter.evolve(wwpns="c050000000000000 c050000000000001"))
    plant.refuses(plant.post_vfc([renamed]), general.READ_ONLY, "WWPNs", "vfchost0")
    stolen = mapping.evolve(client_lpar_href=f"LogicalPartition/{VM3}")
    plant.refuses(plant.post_vfc([stolen]), say.OTHER_CLIENT, "vm1")


def test_the_stock_runs_out(plant: StoragePlant) -> None:
    system = plant.state.get(ManagedSystem, SYSTEM.uuid)
    plant.put(system.evolve(asio_config=system.asio_config.evolve(avail_wwpns=2)))
    plant.refuses(plant.post_vfc([fibre("fcs0"), fibre("fcs1")]), say.NO_WWPNS, "gannet", "2", "4")
    plant.add(fibre("fcs0"))
    assert plant.vfc()[0].client_adapter.wwpns == "c05076065a8bfffe c05076065a8bffff"
    plant.refuses(plant.post_vfc([*plant.vfc(), fibre("fcs1")]), say.NO_WWPNS)
    plant.refuses(GetNextWWPNs(SYSTEM.uuid, 1), say.NO_WWPNS)
    with plant.engine.alter() as change:
        change.put(system.evolve(asio_config=system.asio_config.evolve(avail_wwpns=4)))
        change.put(
            plant.vfc()[0].evolve(client_adapter=plant.vfc()[0].client_adapter.evolve(wwpns="c05076065a8bfffc 1"))
        )
        assert take_pairs(change, 1) == ["c05076065a8bfffe", "c05076065a8bffff"]


def test_reserving_port_names(plant: StoragePlant) -> None:
    operation = GetNextWWPNs.from_job(SYSTEM.uuid, {"numberPairsRequested": "2"})
    plant.engine.perform(operation)
    names = operation.results["wwpnList"].split(",")
    assert names == [f"{PREFIX + number:016x}" for number in range(4)]
    assert stock(plant) == 0x10000 - 4
    plant.add(fibre("fcs0", wwpns=" ".join(names[2:])))
    plant.add(fibre("fcs0"))
    assert plant.vfc()[1].client_adapter.wwpns.split()[0] == f"{PREFIX + 4:016x}"
    for text in ("0", "9", "x", "-1"):
        with pytest.raises(Exception, match="numberPairsRequested"):
            GetNextWWPNs.from_job(SYSTEM.uuid, {"numberPairsRequested": text})
    plant.refuses(GetNextWWPNs("elsewhere", 1), general.NOT_FOUND, "elsewhere")
    plant.unwinds(lambda: GetNextWWPNs(SYSTEM.uuid, 8))


def test_clients_that_cannot_be(plant: StoragePlant) -> None:
    plant.refuses(plant.post_vfc([fibre("fcs0", "GHOST")]), say.NO_CLIENT, "GHOST")
    plant.refuses(plant.post_vfc([fibre("fcs0").evolve(client_lpar_href=None)]), general.MISSING_VALUE)
    plant.refuses(plant.post_vfc([fibre("fcs0", VM2)]), say_partition.DLPAR_NO_RMC, "vm2")
    plant.add(fibre("fcs0", VM3))
    plant.put(plant.state.get(LogicalPartition, VM3).evolve(rmc_state="inactive"))
    plant.refuses(plant.post_vfc([]), say_partition.DLPAR_NO_RMC, "vm3")
    plant.do(plant.post_vfc([plant.vfc()[0].evolve(backing_port=fibre("fcs1").backing_port)]))


def test_a_server_that_cannot_serve(plant: StoragePlant) -> None:
    plant.put(plant.state.get(VirtualIOServer, VIOS1).evolve(rmc_state="inactive"))
    plant.refuses(plant.post_vfc([fibre("fcs0")]), say_storage.NOT_SERVING, "vios1")


def test_every_step_is_taken_back(plant: StoragePlant) -> None:
    plant.add(fibre("fcs0"), fibre("fcs1"), fibre("fcs0", VM3))
    one, two, _ = plant.vfc()
    wish = [one, two.evolve(backing_port=None), fibre("fcs1", VM3), fibre("fcs0")]
    plant.breaks(lambda: plant.post_vfc(wish), 4)
    plant.unwinds(lambda: plant.post_vfc([]))

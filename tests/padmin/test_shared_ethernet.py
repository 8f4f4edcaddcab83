"""Shared Ethernet adapters: made, changed and removed by command; which of two bridges; what the statistics say of them."""

from __future__ import annotations

import pytest

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.vios.padmin.refusal import Status
from tests.ops.small_system import digest
from tests.padmin.conftest import VLAN, Padmin, made


def states(pair: Padmin, device: str, vios: str) -> list[str]:
    found = pair.out(f"entstat -all {device} | grep -E 'State:|Bridge Mode:|High Availability Mode:'", vios)
    return [line.partition(": ")[2] for line in found.splitlines() if not line.startswith("LAN")]


def test_two_servers_back_each_other(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    bridge = next(bridge for bridge in pair.engine.state.all(NetworkBridge) if bridge.pvid == VLAN)
    assert len(bridge.seas) == 2
    assert states(pair, one, "vios1") == ["PRIMARY", "All", "Auto"]
    assert states(pair, other, "vios2") == ["BACKUP", "None", "Auto"]


def test_the_backup_takes_over(pair: Padmin) -> None:
    _, other = made(pair, "vios1"), made(pair, "vios2")
    with pair.engine.alter() as change:
        change.put(pair.vios("vios1").evolve(state="not activated"))
    assert states(pair, other, "vios2") == ["PRIMARY", "All", "Auto"]
    assert "  Priority: 2  Active: True" in pair.out(f"entstat -all {other}", "vios2")


def test_a_channel_that_only_one_side_names_is_none(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    pair.out(f"chdev -dev {one} -attr ctl_chan=ent5", "vios1")
    assert states(pair, one, "vios1") == ["PRIMARY", "All", "Auto"]
    assert states(pair, other, "vios2") == ["PRIMARY", "All", "Auto"]
    assert "BECOME PRIMARY" in pair.out("errlog", "vios2")
    pair.out(f"chdev -dev {one} -attr ctl_chan=", "vios1")
    assert states(pair, other, "vios2") == ["BACKUP", "None", "Auto"]


def test_standby_moves_everything_to_the_peer(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    pair.out(f"chdev -dev {one} -attr ha_mode=standby", "vios1")
    assert states(pair, one, "vios1") == ["BACKUP", "None", "Standby"]
    assert states(pair, other, "vios2") == ["PRIMARY", "All", "Auto"]
    pair.out(f"chdev -dev {one} -attr ha_mode=auto", "vios1")
    assert states(pair, one, "vios1") == ["PRIMARY", "All", "Auto"]


def test_both_bridge_in_sharing_mode(pair: Padmin) -> None:
    one, other = made(pair, "vios1", "sharing"), made(pair, "vios2", "sharing")
    assert states(pair, one, "vios1") == ["PRIMARY_SH", "Partial", "Sharing"]
    assert states(pair, other, "vios2") == ["BACKUP_SH", "Partial", "Sharing"]


def test_an_adapter_that_nothing_backs_has_no_state(pair: Padmin) -> None:
    assert states(pair, made(pair, "vios1", "disabled"), "vios1") == []


def test_statistics_name_vlans_and_channel(pair: Padmin) -> None:
    device = made(pair, "vios1")
    lines = pair.out(f"entstat -all {device}").splitlines()
    assert "    ent10: 301 310 311" in lines
    assert "    Control Channel PVID: 4095" in lines
    assert "VLAN Tag IDs:   310   311" in lines
    assert [line for line in lines if line.startswith(("Real Adapter", "Virtual Adapter"))] == [
        "Real Adapter: ent8",
        "Virtual Adapter: ent9",
        "Virtual Adapter: ent10",
    ]
    pair.out(f"chdev -dev {device} -attr ctl_chan=ent5")
    lines = pair.out(f"entstat -all {device}").splitlines()
    assert "    Control Channel PVID: 4094" in lines
    assert "Control Channel Adapter: ent5" in lines


def test_many_vlans_go_on_in_the_next_line(pair: Padmin) -> None:
    with pair.engine.alter() as change:
        trunk = change.get(ClientNetworkAdapter, "trunk-vios1-31")
        change.put(trunk.evolve(tagged_vlans=" ".join(str(vlan) for vlan in range(1000, 1020))))
    lines = pair.out("entstat -all ent10").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("VLAN Tag IDs:"))
    vlans = " ".join(lines[start : start + 3]).removeprefix("VLAN Tag IDs:").split()
    assert vlans == [str(vlan) for vlan in range(1000, 1020)]
    assert all(len(line) <= 80 for line in lines[start : start + 3])


def test_attributes_of_an_adapter(pair: Padmin) -> None:
    device = made(pair, "vios1", "auto accounting=enabled largesend=0")
    value = pair.out(f"lsdev -dev {device} -attr accounting").split()[-1]
    assert (value, pair.out(f"lsdev -dev {device} -attr largesend").split()[-1]) == ("enabled", "0")
    pair.out(f"chdev -dev {device} -attr jumbo_frames=yes gvrp=yes")
    flags = [line.strip() for line in pair.out(f"entstat -all {device}").splitlines() if line.startswith("    <")]
    assert flags == ["< THREAD >", "< JUMBO_FRAMES >", "< GVRP >", "< ACCOUNTING >"]
    pair.out(f"chdev -dev {device} -attr virt_adapters=ent9")
    assert pair.out(f"lsdev -dev {device} -attr virt_adapters").split() == ["value", "ent9"]
    assert pair.run(f"chdev -dev {device} -attr real_adapter=ent1").status == Status.INCOMPLETE
    assert pair.run(f"chdev -dev {device} -attr ha_mode=never").status == Status.SYNTAX


def test_removing_an_adapter(pair: Padmin) -> None:
    device = made(pair, "vios1", "auto accounting=enabled")
    assert pair.out("lsmap -net -vadapter ent9 -field sea -fmt :") == f"{device}\n"
    assert pair.out(f"rmvdev -sea {device}") == f"{device} deleted\n"
    assert "ent8" in pair.out("lsdev -type ent4sea")
    assert device not in pair.out("lsdev -type sea")
    again = made(pair, "vios1")
    assert pair.out(f"lsdev -dev {again} -attr accounting").split()[-1] == "disabled"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("mkvdev -sea ent8 -vadapter ent9 -default ent10 -defaultid 300", Status.SYNTAX),
        ("mkvdev -sea ent8 -vadapter ent9 -default ent9 -defaultid none", Status.SYNTAX),
        ("mkvdev -sea ent8 -vadapter ent9 -default ent9 -defaultid 300 -attr nonsense=1", Status.NOT_FOUND),
        ("mkvdev -sea ent8 -vadapter ent9 -default ent9 -defaultid 300 -attr ha_mode=never", Status.SYNTAX),
        ("mkvdev -sea ent77 -vadapter ent9 -default ent9 -defaultid 300", None),
        ("mkvdev -sea ent8 -vadapter ent5 -default ent5 -defaultid 300", None),
        ("mkvdev -lnagg ent8 ent77", None),
        ("mkvdev -lnagg ent8 -attr mode=never", Status.SYNTAX),
        ("mkvdev -vlan ent8 -tagid 5", Status.INCOMPLETE),
        ("rmvdev -sea ent77", Status.NOT_FOUND),
        ("rmvdev -sea ent9", Status.SYNTAX),
        ("rmvdev -lnagg ent77", None),
        ("mkvdev -vdev hdisk5 -vadapter vhost1 vhost2", Status.SYNTAX),
    ],
)
def test_what_is_refused(pair: Padmin, text: str, status: Status | None) -> None:
    before = digest(pair.engine)
    result = pair.run(text)
    assert result.status == status if status else result.status
    assert result.stderr
    assert digest(pair.engine) == before


def test_an_address_on_a_bridge_is_seen_by_clients(pair: Padmin) -> None:
    device = made(pair, "vios1")
    interface = device.replace("ent", "en")
    pair.out(
        f"mktcpip -hostname gannet2.pbm.ihost.com -interface {interface} -inetaddr 198.51.100.7 -netmask 255.255.255.0 -start"
    )
    bridge = next(bridge for bridge in pair.engine.state.all(NetworkBridge) if bridge.pvid == VLAN)
    assert bridge.seas[0].ip_interface.ip_address == "198.51.100.7"
    assert f"{interface}:198.51.100.7:up" in pair.out("lstcpip -interfaces -field name address state -fmt :")
    pair.out(f"rmtcpip -f -interface {interface}")
    assert f"{interface}: :down" in pair.out("lstcpip -interfaces -field name address state -fmt :")


def test_clients_by_adapter(pair: Padmin) -> None:
    """Only running partitions on a VLAN that is bridged, once accounting is enabled."""
    from openlpar.uom.logical_partition import LogicalPartition

    device = made(pair, "vios1")
    vm1 = next(pair.engine.state.where(LogicalPartition, name="vm1"))
    vm2 = next(pair.engine.state.where(LogicalPartition, name="vm2"))
    with pair.engine.alter() as change:
        for number, (partition, pvid) in enumerate(((vm1, 310), (vm1, 999), (vm2, 310))):
            change.put(
                ClientNetworkAdapter(
                    uuid=f"client{number}",
                    parent=partition.uuid,
                    slot=9 + number,
                    pvid=pvid,
                    vswitch_id=0,
                    mac=f"0A000000000{number}",
                )
            )
    assert pair.run(f"seastat -d {device}").status == Status.INCOMPLETE
    pair.out(f"chdev -dev {device} -attr accounting=enabled")
    macs = pair.out(f"seastat -d {device} | grep MAC").splitlines()
    assert macs == ["MAC: 0A:00:00:00:00:00"]


def test_ports_are_aggregated_and_apart_again(pair: Padmin) -> None:
    name = pair.out("mkvdev -lnagg ent8 -attr mode=8023ad").split()[0]
    assert "EtherChannel / IEEE 802.3ad Link Aggregation" in pair.out(f"lsdev -dev {name}")
    attributes = pair.out(f"lsdev -dev {name} -attr -field attribute value -fmt :").splitlines()
    assert {"adapter_names:ent8", "mode:8023ad", "hash_mode:default"} <= set(attributes)
    pair.out(f"chdev -dev {name} -attr hash_mode=src_dst_port")
    assert pair.out(f"lsdev -dev {name} -attr hash_mode").split()[-1] == "src_dst_port"
    sea = pair.out(f"mkvdev -sea {name} -vadapter ent9 -default ent9 -defaultid {VLAN}").split()[0]
    assert f"Real Adapter: {name}" in pair.out(f"entstat -all {sea}")
    assert pair.run(f"rmvdev -lnagg {name}").status != Status.DONE, "it is in use"
    pair.out(f"rmvdev -sea {sea}")
    assert pair.out(f"rmvdev -lnagg {name}") == f"{name} deleted\n"
    assert "ent8" in pair.out("lsdev -type ent4sea")

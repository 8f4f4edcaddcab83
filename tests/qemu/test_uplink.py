"""Which ways out are wanted, and what a switch and a QEMU are told for them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.world import State
from openlpar.hypervisor.qemu import network, uplink
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.uplink import Uplinks
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.options import Uplink
from openlpar.qemu_host.probe import Answer
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.conftest import BIN
from tests.inventory.worlds import gannet, state
from tests.inventory.worlds import one as found

SYSTEM = Path("/data/qemu")
HOST = Host(machine="pseries-11.1", command=("/usr/bin/qemu-system-ppc64",), sandbox=True)
NO = Answer(False, "it cannot be had", "Do this.")


def changed(kind: type[Element], where: dict[str, Any], **values: Any) -> State:
    """The default system with one object altered."""
    objects = gannet()
    one = found(objects, kind, **where)
    return state([one.evolve(**values) if each is one else each for each in objects])


def uplinks(wish: Uplink | None, host: Host = HOST, system: Path = SYSTEM) -> Uplinks:
    return Uplinks(state(gannet()), wish, host, system, system / "n", lambda: None)


def test_trunks_of_running_servers_lead_out() -> None:
    names = uplink.wanted(state(gannet()))
    assert {name: adapter.trunk_pri for name, adapter in names.items()} == {"2-3": 1, "3-3": 2}
    off = changed(VirtualIOServer, {"name": "vios1"}, state="not activated")
    assert uplink.wanted(off).keys() == {"3-3"}
    disabled = changed(ClientNetworkAdapter, {"mac": "527A821777A7"}, enabled=False)
    assert uplink.wanted(disabled).keys() == {"2-3"}


def test_where_shared_ethernet_adapters_are_described_only_theirs_do() -> None:
    sea = SharedEthernetAdapter(dev_name="ent8", trunk_adapters=(TrunkAdapter(mac="527A821777A7"),))
    bare = [obj for obj in gannet() if not isinstance(obj, NetworkBridge)]
    bridge = NetworkBridge(uuid="b1", pvid=1, seas=(sea,))
    of_bridge = state([*bare, bridge])
    of_server = state(
        [obj.evolve(seas=(sea,)) if isinstance(obj, VirtualIOServer) and obj.name == "vios2" else obj for obj in bare]
    )
    assert uplink.wanted(of_server).keys() == uplink.wanted(of_bridge).keys() == {"3-3"}


def led(kind: Uplink) -> dict[str, dict[str, Any]]:
    world = changed(ClientNetworkAdapter, {"mac": "36BACB2677A6"}, tagged_vlans="5 7")
    carried = network.wanted(world)
    out = uplink.led_out(carried, uplink.wanted(world), kind, SYSTEM)
    assert out["switches"] == carried["switches"]
    before = {port["name"]: port for port in carried["ports"]}
    assert before["2-3"]["tagged"] == [5, 7]
    after = {port["name"]: port for port in out["ports"]}
    assert {name for name in after if after[name] != before[name]} <= {"2-3", "3-3"}, "others stay as they are"
    return {name: after[name] for name in ("2-3", "3-3")}


def test_a_user_mode_network_is_on_the_pvid_alone() -> None:
    for kind in (Uplink.USER, Uplink.OUTSIDE):
        port = led(kind)["2-3"]
        assert (port["kind"], port["network"], port["pvid"], port["tagged"]) == ("user", "10.0.2.0/24", 1, [])
        assert (port["trunk"], port["trunk_priority"]) == (True, 1)


def test_a_tap_device_has_all_vlans() -> None:
    ports = led(Uplink.TAP)
    assert ports["2-3"]["kind"] == "tap" and ports["2-3"]["tagged"] == [5, 7]
    assert ports["2-3"]["device"] != ports["3-3"]["device"]


def test_without_ways_out_a_trunk_is_a_port_with_nobody_behind() -> None:
    assert {port["kind"] for port in led(Uplink.NONE).values()} == {"guest"}


def test_names_of_devices_are_short_and_of_one_system() -> None:
    assert uplink.device(SYSTEM, "2-3") != uplink.device(Path("/other/qemu"), "2-3")
    for name in ("2-3", "1024-65535", "65535-65535"):
        device = uplink.device(SYSTEM, name)
        assert len(device) <= 15 and device.startswith("ol") and device.endswith(f"-{name}")


def test_trunks_of_all_priorities_give_away_different_addresses() -> None:
    given: set[IPv4Address] = set()
    for priority in range(1, 16):
        words = uplink.arguments("2-3", priority, Uplink.USER, HOST, SYSTEM / "n", Path("pid"))
        (slirp,) = (word for word in words if "dhcpstart" in word)
        first = IPv4Address(slirp.split('"dhcpstart": "')[1].split('"')[0])
        leases = {first + number for number in range(uplink.LEASES)}
        assert leases <= set(IPv4Network(uplink.NETWORK).hosts()) and not leases & given
        given |= leases


def test_only_outside_leads_beyond_the_host() -> None:
    for kind, restricted in ((Uplink.USER, "true"), (Uplink.OUTSIDE, "false")):
        words = uplink.arguments("2-3", 1, kind, HOST, SYSTEM / "n", SYSTEM / "u/2-3.pid")
        assert words[0] == HOST.command[0] and "-sandbox" in words
        (slirp,) = (word for word in words if "restrict" in word)
        assert f'"restrict": {restricted}' in slirp and '"ipv6": false' in slirp
        assert "hostfwd" not in " ".join(words), "nothing leads in"


def test_what_is_wished_for_or_the_best_there_is() -> None:
    assert uplinks(None).uplink is Uplink.USER
    assert uplinks(Uplink.OUTSIDE).uplink is Uplink.OUTSIDE
    assert uplinks(None, replace(HOST, user_network=NO)).uplink is Uplink.NONE
    assert uplinks(Uplink.TAP).uplink is Uplink.TAP


def test_a_wish_that_cannot_be_had_is_refused() -> None:
    host = replace(HOST, user_network=NO, tap=NO)
    for wish in (Uplink.USER, Uplink.OUTSIDE):
        with pytest.raises(HostUnfit, match=rf"--uplink {wish}: it cannot be had\. Do this\."):
            uplinks(wish, host)
    with pytest.raises(HostUnfit, match="--uplink tap: it cannot be had") as refused:
        uplinks(Uplink.TAP, host)
    for name in ("2-3", "3-3"):
        assert uplink.device(SYSTEM, name) in str(refused.value), "root has to know what to make"
    assert f"user {os.geteuid()}" in str(refused.value)


def test_a_device_that_was_made_for_the_user_is_usable(tmp_path: Path) -> None:
    for name, owner in (("mine", "1000"), ("others", "1001"), ("anybodys", "-1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "owner").write_text(f"{owner}\n")
        (tmp_path / name / "tun_flags").write_text("0x1002\n")
    (tmp_path / "eth0").mkdir()
    tun = tmp_path / "tun"
    names = ("mine", "others", "anybodys", "eth0", "none")
    assert not any(uplink.usable(name, 1000, tmp_path, tun) for name in names), "there is no /dev/net/tun"
    tun.touch()
    assert [name for name in names if uplink.usable(name, 1000, tmp_path, tun)] == ["mine", "anybodys"]


@pytest.mark.parametrize(
    ("hypervisor", "wish", "refusal"),
    [
        ("sim", "user", "--hypervisor sim has no use for --uplink. Leave it out."),
        ("qemu", "wire", "argument --uplink: invalid choice: 'wire' (choose from 'none', 'user', 'outside', 'tap')"),
    ],
)
def test_the_service_does_not_start_with_an_uplink_that_there_is_not(
    hypervisor: str, wish: str, refusal: str, tmp_path: Path
) -> None:
    words = ["serve", "--data", str(tmp_path / "d"), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    done = subprocess.run(
        [str(BIN / "openlpar"), *words, "--hypervisor", hypervisor, "--uplink", wish],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 2) and refusal in done.stderr

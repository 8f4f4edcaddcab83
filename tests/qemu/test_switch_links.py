"""Links of virtual switches: what ``--link`` may say, what the switch is told, and two switches that are linked."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.client.admin import Administration
from openlpar.engine.world import State
from openlpar.hypervisor.qemu import ending, network
from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.hypervisor.qemu.switch_links import Links, SwitchLink
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import HostUnfit
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.admin.conftest import Admin
from tests.conftest import BIN, Server
from tests.inventory.worlds import gannet, one, state
from tests.vswitch.running import BROADCAST, Guest, frame, mac

PAIR = "switch=ETHERNET0,local=:4801,peer=:4802"
AWAY = "switch=ETHERNET0,local=192.0.2.1:4801,peer=192.0.2.2:4801"
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def with_lpar(**values: Any) -> State:
    """The default system and a partition with an adapter on VLAN 7, and 100 tagged."""
    vm = LogicalPartition(uuid="vm", id=9, name="vm1", state=values.pop("state", "running"))
    card = ClientNetworkAdapter(
        uuid="card",
        parent="vm",
        slot=2,
        pvid=7,
        tagged_vlans="100",
        mac="4A5100000001",
        vswitch_id=0,
        allowed_macs="NONE",
    )
    return state([*gannet(), vm, card])


def test_an_address_without_a_host_is_on_loopback() -> None:
    assert SwitchLink.parsed(PAIR) == SwitchLink("ETHERNET0", "127.0.0.1:4801", "127.0.0.1:4802")


def test_vlans_and_a_secret_may_be_given(secret: Path) -> None:
    link = SwitchLink.parsed(f"{AWAY},vlans=1/100-102,secret={secret}")
    assert link == SwitchLink("ETHERNET0", "192.0.2.1:4801", "192.0.2.2:4801", frozenset({1, 100, 101, 102}), SECRET)
    assert SECRET not in repr(link)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ETHERNET0", "not of the form switch=NAME,local="),
        ("switch=ETHERNET0,local=:4801", "not of the form"),
        (f"{PAIR},colour=red", "not of the form"),
        (f"{PAIR},switch=ETHERNET1", "not of the form"),
        (f"{PAIR},vlans=", "not of the form"),
        (f"{PAIR},vlans=0", "'0' is no VLAN id of 1 to 4094"),
        (f"{PAIR},vlans=7-5", "'7-5' is no VLAN id"),
        (f"{PAIR},vlans=4000-4095", "'4000-4095' is no VLAN id"),
        (f"{PAIR},secret=/nowhere/secret", "/nowhere/secret cannot be read: No such file"),
        ("switch=ETHERNET9,local=:4801,peer=:4802", "there is no virtual switch ETHERNET9, only ETHERNET0"),
        ("switch=MGMTSWITCH,local=:4801,peer=:4802", "MGMTSWITCH is in mode Vepa"),
        ("switch=ETHERNET0,local=:4801,peer=host:4802", "with a numerical address"),
        ("switch=ETHERNET0,local=:0,peer=:4802", "no port of 1 to 65535"),
        ("switch=ETHERNET0,local=:4801,peer=:4801", "two different addresses"),
        (AWAY, "a link to another host needs a secret.*openssl rand -hex 16"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(HostUnfit, match=why) as refused:
        Links(state(gannet()), [text])
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (SECRET, 0o640, "is open to others.*chmod 600"),
        ("short", 0o600, "a secret has 16 to 64 bytes"),
        ("ä" * 20, 0o600, "is not text"),
    ],
)
def test_a_secret_that_is_none(secret: Path, content: str, mode: int, why: str) -> None:
    secret.write_text(content)
    secret.chmod(mode)
    with pytest.raises(HostUnfit, match=why):
        Links(state(gannet()), [f"{AWAY},secret={secret}"])


@pytest.mark.parametrize(
    ("other", "why"), [("local=:4801,peer=:4803", "same local address"), ("local=:4803,peer=:4802", "same peer")]
)
def test_two_links_want_an_address_each(other: str, why: str) -> None:
    with pytest.raises(HostUnfit, match=f"ports link-1 and link-2 have the {why}"):
        Links(state(gannet()), [PAIR, f"switch=ETHERNET0,{other}"])


def joined(world: State, *texts: str) -> list[dict[str, Any]]:
    ports = Links(world, texts).joined(network.wanted(world))["ports"]
    return [port for port in ports if port.get("kind") == "link"]


def test_a_link_carries_the_vlans_in_use_or_some_of_them() -> None:
    (all_of_them,) = joined(with_lpar(), PAIR)
    assert {7, 100} <= set(all_of_them["tagged"])
    assert [port["tagged"] for port in joined(with_lpar(), f"{PAIR},vlans=100-200")] == [[100]]
    assert [port["tagged"] for port in joined(with_lpar(), f"{PAIR},vlans=3000-3001")] == [[3000]]


def test_an_adapter_of_a_partition_that_is_being_moved_keeps_no_address_for_itself() -> None:
    def port(now: str) -> dict[str, Any]:
        return next(port for port in network.wanted(with_lpar(state=now))["ports"] if port["name"] == "9-2")

    assert port("migrating running")["roaming"]
    assert "roaming" not in port("running") and "roaming" not in port("not activated")


# two switch processes


@pytest.fixture
async def two() -> AsyncIterator[tuple[Switch, Switch]]:
    places = [Path(tempfile.mkdtemp(prefix="ol")) for _ in range(2)]
    made = [Switch(place / "n", lambda: None) for place in places]
    yield made[0], made[1]
    for switch, place in zip(made, places, strict=True):
        await switch.close()
        await ending.end_all(place)
        shutil.rmtree(place)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def up(links: Links, switch: Switch) -> dict[str, Any]:
    while True:
        (link,) = await links.status(switch)
        if link["up"]:
            return link


async def test_what_is_joined_is_carried_and_shown(two: tuple[Switch, Switch], secret: Path) -> None:
    here, there = free_port(), free_port()
    world = with_lpar()
    ends = []
    for switch, (local, peer) in zip(two, ((here, there), (there, here)), strict=True):
        links = Links(world, [f"switch=ETHERNET0,local=:{local},peer=:{peer},secret={secret}"])
        (told,) = await links.status(switch)
        assert not told["up"] and told["problem"] == "it is not carried yet"
        await switch.configure(links.joined(network.wanted(world)))
        ends.append(links)
    sender, hearer = (Guest(switch.folder, "9-2") for switch in two)
    told = await up(ends[0], two[0])
    assert told["sealed"] and not told["problem"] and {7, 100} <= set(told["vlans"])
    assert SECRET not in str(told)
    await up(ends[1], two[1])
    sender.send(frame(BROADCAST, mac(1)))
    while not (await ends[1].status(two[1]))[0]["in"]["frames"]:
        pass
    # Both have an adapter with this address: what comes from the other one is not let in as its own.
    assert (await ends[1].status(two[1]))[0]["in"]["dropped"] == {"mac_not_allowed": 1}
    assert not hearer.waiting()
    for guest in (sender, hearer):
        guest.close()


async def test_a_link_that_cannot_be_had_goes_without(
    two: tuple[Switch, Switch], caplog: pytest.LogCaptureFixture
) -> None:
    world = with_lpar()
    # An address of the range for documentation: no host has it.
    gone = "switch=ETHERNET0,local=192.0.2.1:4801,peer=127.0.0.1:4801"
    links = Links(world, [f"switch=ETHERNET0,local=:{free_port()},peer=:{free_port()}", gone])
    for _ in range(2):
        links.begin_round()
        with pytest.raises(SwitchError) as refused:
            await two[0].configure(links.joined(network.wanted(world)))
        assert not links.give_up("something else") and links.give_up(str(refused.value))
        await two[0].configure(links.joined(network.wanted(world)))
        assert not links.end_round()
    first, second = await links.status(two[0])
    assert not first["problem"] and "its link cannot be opened" in second["problem"]
    assert caplog.text.count("is not linked to 127.0.0.1:4801") == 1, "it is said once"


def test_a_switch_that_is_gone_is_linked_no_more() -> None:
    objects = gannet()
    links = Links(state(objects), [PAIR])
    world = state([obj for obj in objects if obj is not one(objects, VirtualSwitch, name="ETHERNET0")])
    links._world = world
    assert not [port for port in links.joined(network.wanted(world))["ports"] if port.get("kind") == "link"]
    assert not links.end_round()


async def test_the_switch_that_cannot_be_asked_is_an_error_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    links = Links(state(gannet()), [PAIR])

    async def status(switch: Switch) -> None:
        raise SwitchError("it does not answer")

    monkeypatch.setattr(links, "status", status)
    qemu = object.__new__(Qemu)
    qemu._outside = SimpleNamespace(links=links, switch=None)  # type: ignore[assignment]
    with pytest.raises(Failure, match="does not answer") as failure:
        await qemu.links()
    assert failure.value.message is say.NO_SWITCH_PROCESS


async def test_without_links_nobody_is_asked() -> None:
    switch: Any = None
    assert await Links(state(gannet()), []).status(switch) == []


# as the service has it


def started(tmp_path: Path, *options: str) -> str:
    words = ["serve", "--data", str(tmp_path / "d"), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    done = subprocess.run(
        [str(BIN / "openlpar"), *words, *options], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    return done.stderr


def test_only_real_partitions_have_frames_to_carry(tmp_path: Path) -> None:
    assert "--hypervisor sim has no use for --link. Leave it out." in started(tmp_path, "--link", PAIR)


def test_the_service_does_not_start_with_a_link_that_is_not_possible(tmp_path: Path) -> None:
    assert "there is no virtual switch nowhere" in started(
        tmp_path, "--hypervisor", "qemu", "--link", "switch=nowhere,local=:1,peer=:2"
    )


def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *links: dict[str, Any]
) -> tuple[int, str]:
    monkeypatch.setattr(Administration, "get", lambda self, path: {"/links": list(links)}[path])
    status = main(["links"])
    return status, capsys.readouterr().out


def test_administrators_see_how_links_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"frames": 3, "bytes": 180, "dropped": {"oversize": 2}}
    good = {"switch": "ETHERNET0", "local": "127.0.0.1:4801", "peer": "127.0.0.1:4802", "sealed": True, "up": True,
            "problem": "", "vlans": [1, 7], "rejected": 4, "in": counts, "out": counts}  # fmt: skip
    status, told = shown(monkeypatch, capsys, good)
    assert status == 0 and told.splitlines()[1].split() == [
        "ETHERNET0", "127.0.0.1:4801", "127.0.0.1:4802", "up", "(sealed)", "1/7", "3", "3", "8",
    ]  # fmt: skip
    status, told = shown(monkeypatch, capsys, good | {"up": False, "problem": "it is gone", "in": {}, "out": {}})
    assert status == 1 and "ETHERNET0 to 127.0.0.1:4802: it is gone" in told
    status, told = shown(monkeypatch, capsys)
    assert status == 0 and "There are no links" in told


def test_a_simulated_system_has_none(server: Server) -> None:
    assert Admin(server).ok("GET", "/links") == []

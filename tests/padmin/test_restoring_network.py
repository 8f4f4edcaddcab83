"""``viosbr -restore`` of networks and settings: what was lost is as it was before, to the last field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openlpar.ports.records import LinkAggregation, ViosSettings
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.vios.padmin.refusal import Status
from tests.ops.small_system import digest
from tests.padmin.conftest import VLAN, Padmin, made
from tests.padmin.test_settings import without_cluster

SETTINGS = (
    "motd -overwrite hello",
    "mkuser -attr maxage=4 operator",
    "startnetsvc snmp",
    "hostmap -addr 192.0.2.9 -host nim",
    "cfgnamesrv -add -ipaddr 192.0.2.2",
    "cfgnamesrv -add -dname example.com",
    "viosecure -firewall allow -port 443",
    "viosecure -level high -apply",
    "chdate -timezone Europe/Berlin",
    "bootlist -mode normal hdisk5 hdisk0",
    "chlang -lang de_DE",
    "chdev -dev hdisk5 -attr queue_depth=7",
    "chdev -dev hdisk5 -attr reserve_policy=single_path",
    "chpath -dev hdisk5 -pdev fscsi0 -op disable",
    "chsp -default datavg",
)


def bridged(pair: Padmin) -> str:
    """A shared Ethernet adapter of vios1 on a link aggregation, with a control channel and a peer on vios2; its name."""
    made(pair, "vios2")
    below = pair.out("mkvdev -lnagg ent8 -attr mode=8023ad").split()[0]
    text = f"mkvdev -sea {below} -vadapter ent9 ent10 -default ent9 -defaultid {VLAN}"
    attributes = "ha_mode=auto ctl_chan=ent5 accounting=enabled jumbo_frames=yes queue_size=4096"
    device = pair.out(f"{text} -attr {attributes}").split()[0]
    pair.out(f"chdev -dev {below} -attr hash_mode=src_dst_port")
    interface = device.replace("ent", "en", 1)
    pair.out(f"chdev -dev {interface} -attr netaddr=198.51.100.7 netmask=255.255.255.0 state=down")
    return device


def records(padmin: Padmin) -> list[object]:
    """What is beside the UOM and comes back."""
    state = padmin.engine.state
    return [*state.all(ViosSettings), *state.all(LinkAggregation)]


def test_a_bridge_comes_back_with_all_below_it(pair: Padmin) -> None:
    device = bridged(pair)
    below = pair.out(f"lsdev -dev {device} -attr real_adapter").split()[-1]
    before, kept = digest(pair.engine), records(pair)
    pair.out("viosbr -backup -file a")
    pair.out(f"rmvdev -sea {device}")
    pair.out(f"rmvdev -lnagg {below}")
    assert digest(pair.engine) != before
    assert [line.split()[0] for line in pair.out("viosbr -restore -file a -validate -type net").splitlines()[3:]] == [
        below,
        device,
    ]
    restored = pair.out("viosbr -restore -file a")
    assert f"{device}                      {device}" in restored
    assert digest(pair.engine) == before
    assert records(pair) == kept
    assert pair.out("viosbr -restore -file a").splitlines()[3:] == [], "a second restore finds nothing to do"


def test_the_last_adapter_of_a_bridge_comes_back(pair: Padmin) -> None:
    """The bridge is a new object, with the same in it."""
    device = made(pair, "vios1")
    (before,) = pair.engine.state.all(NetworkBridge)
    pair.out("viosbr -backup -file a")
    pair.out(f"rmvdev -sea {device}")
    assert not list(pair.engine.state.all(NetworkBridge))
    pair.out("viosbr -restore -file a -type sea")
    (after,) = pair.engine.state.all(NetworkBridge)
    assert after == before.evolve(uuid=after.uuid)


def test_trunks_and_control_channel_come_back(pair: Padmin) -> None:
    """As adapters they are the partition's, but no shared Ethernet adapter could do without them. The server names them."""
    device = bridged(pair)
    pair.out("viosbr -backup -file a")
    facts = "entstat -all {} | grep -E 'VLAN Tag|Port VLAN|Priority'"
    before = pair.out(facts.format(device))
    pair.out(f"rmvdev -sea {device}")
    with pair.engine.alter() as change:
        for adapter in tuple(change.all(ClientNetworkAdapter, pair.vios("vios1").uuid)):
            if adapter.dev_name in ("ent5", "ent9", "ent10"):
                change.remove(adapter)
    report = pair.out("viosbr -restore -file a")
    name = dict(line.split() for line in report.splitlines()[3:] if len(line.split()) == 2)
    assert pair.out(facts.format(name[device])) == before
    attributes = dict(
        line.split(":")
        for line in pair.out(f"lsdev -dev {name[device]} -attr -field attribute value -fmt :").splitlines()
    )
    assert (attributes["ctl_chan"], attributes["virt_adapters"]) == (name["ent5"], f"{name['ent9']},{name['ent10']}")
    assert (attributes["accounting"], attributes["queue_size"]) == ("enabled", "4096")


def test_what_a_bridge_needs_and_is_not_there_is_named(pair: Padmin) -> None:
    device = bridged(pair)
    below = pair.out(f"lsdev -dev {device} -attr real_adapter").split()[-1]
    pair.out("viosbr -backup -file a")
    pair.out(f"rmvdev -sea {device}")
    pair.out(f"rmvdev -lnagg {below}")
    with pair.engine.alter() as change:
        change.put(pair.vios("vios1").evolve(free_eth_devs_for_sea=()))
    result = pair.run("viosbr -restore -file a")
    assert result.status == Status.INCOMPLETE
    assert "Unable to deploy or change devices:" in result.stdout
    failed = [line.split()[0] for line in result.stdout.partition("Unable")[2].splitlines()[3:]]
    assert failed[:2] == [below, device]


def test_a_device_that_is_in_use_is_named_before(pair: Padmin) -> None:
    device = made(pair, "vios1")
    pair.out("viosbr -backup -file a")
    pair.out(f"rmvdev -sea {device}")
    pair.out("mkvdev -lnagg ent8")
    validated = pair.run("viosbr -restore -file a -validate")
    assert validated.status == Status.INCOMPLETE
    assert f"{device}                      Ethernet device ent8 does not exist, or it is in use." in validated.stdout


def test_settings_come_back(padmin: Padmin) -> None:
    without_cluster(padmin)
    for command in (*SETTINGS, "hostname gannet7.example.com"):
        padmin.out(command)
    before, kept = digest(padmin.engine), records(padmin)
    padmin.out("viosbr -backup -file a")
    with padmin.engine.alter() as change:
        change.remove(change.get(ViosSettings, padmin.vios("vios1").uuid))
        change.put(padmin.vios("vios1").evolve(hostname="localhost"))
    padmin.out("chdev -dev hdisk5 -attr reserve_policy=no_reserve")
    assert digest(padmin.engine) != before
    padmin.out("viosbr -restore -file a")
    assert digest(padmin.engine) == before
    assert records(padmin) == kept


def test_settings_become_what_they_were(padmin: Padmin) -> None:
    """What differs is set back, what is new stays, and attributes can be left out."""
    padmin.out("motd -overwrite old")
    padmin.out("chdev -dev hdisk5 -attr queue_depth=7")
    padmin.out("viosbr -backup -file a")
    padmin.out("motd -overwrite new")
    padmin.out("loginmsg -overwrite welcome")
    padmin.out("chdev -dev hdisk5 -attr queue_depth=9")
    report = padmin.out("viosbr -restore -file a -skipdevattr")
    assert [line.strip() for line in report.splitlines()[3:]] == ["texts motd                texts motd"]
    assert (padmin.out("motd"), padmin.out("loginmsg")) == ("old\n", "welcome\n")
    assert padmin.out("lsdev -dev hdisk5 -attr queue_depth").split()[-1] == "9"
    padmin.out("viosbr -restore -file a -type attr")
    assert padmin.out("lsdev -dev hdisk5 -attr queue_depth").split()[-1] == "7"


def test_a_node_of_a_cluster_keeps_its_name(padmin: Padmin) -> None:
    padmin.out("viosbr -backup -file a")
    with padmin.engine.alter() as change:
        change.put(padmin.vios("vios1").evolve(hostname="other"))
    result = padmin.run("viosbr -restore -file a")
    assert result.status == Status.INCOMPLETE
    assert "The host name cannot be changed while this server is a node of cluster1." in result.stdout


def test_the_clock_stays_as_it_is(padmin: Padmin) -> None:
    padmin.out("chdate -year 2020")
    padmin.out("viosbr -backup -file a")
    vios = padmin.vios("vios1").uuid
    with padmin.engine.alter() as change:
        change.put(replace(change.get(ViosSettings, vios), clock_offset_s=0))
    padmin.out("viosbr -restore -file a")
    assert padmin.engine.state.get(ViosSettings, vios).clock_offset_s == 0


@pytest.mark.parametrize("kind", ["svea", "ethchannel", "attr", "settings"])
def test_what_was_saved_is_shown(pair: Padmin, kind: str) -> None:
    bridged(pair)
    pair.out("motd -overwrite 'hello world'")
    pair.out("chpath -dev hdisk5 -pdev fscsi0 -op disable")
    pair.out("viosbr -backup -file a")
    shown = " ".join(pair.out(f"viosbr -view -file a -type {kind}").split())
    wanted = {
        "svea": "Virtual Ethernet Adapters: Name Phys Loc ent4",
        "ethchannel": "EtherChannel: Name Mode Adapters ent1 8023ad ent8",
        "attr": "hdisk5 fscsi0 Disabled",
        "settings": "texts motd hello world",
    }
    assert wanted[kind] in shown


def test_a_backup_of_before_is_still_read(padmin: Padmin) -> None:
    """It has neither adapters nor settings."""
    import io
    import json
    import tarfile

    from openlpar.vios.padmin import backup

    padmin.out("motd -overwrite hello")
    padmin.out("viosbr -backup -file a")
    path = padmin.files / "2" / "cfgbackups" / "a.tar.gz"
    saved = backup.opened(path.read_bytes(), "a")
    for name in ("ClientNetworkAdapter", "LinkAggregation", "settings"):
        del saved[name]
    document = json.dumps(saved).encode()
    with tarfile.open(path, "w:gz") as tar:
        entry = tarfile.TarInfo("viosbr.json")
        entry.size = len(document)
        tar.addfile(entry, io.BytesIO(document))
    padmin.out("motd -reset")
    assert padmin.out("viosbr -restore -file a").splitlines()[3:] == []
    padmin.out("viosbr -view -file a")

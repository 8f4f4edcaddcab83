"""profile.bak is written as the tutorial prints it, and read back without loss."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_io import PartitionIOConfiguration, TaggedIO
from openlpar.uom.partition_processors import DedicatedProcessorConfiguration, PartitionProcessorConfiguration
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.wire import profile_bak
from tests.profile_bak import systems

# From the NovaLink tutorial, "Backups". The second line breaks off there, and after its uncap_weight the print has lost
# the equals sign of "\=": that is put back here, every other character is as printed.
HEADER = """\
FILE_VERSION = 0100
CONFIG_VERSION = 0000000000030003
TOD = 1464901557123
MTMS = 8247-21L*212E3CA
SERVICE_PARTITION_ID = 2
PARTITION_CONFIG =
"""
FIRST = (
    r"lpar_id\=1,name\=novalink_212E3CA,lpar_env\=aixlinux,mem_mode\=ded,min_mem\=2048,desired_mem\=2560,max_mem\=16384,"
    r"hpt_ratio\=6,mem_expansion\=0.00,min_procs\=1,desired_procs\=2,max_procs\=10,proc_mode\=shared,"
    r"shared_proc_pool_id\=0,sharing_mode\=uncap,min_proc_units\=0.05,desired_proc_units\=0.50,max_proc_units\=10.00,"
    r"uncap_weight\=128,allow_perf_collection\=0,work_group_id\=none,io_slots\=2101001B/none/0,"
    r'"virtual_eth_adapters\=3/1/1//0/0/0/B2BBCA66F6F1/all/none,6/1/4094//1/0/1/EA08E1233F8A/all/none",'
    r'"virtual_scsi_adapters\=4/client/2/vios1/2/0,5/client/3/vios2/2/0",auto_start\=1,boot_mode\=norm,'
    r"max_virtual_slots\=2000,lpar_avail_priority\=127,lpar_proc_compat_mode\=default"
)
SECOND = (
    r"lpar_id\=2,name\=vios1,lpar_env\=vioserver,mem_mode\=ded,min_mem\=1024,desired_mem\=4096,max_mem\=16384,"
    r"hpt_ratio\=6,mem_expansion\=0.00,min_procs\=2,desired_procs\=2,max_procs\=64,proc_mode\=shared,"
    r"shared_proc_pool_id\=0,sharing_mode\=uncap,min_proc_units\=0.10,desired_proc_units\=1.00,max_proc_units\=10.00,"
    r"uncap_weight\=255,allow_perf_collection\=0,work_group_id\=none,"
    r'"io_slots\=21010013/none/0,21030015/none/0,2104001E/none/0",'
    r'"virtual_eth_adapters\=3/1/1//1/0/0/36BACB2677A6/all/none,6/1/4094//0/0/1/468CA1242EC8/all/none",'
    r"virtual_scsi_adapters\=2/server/1/novalink_212E3CA/4/0,auto_start\=1,boot_mo"
)


def written() -> str:
    return profile_bak.dump(
        systems.GANNET,
        [systems.VIOS2, systems.NOVALINK, systems.VIOS1],
        systems.NETWORKS,
        systems.SCSI,
        (),
        tod=systems.TOD,
    )


def _described(text: str) -> list[str]:
    """The lines that describe partitions."""
    lines = text.splitlines()
    return [line for before, line in itertools.pairwise(lines) if before == "PARTITION_CONFIG ="]


def test_the_tutorials_file() -> None:
    text = written()
    assert text.startswith(HEADER + FIRST + "\nPARTITION_CONFIG =\n" + SECOND)
    assert text.endswith("\n") and text.count("PARTITION_CONFIG =\n") == 3


def test_what_was_written_is_read_and_written_again_alike() -> None:
    text = written()
    backup = profile_bak.load(text)
    assert (backup.mtms, backup.tod, backup.service_id) == ("8247-21L*212E3CA", systems.TOD, 2)
    lines = [profile_bak.described_line(described) for described in backup.partitions]
    assert lines == _described(text)
    kinds = [type(described.partition) for described in backup.partitions]
    assert kinds == [LogicalPartition, VirtualIOServer, VirtualIOServer]


def test_uuids_follow_the_partitions() -> None:
    """After what the tutorial prints of the file; one that has none, as of a genuine NovaLink, is read as well."""
    text = written()
    assert text.splitlines()[11] == f"PARTITION_UUID = 1/{systems.NOVALINK.uuid}"
    read = profile_bak.load(text).partitions[0].partition
    assert (read.name, read.partition_uuid) == ("novalink_212E3CA", systems.NOVALINK.uuid)
    without = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("PARTITION_UUID"))
    assert not profile_bak.load(without).partitions[0].partition.has("partition_uuid")
    with pytest.raises(profile_bak.BadBackup, match="expected 'PARTITION_UUID = ID/UUID'"):
        profile_bak.load(text.replace("PARTITION_UUID = 1/", "PARTITION_UUID = one/"))


def test_switches_are_named() -> None:
    switches = [VirtualSwitch(switch_id=2, mode="Vepa", name="A/B")]
    text = profile_bak.dump(systems.GANNET, [systems.NOVALINK], (), (), (), tod=1, switches=switches)
    assert text.endswith("\nVIRTUAL_SWITCH = 2/Vepa/A/B\n")
    assert profile_bak.load(text).switches == tuple(switches)
    with pytest.raises(profile_bak.BadBackup, match="expected 'VIRTUAL_SWITCH = "):
        profile_bak.load(text.replace("Vepa", "Vlan"))


def test_an_unknown_attribute_is_kept_apart() -> None:
    text = written().replace(r"boot_mode\=norm", r"boot_mode\=norm,colour\=blue\=ish", 1)
    assert profile_bak.load(text).partitions[0].others == (("colour", "blue=ish"),)


def test_dedicated_processors_and_ibm_i() -> None:
    partition = systems.NOVALINK.evolve(
        env="OS400",
        io_config=PartitionIOConfiguration(max_virtual_slots=20, tagged_io=TaggedIO(load_src="NONE", console="HMC")),
        proc_config=PartitionProcessorConfiguration(
            has_dedicated=True,
            sharing_mode="sre idle procs active",
            dedicated_proc_cfg=DedicatedProcessorConfiguration(min=1, desired=2, max=4),
        ),
    )
    text = profile_bak.dump(systems.GANNET, [partition], (), (), (), tod=1)
    assert r"max_procs\=4,proc_mode\=ded,sharing_mode\=share_idle_procs_active,allow_perf" in text
    assert "proc_units" not in text
    assert r"io_slots\=none,auto_start" in text
    assert _described(text)[0].endswith(r"load_source_slot\=none,alt_restart_device_slot\=none,console_slot\=hmc")
    read = profile_bak.load(text).partitions[0].partition
    assert read.proc_config.sharing_mode == "sre idle procs active"
    assert isinstance(read.io_config, PartitionIOConfiguration)
    assert read.io_config.tagged_io.load_src == "NONE"


def test_several_added_vlans_and_fibre_channel_nest_their_quotes() -> None:
    adapter = systems.network(7, 2, 5, 0, 0, "AABBCCDDEEFF").evolve(
        tagged_vlans="10 11", allowed_macs="001122334455", qos_priority=3, qos_priority_enabled=True
    )
    mapping = VirtualFibreChannelMapping(
        client_adapter=VirtualFibreChannelClientAdapter(
            lpar_id=7, lpar_slot_num=8, vios_id=2, vios_slot_num=9, wwpns="C05076000000000A C05076000000000B"
        ),
        server_adapter=VirtualFibreChannelServerAdapter(vios_id=2, vios_slot_num=9, lpar_id=7, lpar_slot_num=8),
    )
    partition = systems.NOVALINK.evolve(id=7, name="a/b=c")
    text = profile_bak.dump(systems.GANNET, [partition, systems.VIOS1], [adapter], (), [mapping], tod=1)
    assert r'"virtual_eth_adapters\=""2/1/5/10,11/0/0/0/AABBCCDDEEFF/001122334455/3"""' in text
    assert r'"virtual_fc_adapters\=""8/client/2/vios1/9/c05076000000000a,c05076000000000b/0"""' in text
    assert r"virtual_fc_adapters\=9/server/7/a/b\=c/8//0" in text
    vios, client = profile_bak.load(text).partitions
    assert client.partition.name == "a/b=c"
    assert client.networks[0].tagged_vlans == "10 11"
    assert client.fc == (profile_bak.Link(8, True, 2, "vios1", 9, False, ("c05076000000000a", "c05076000000000b")),)
    assert vios.fc == (profile_bak.Link(9, False, 7, "a/b=c", 8, False),)


def test_a_server_adapter_for_any_partition() -> None:
    mapping = systems.scsi(2, 5, profile_bak.ANY_PARTITION, profile_bak.ANY_PARTITION).evolve(client_adapter=None)
    text = profile_bak.dump(systems.GANNET, [systems.VIOS1], (), [mapping], (), tod=1)
    assert r"virtual_scsi_adapters\=5/server/any//any/0" in text
    assert profile_bak.load(text).partitions[0].scsi == (
        profile_bak.Link(5, False, profile_bak.ANY_PARTITION, "", None, False),
    )


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("TOD = 1464901557123\n", "", "there is no line 'TOD = …'"),
        ("TOD = 1464901557123", "TOD = noon", "whole numbers"),
        ("FILE_VERSION = 0100", "FILE_VERSION = 0200", "only 0100 can be read"),
        ("PARTITION_CONFIG =\n", "", "line 6: expected 'NAME = value'"),
        (r"min_mem\=2048", r"min_mem\=lots", "line 7: PartitionMemoryConfiguration.MinimumMemory: 'lots'"),
        (r"min_mem\=2048", "min_mem", "line 7: 'min_mem' is not an attribute"),
        (r"lpar_env\=aixlinux", r"lpar_env\=toaster", "line 7: lpar_env is 'toaster', not one of aixlinux"),
        ("4/client/2/vios1/2/0", "4/client", "line 7: '4/client' is not of the form"),
        ("3/1/1//0/0/0/B2BBCA66F6F1/all/none", "3/1/1", "line 7: virtual_eth_adapters: '3/1/1' has 3 parts"),
        ('"virtual_scsi', '"virtual"scsi', "line 7: the quotes do not match"),
        (r"name\=novalink_212E3CA,", "", "line 7: a partition without name"),
    ],
)
def test_a_broken_file_is_refused_by_line(before: str, after: str, complaint: str) -> None:
    text = written().replace(before, after, 1)
    with pytest.raises(profile_bak.BadBackup) as refused:
        profile_bak.load(text)
    assert complaint in str(refused.value)


NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="()\\<>*$&?|[]'\"`"), min_size=1)


@given(name=NAMES, other=NAMES, vlans=st.lists(st.integers(1, 4094), max_size=4), units=st.integers(5, 1000))
def test_names_and_lists_survive(name: str, other: str, vlans: list[int], units: int) -> None:
    partition = systems.NOVALINK.evolve(name=name)
    shared = partition.proc_config.shared_proc_cfg.evolve(desired_units=Decimal(units) / 100)
    partition = partition.evolve(proc_config=partition.proc_config.evolve(shared_proc_cfg=shared))
    adapter: ClientNetworkAdapter = systems.NETWORKS[0].evolve(tagged_vlans=" ".join(map(str, vlans)))
    servers = [systems.VIOS1.evolve(name=other)]
    text = profile_bak.dump(systems.GANNET, [partition, *servers], [adapter], systems.SCSI[:1], (), tod=1)
    first, second = profile_bak.load(text).partitions
    assert (first.partition.name, second.partition.name) == (name, other)
    assert first.scsi[0].remote_name == other
    assert first.partition.proc_config.shared_proc_cfg.desired_units == Decimal(units) / 100
    assert first.networks[0].tagged_vlans == " ".join(map(str, vlans))
    assert [profile_bak.described_line(one) for one in (first, second)] == _described(text)

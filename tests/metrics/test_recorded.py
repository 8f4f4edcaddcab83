"""Recorded systems can be measured: whatever they have, or lack, the documents are whole."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from openlpar import ops
from openlpar.hypervisor.sim.meter import WorkloadMeter
from openlpar.ops.metrics.survey import Surveyor, survey_of
from openlpar.ports.records import Surveyed
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import AdapterKind, MeteredAdapter, Rates, Survey
from openlpar.wire.pcm import processed, raw
from tests.inventory.test_recordings import SYSTEMS, loaded
from tests.inventory.worlds import completed, gannet, state
from tests.wire.recordings import folder

NOON = 1_700_000_000_000 // 30_000 * 30_000


def world_of(*names: str) -> Any:
    ops.load()
    recording = loaded(*names)
    return state(completed(recording), recording.recorded)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_recorded_system_can_be_measured(name: str) -> None:
    world = world_of(name)
    survey = survey_of(world)
    keys = [key for key, _, _ in survey.places()]
    assert not [key for key, count in Counter(keys).items() if count > 1], "measured twice"
    known = set(keys)
    assert all(set(one.carried_by) <= known for partition in survey.partitions for one in partition.adapters)
    row = WorkloadMeter(1).used(world, survey, NOON, NOON + 30_000)
    assert len(row) == survey.width and min(row) >= 0
    shown = raw.Shown(survey, NOON, 30_000, row)
    documents = [raw.hypervisor_document(shown), raw.systems_document(shown, {})]
    documents += [raw.server_document(shown, one, 1) for one in survey.partitions if one.vios]
    rates = Rates(survey, NOON, ([value / 30 for value in row],))
    documents += [processed.system_document([rates], 30), {"usage": processed.usage(rates)}]
    documents += [processed.partition_document([rates], 30, one.uuid) for one in survey.partitions if not one.vios]
    for document in documents:
        assert json.loads(msgspec.json.encode(document)) == document


@pytest.mark.parametrize("name", ["managedsystem.txt", "fake_vios_ssp_npiv.txt", "nbbr_network_bridge.txt"])
def test_a_survey_survives_the_store(name: str) -> None:
    surveyed = Surveyed(uuid="x", survey=survey_of(world_of(name)))
    assert msgspec.json.decode(msgspec.json.encode(surveyed), type=Surveyed) == surveyed


def test_fibre_channel_is_counted_at_the_port_that_carries_it() -> None:
    survey = survey_of(world_of("fake_vios_ssp_npiv.txt"))
    guests = [one for partition in survey.partitions for one in partition.adapters if one.kind == AdapterKind.VFC]
    assert guests and all(len(one.wwpns) == 2 for one in guests)
    assert any(one.carried_by for one in guests)


def test_a_survey_is_made_anew_only_after_a_change() -> None:
    world = world_of("lpar.txt")
    surveyor = Surveyor()
    first, name = surveyor.survey(world)
    assert surveyor.survey(world)[0] is first
    lpar = next(world.all(LogicalPartition))
    world.swap(LogicalPartition, lpar.uuid, lpar.evolve(name="renamed"))
    second, other = surveyor.survey(world)
    assert name != other and "renamed" in {one.name for one in second.partitions}


# shapes


def _recorded(name: str) -> Any:
    """The JSON document of a recording."""
    place = folder()
    assert place is not None
    text = (place / name).read_text()
    return json.loads(text.partition("BODY{")[2].partition("END OF SECTION")[0].strip().rstrip("}").strip() + "}")


def _keys(document: Any, prefix: str = "") -> set[str]:
    """Paths of all keys; things in lists together."""
    if isinstance(document, dict):
        return {f"{prefix}{key}" for key in document} | {
            inside for key, value in document.items() for inside in _keys(value, f"{prefix}{key}/")
        }
    if isinstance(document, list):
        return {inside for item in document for inside in _keys(item, prefix)}
    return set()


# What recordings have and we do not, and why.
NOT_SHOWN = {
    "the firmware's own spelling, beside wwpnPair": {"storage/virtualFiberChannelAdapters/wwpnpair"},
    "counted at the ports": {
        f"storage/sharedStoragePools/{name}" for name in ("numOfReads", "numOfWrites", "readBytes", "writeBytes")
    },
}


def _with_fibre_channel(survey: Survey) -> Survey:
    """A partition has a virtual Fibre Channel adapter, too."""
    client, server, *others = survey.partitions
    port = next(one for one in server.adapters if one.kind == AdapterKind.FC)
    made = MeteredAdapter(
        key="vfchost0",
        kind=AdapterKind.VFC,
        client=client.uuid,
        carried_by=(port.key,),
        wwpns=("c05076065a7c02e4",) * 2,
    )
    return replace(survey, partitions=(client, replace(server, adapters=(*server.adapters, made)), *others))


def _shown() -> tuple[set[str], set[str], set[str]]:
    """Keys of all documents of the hypervisor, of Virtual I/O Servers and of partitions, over all recorded systems."""
    system, servers, partitions = set[str](), set[str](), set[str]()
    for survey in (*(survey_of(world_of(name)) for name in SYSTEMS), _with_fibre_channel(survey_of(state(gannet())))):
        shown = raw.Shown(survey, NOON, 30_000, [0] * survey.width)
        system |= _keys(raw.hypervisor_document(shown))
        partitions |= _keys(raw.systems_document(shown, {}))
        for one in survey.partitions:
            if one.vios:
                servers |= _keys(raw.server_document(shown, one, 1))
    return system, servers, partitions


def test_raw_documents_have_the_keys_of_the_recordings() -> None:
    places = ("phyp_pcm_data.txt", "vios_pcm_data.txt", "lpar_pcm_data.txt")
    for ours, name in zip(_shown(), places, strict=True):
        recorded = _keys(_recorded(name))
        unknown = {key for key in ours - recorded if not key.startswith("systemUtil/utilSample/viosUtil/storage")}
        assert not unknown, f"{name} has none of these"
        left_out = {key for key in recorded - ours if not any(key.endswith(tuple(keys)) for keys in NOT_SHOWN.values())}
        assert not left_out, f"{name} has these too"

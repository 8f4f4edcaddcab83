"""Building, creating, resizing, renaming and deleting partitions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pypowervm
from lxml import etree
from pypowervm import entities
from pypowervm import exceptions as exc
from pypowervm.tasks import power
from pypowervm.utils import validation
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import logical_partition, virtual_io_server

from .site import Site, raises

BUILDER_SECTIONS = Path(pypowervm.__file__).parent / "tests/data/lpar_builder.txt"


def a_shared_uncapped_partition_comes_back_as_built(site: Site) -> None:
    wishes = {
        "min_vcpu": 1, "vcpu": 2, "max_vcpu": 4, "min_proc_units": 0.1, "proc_units": 0.4, "max_proc_units": 2,
        "uncapped_weight": 200, "min_mem": 512, "memory": 2048, "max_mem": 4096, "max_io_slots": 70, "avail_priority": 99,
    }  # fmt: skip
    with site.partition("shared", **wishes) as lpar:
        shared = lpar.proc_config.shared_proc_cfg
        assert (shared.min_virtual, shared.desired_virtual, shared.max_virtual) == (1, 2, 4)
        assert (shared.min_units, shared.desired_units, shared.max_units) == (0.1, 0.4, 2.0)
        assert (lpar.proc_config.sharing_mode, shared.uncapped_weight, shared.pool_id) == ("uncapped", 200, 0)
        memory = lpar.mem_config
        assert (memory.min, memory.desired, memory.max) == (512, 2048, 4096)
        assert (lpar.io_config.max_virtual_slots, lpar.avail_priority) == (70, 99)
        assert lpar.state == bp.LPARState.NOT_ACTIVATED and lpar.rmc_state == bp.RMCState.INACTIVE
        assert lpar.id > 3 and lpar.uuid == lpar.uuid.upper() and lpar.env == bp.LPARType.AIXLINUX
        assert logical_partition.LPAR.get(site.adapter, uuid=lpar.uuid).etag == lpar.etag


def a_shared_capped_partition_comes_back_as_built(site: Site) -> None:
    with site.partition("capped", proc_units=1, vcpu=2, sharing_mode=bp.SharingMode.CAPPED) as lpar:
        assert lpar.proc_config.sharing_mode == bp.SharingMode.CAPPED
        assert lpar.proc_config.shared_proc_cfg.desired_units == 1.0
        assert not lpar.proc_config.has_dedicated


def a_dedicated_partition_comes_back_as_built(site: Site) -> None:
    wishes = {"dedicated_proc": True, "min_vcpu": 1, "vcpu": 2, "max_vcpu": 3}
    for mode in bp.DedicatedSharingMode.ALL_VALUES:
        with site.partition("dedicated", sharing_mode=mode, **wishes) as lpar:
            dedicated = lpar.proc_config.dedicated_proc_cfg
            assert lpar.proc_config.has_dedicated and lpar.proc_config.sharing_mode == mode
            assert (dedicated.min, dedicated.desired, dedicated.max) == (1, 2, 3)


def an_ibmi_partition_comes_back_as_built(site: Site) -> None:
    with site.partition("ibmi", env=bp.LPARType.OS400, console="HMC", load_src="5", alt_load_src="NONE") as lpar:
        tagged = lpar.io_config.tagged_io
        assert lpar.env == bp.LPARType.OS400
        assert (tagged.console, tagged.load_src, tagged.alt_load_src) == ("HMC", "5", "NONE")


def a_virtual_io_server_can_be_built_and_deleted(site: Site) -> None:
    made = site.built("vios9", env=bp.LPARType.VIOS).create(parent=site.system())
    assert isinstance(made, virtual_io_server.VIOS)
    assert made.state == bp.LPARState.NOT_ACTIVATED
    assert virtual_io_server.VIOS.search(site.adapter, name="vios9", one_result=True).uuid == made.uuid
    made.delete()
    assert virtual_io_server.VIOS.search(site.adapter, name="vios9") == []


def a_partition_gets_the_uuid_and_id_it_asks_for(site: Site) -> None:
    uuid = "089FFB20-5D19-4A8C-BB80-13650627D985"
    with site.partition("chosen", uuid=uuid, id=77) as lpar:
        assert (lpar.uuid, lpar.id) == (uuid, 77)
        with raises(exc.HttpError, "chosen"):
            site.built("second", id=77).create(parent=site.system())
        with raises(exc.HttpError, uuid):
            site.built("second", uuid=uuid).create(parent=site.system())


def a_partition_may_be_created_below_the_system_or_as_a_root(site: Site) -> None:
    made = site.built("rooted").create()
    assert f"/LogicalPartition/{made.uuid}" in made.href
    made.delete()


def a_partition_takes_a_free_slot_and_gives_it_back(site: Site) -> None:
    def owner(index: int) -> Any:
        return {slot.drc_index: slot for slot in site.system().asio_config.io_slots}[index].part_uuid

    free = next(slot for slot in site.system().asio_config.io_slots if not slot.part_uuid)
    wish = bp.IOSlot.bld(site.adapter, False, free.drc_index, required=False)
    with site.partition("slotted", phys_io_slots=[wish]) as lpar:
        (slot,) = lpar.io_config.io_slots
        assert (slot.drc_index, slot.drc_name) == (free.drc_index, free.drc_name)
        assert owner(free.drc_index) == lpar.uuid
        lpar.io_config.io_slots = []
        lpar = lpar.update()
        assert not lpar.io_config.io_slots and not owner(free.drc_index)
        taken = next(slot for slot in site.system().asio_config.io_slots if slot.part_name == "vios1")
        lpar.io_config.io_slots = [bp.IOSlot.bld(site.adapter, False, taken.drc_index)]
        with raises(exc.HttpError, "vios1"):
            lpar.update()


def every_section_of_the_builders_own_data_is_accepted(site: Site) -> None:
    free = [str(slot.drc_index) for slot in site.system().asio_config.io_slots if not slot.part_uuid]
    for name, text in _sections():
        for placeholder, index in zip(("12345", "54321"), free, strict=False):
            text = text.replace(placeholder, index)
        sent = etree.fromstring(text)
        kind = etree.QName(sent).localname
        body = entities.Element.wrapelement(copy.deepcopy(sent), site.adapter)
        answer = site.adapter.create(body, "ManagedSystem", site.system().uuid, kind)
        made = (virtual_io_server.VIOS if kind == "VirtualIOServer" else logical_partition.LPAR).wrap(answer)
        for path, value in _leaves(sent):
            came = made.element.findtext(path)
            assert _same(value, came), f"section {name}: {path} is {came!r}, sent was {value!r}"
        made.delete()


def _sections() -> Iterator[tuple[str, str]]:
    name = ""
    lines: list[str] = []
    for line in BUILDER_SECTIONS.read_text().splitlines():
        if line.startswith("SECTION:"):
            name, lines = line.partition(":")[2], []
        elif line == "END OF SECTION":
            yield name, "\n".join(lines)
        else:
            lines.append(line)


def _leaves(element: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for child in element:
        name = etree.QName(child).localname
        place = f"{path}/{name}" if path else name
        if name == "Metadata" or name == "ProfileIOSlot":
            continue  # slots come back in the order of the system
        if len(child):
            yield from _leaves(child, place)
        elif child.text and child.text.strip():
            yield place, child.text.strip()


def _same(sent: str, came: str | None) -> bool:
    try:
        return Decimal(sent) == Decimal(came or "")
    except InvalidOperation:
        return sent == came


def a_partition_that_is_off_can_be_resized_and_renamed(site: Site) -> None:
    with site.partition("small", memory=1024) as lpar:
        wish = site.built(
            "large", memory=4096, min_mem=1024, max_mem=8192, vcpu=2, max_vcpu=4, proc_units=1, max_proc_units=4
        )
        validation.LPARWrapperValidator(wish, site.system(), cur_lpar_w=lpar).validate_all()
        lpar.mem_config = wish.mem_config
        lpar.proc_config = wish.proc_config
        lpar.name = "large"
        lpar.bootmode = bp.BootMode.SMS
        lpar.keylock_pos = bp.KeylockPos.MANUAL
        lpar.avail_priority = 200
        made = lpar.update(force=True)
        assert (made.name, made.mem_config.desired, made.mem_config.max) == ("large", 4096, 8192)
        assert made.proc_config.shared_proc_cfg.desired_units == 1.0
        found = (made.bootmode, made.keylock_pos, made.avail_priority)
        assert found == (bp.BootMode.SMS, bp.KeylockPos.MANUAL, 200), found
        again = site.lpar("large")
        assert again.uuid == lpar.uuid and again.etag == made.etag != lpar.etag
        assert logical_partition.LPAR.search(site.adapter, name="small") == []


def a_partition_that_is_off_can_change_from_shared_to_dedicated_processors(site: Site) -> None:
    with site.partition("changing") as lpar:
        wish = site.built("changing", dedicated_proc=True, vcpu=2, max_vcpu=3)
        lpar.proc_config = wish.proc_config
        lpar = lpar.update()
        assert lpar.proc_config.has_dedicated and lpar.proc_config.dedicated_proc_cfg.desired == 2
        lpar.proc_config = site.built("changing", vcpu=3).proc_config
        lpar = lpar.update()
        assert not lpar.proc_config.has_dedicated and lpar.proc_config.shared_proc_cfg.desired_virtual == 3


def a_running_partition_grows_and_shrinks_by_dlpar(site: Site) -> None:
    sizes = {
        "min_mem": 1024,
        "memory": 2048,
        "max_mem": 4096,
        "max_vcpu": 4,
        "min_proc_units": 0.1,
        "max_proc_units": 2,
    }
    with site.partition("dynamic", **sizes) as lpar:
        power.power_on(lpar, None)
        lpar = lpar.refresh()
        assert (lpar.state, lpar.rmc_state) == ("running", "active"), (lpar.state, lpar.rmc_state)
        assert lpar.can_modify_mem() == (True, None) and lpar.can_modify_proc() == (True, None)
        for memory, vcpus, units in ((4096, 4, 2.0), (1024, 1, 0.1)):
            wish = copy.deepcopy(lpar)
            wish.mem_config.desired = memory
            shared = wish.proc_config.shared_proc_cfg
            shared.desired_virtual, shared.desired_units = vcpus, units
            validation.LPARWrapperValidator(wish, site.system(), cur_lpar_w=lpar).validate_all()
            lpar = wish.update()
            shared = lpar.proc_config.shared_proc_cfg
            assert (lpar.mem_config.desired, shared.desired_virtual, shared.desired_units) == (memory, vcpus, units)
            assert lpar.mem_config.current == memory, lpar.mem_config.current
        free = site.system().memory_free
        lpar.mem_config.desired = 2048
        lpar = lpar.update()
        assert site.system().memory_free == free - 1024


def a_running_partition_keeps_its_bounds(site: Site) -> None:
    with site.partition("bound", memory=1024, max_mem=2048) as lpar:
        power.power_on(lpar, None)
        lpar = lpar.refresh()
        wish = copy.deepcopy(lpar)
        wish.mem_config.max = 4096
        with raises(exc.HttpError, "powered off"):
            wish.update()
        with raises(validation.ValidatorException, "powered off"):
            validation.LPARWrapperValidator(wish, site.system(), cur_lpar_w=lpar).validate_all()
        wish = copy.deepcopy(lpar)
        wish.mem_config.desired = 4096
        with raises(exc.HttpError, "bound"):
            wish.update()
        assert lpar.refresh().mem_config.max == 2048


def the_clients_own_checks_know_the_systems_limits(site: Site) -> None:
    system = site.system()
    wish = site.built("fits")
    validation.LPARWrapperValidator(wish, system).validate_all()
    wish.mem_config.desired = wish.mem_config.max = system.memory_free + 256
    with raises(validation.ValidatorException, "memory"):
        validation.LPARWrapperValidator(wish, system).validate_all()
    wish = site.built("busy", vcpu=64, proc_units=50, max_proc_units=50)
    with raises(validation.ValidatorException):
        validation.LPARWrapperValidator(wish, system).validate_all()


def a_running_partition_cannot_be_deleted(site: Site) -> None:
    with site.partition("alive") as lpar:
        power.power_on(lpar, None)
        with raises(exc.HttpError, "[PVME01050010-0056] This task is only allowed when the partition is powered off."):
            lpar.refresh().delete()
        assert site.lpar("alive").state == bp.LPARState.RUNNING


def a_deleted_partition_is_not_found(site: Site) -> None:
    with site.partition("briefly") as lpar:
        uuid = lpar.uuid
    with raises(exc.HttpNotFound, uuid):
        logical_partition.LPAR.get(site.adapter, uuid=uuid)
    with raises(exc.HttpNotFound, uuid):
        lpar.update()
    with raises(exc.HttpNotFound, uuid):
        lpar.delete()

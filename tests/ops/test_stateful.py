"""Partitions, adapters and storage through thousands of operations, restarts and crashes, beside a tiny reference model.

Each rule asks the model whether the operation is allowed, runs it, and tells the model when it was done. A refusal changes
nothing. After each rule the system has to agree with the model and with itself (``agreement``).
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from openlpar.engine import engine
from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure, general
from openlpar.ops.core import Operation
from openlpar.ports.records import Fault, Job
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIStorage
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualOpticalMedia, VolumeGroup
from tests.closing.gannet import FREE_SLOT, LONG_MS, OTHER_SLOT, Gannet, gannet, request
from tests.closing.samples import adapter, mapped, scsi, vfc
from tests.ops.agreement import check_agreement
from tests.ops.reference_model import Carried, Lent, Model, Partition
from tests.ops.small_system import digest, wished
from tests.ops.tight_system import MEMORY_MB, PORTS_EACH, tight

T = TypeVar("T")
NAMES = ("vm1", "vm2", "vm3", "vm4")
VIOSES = ("vios1", "vios2")
STORAGE = ("a", "b", "c")
PORTS = ("fcs0", "fcs1")
SLOTS = (FREE_SLOT, OTHER_SLOT)

any_name = st.sampled_from(NAMES)
any_vios = st.sampled_from(VIOSES)
any_storage = st.sampled_from(STORAGE)
any_number = st.integers(0, 11)


class ManagedSystemMachine(RuleBasedStateMachine):
    """The system on disk, its model, and everything that is done to both."""

    @initialize(runs=st.booleans())
    def begin(self, runs: bool) -> None:
        """Two partitions, of which one may run."""
        self.folder = Path(tempfile.mkdtemp(prefix="stateful"))
        self.loop = asyncio.new_event_loop()
        self.house = Gannet(self.folder, tight())
        self.wait(self.house.engine.start())
        self.model = self.first_model()
        for name in NAMES[:2]:
            self.create(name, 16, 0)
        if runs:
            self.power_on(0, "norm")
            self.time_passes(LONG_MS)

    def first_model(self) -> Model:
        state, memory = self.house.state, self.house.only(ManagedSystem).memory_config
        others = [*state.all(LogicalPartition), *state.all(VirtualIOServer)]
        tables = sum(one.mem_config.current_max >> one.mem_config.current_hpt_ratio for one in others)
        pool = self.house.only(SharedStoragePool)
        return Model(
            memory_mb=memory.memory_configurable - memory.firmware_memory - sum(o.mem_config.current for o in others),
            tables_mb=tables,
            disk_gb={vios: int(self.group(vios).free_space) for vios in VIOSES},
            media_gb=int(self.repository().size),
            pool_gb=int(pool.free_space),
            ports_each=PORTS_EACH,
            slots=dict.fromkeys(SLOTS, ""),
        )

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.wait(self.house.engine.stop())
            self.loop.close()
            shutil.rmtree(self.folder)

    # doing

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    def attempt(self, operation: Operation, allowed: bool) -> bool:
        """Runs an operation, which must succeed just when it is allowed. Whether it was done."""
        before = digest(self.house.engine)
        try:
            self.wait(self.house.engine.run(operation))
        except Failure as failure:
            note(f"refused: {failure}")
            assert not allowed, f"the model allows {operation.name}, but: {failure}"
            assert failure.message is not general.INTERNAL, failure
            assert digest(self.house.engine) == before, f"{operation.name} was refused and changed something"
            return False
        assert allowed, f"the model refuses {operation.name}, but it was done"
        return True

    def job(self, uuid: str, name: str, allowed: bool, **parameters: str) -> bool:
        """Submits a power job and lets it begin. Whether it was accepted."""
        submitted = self.wait(self.house.jobs.submit("LogicalPartition", uuid, name, parameters, NOBODY))
        before = digest(self.house.engine)
        self.wait(self.house.engine.step(0))
        job = self.house.state.get(Job, submitted.uuid)
        refused = job.status == "COMPLETED_WITH_ERROR"
        assert refused is not allowed, f"{name}: {job.message or 'was done'}"
        if refused and all(partition.settled for partition in self.model.partitions.values()):
            assert digest(self.house.engine) == before
        return not refused

    # finding

    def chosen(self, number: int) -> str:
        """The uuid of one of our partitions; "" when there is none."""
        return sorted(self.model.partitions, key=self.name_of)[number % len(self.model.partitions)]

    def name_of(self, uuid: str) -> str:
        return self.model.partitions[uuid].name

    def seen(self, uuid: str) -> LogicalPartition:
        return self.house.partition(self.name_of(uuid))  # type: ignore[no-any-return]

    def group(self, vios: str) -> VolumeGroup:
        return self.house.below(VolumeGroup, vios, name="datavg")  # type: ignore[no-any-return]

    def repository(self) -> Any:
        return self.house.below(VolumeGroup, "vios1", name="rootvg").vmedia_repos[0]

    def is_off(self, uuid: str) -> bool:
        return self.seen(uuid).state == "not activated"

    def is_active(self, uuid: str) -> bool:
        return not self.is_off(uuid)

    def takes_io(self, uuid: str) -> bool:
        """Whether adapters and slots can come and go: it is off, or runs with RMC."""
        seen = self.seen(uuid)
        return self.is_off(uuid) or (seen.state == "running" and seen.rmc_state == "active")

    def fresh(self, kind: type[Any], known: dict[str, Any]) -> Any:
        """The one object below a Virtual I/O Server or partition of ours that the model does not know yet."""
        ours = {*self.model.partitions, *(self.house.partition(vios).uuid for vios in VIOSES)}
        first = {obj.uuid for obj in gannet() if isinstance(obj, kind)}
        new = [
            o for o in self.house.state.all(kind) if o.uuid not in known and o.uuid not in first and o.parent in ours
        ]
        assert len(new) == 1, new
        return new[0]

    def has_partition(self) -> bool:
        return hasattr(self, "model") and bool(self.model.partitions)

    # partitions

    @rule(name=any_name, blocks=st.sampled_from([1, 4, 16, 32, 200]), odd_mb=st.sampled_from([0, 0, 0, 1]))
    def create(self, name: str, blocks: int, odd_mb: int) -> None:
        memory_mb = blocks * 256 + odd_mb
        wish = wished(name, memory_mb, parent=self.house.only(ManagedSystem).uuid)
        wish = wish.evolve(mem_config=wish.mem_config.evolve(min=256, max=2 * memory_mb))
        allowed = not self.model.has_name(name) and not odd_mb and 2 * memory_mb <= MEMORY_MB
        operation = request("create", wish)
        if self.attempt(operation, allowed):
            assert operation.subject is not None
            self.model.partitions[operation.subject[1]] = Partition(name, memory_mb, 2 * memory_mb)

    @precondition(has_partition)
    @rule(number=any_number, name=any_name)
    def rename(self, number: int, name: str) -> None:
        uuid = self.chosen(number)
        partition = self.model.partitions[uuid]
        allowed = name == partition.name or not self.model.has_name(name)
        if self.attempt(request("update", self.seen(uuid).evolve(name=name)), allowed):
            partition.name = name

    @precondition(has_partition)
    @rule(number=any_number, blocks=st.sampled_from([1, 2, 8, 32, 300]))
    def resize(self, number: int, blocks: int) -> None:
        uuid, memory_mb = self.chosen(number), blocks * 256
        partition, seen = self.model.partitions[uuid], self.seen(uuid)
        same = memory_mb == partition.desired_mb
        allowed = partition.is_size(memory_mb)
        if self.is_active(uuid):
            more_mb = memory_mb - partition.held_mb
            allowed = allowed and self.takes_io(uuid) and more_mb <= max(0, self.free_memory_mb())
        wish = seen.evolve(mem_config=seen.mem_config.evolve(desired=memory_mb))
        if self.attempt(request("update", wish), same or allowed) and not same:
            partition.desired_mb = memory_mb
            if self.is_active(uuid):
                partition.held_mb = memory_mb

    @precondition(has_partition)
    @rule(number=any_number)
    def delete(self, number: int) -> None:
        uuid = self.chosen(number)
        if self.attempt(request("delete", self.seen(uuid)), self.is_off(uuid)):
            self.model.delete_partition(uuid)

    def free_memory_mb(self) -> int:
        return self.model.free_memory_mb(self.is_active)

    @precondition(has_partition)
    @rule(number=any_number, mode=st.sampled_from(["norm", "norm", "sms"]))
    def power_on(self, number: int, mode: str) -> None:
        self.wait(self.house.engine.step(0))  # what is due comes first
        uuid = self.chosen(number)
        partition = self.model.partitions[uuid]
        granted = self.model.granted_mb(partition, self.free_memory_mb())
        if self.job(uuid, "PowerOn", allowed=self.is_off(uuid) and granted > 0, bootmode=mode):
            partition.held_mb = granted
            partition.wanted, partition.settled = ("running" if mode == "norm" else "firmware"), False

    @precondition(has_partition)
    @rule(
        number=any_number,
        how=st.sampled_from(["shutdown", "osshutdown", "dumprestart"]),
        immediate=st.booleans(),
        restart=st.booleans(),
    )
    def power_off(self, number: int, how: str, immediate: bool, restart: bool) -> None:
        self.wait(self.house.engine.step(0))
        uuid = self.chosen(number)
        allowed = self.is_active(uuid) and (how != "osshutdown" or self.seen(uuid).rmc_state == "active")
        words = {"operation": how, "immediate": str(immediate).lower(), "restart": str(restart).lower()}
        if self.job(uuid, "PowerOff", allowed=allowed, **words):
            partition = self.model.partitions[uuid]
            again = restart or how == "dumprestart"
            partition.wanted, partition.settled = ("running" if again else "off"), False

    @rule(ms=st.sampled_from([500, 2_000, 9_000, 12_500, LONG_MS, LONG_MS]))
    def time_passes(self, ms: int) -> None:
        self.wait(self.house.engine.step(ms))
        if ms == LONG_MS:
            for partition in self.model.partitions.values():
                partition.settled = True

    # adapters and slots

    @precondition(has_partition)
    @rule(number=any_number, vlan=st.sampled_from([1, 7, 4094, 4095]))
    def add_adapter(self, number: int, vlan: int) -> None:
        uuid = self.chosen(number)
        operation = request("create", adapter(uuid, pvid=vlan))
        if self.attempt(operation, self.takes_io(uuid) and vlan < 4095):
            assert operation.subject is not None
            self.model.adapters[operation.subject[1]] = (uuid, vlan)

    @precondition(lambda self: bool(self.has_partition() and self.model.adapters))
    @rule(number=any_number)
    def remove_adapter(self, number: int) -> None:
        key = list(self.model.adapters)[number % len(self.model.adapters)]
        found = self.house.state.get(ClientNetworkAdapter, key)
        if self.attempt(request("delete", found), self.takes_io(self.model.adapters[key][0])):
            del self.model.adapters[key]

    @precondition(has_partition)
    @rule(number=any_number, wanted=st.sets(st.sampled_from(SLOTS)))
    def give_slots(self, number: int, wanted: set[int]) -> None:
        """Exactly these, so that others it has go."""
        uuid, owners = self.chosen(number), self.model.slots
        has = {index for index, owner in owners.items() if owner == uuid}
        free = all(owners[index] in ("", uuid) for index in wanted)
        seen = self.seen(uuid)
        entries = [ProfileIOSlot(slot=AssociatedIOSlot(drc_index=index)) for index in sorted(wanted)]
        operation = request("update", seen.evolve(io_config=seen.io_config.evolve(io_slots=entries)))
        if self.attempt(operation, free and (wanted == has or self.takes_io(uuid))):
            for index in SLOTS:
                if index in wanted:
                    owners[index] = uuid
                elif owners[index] == uuid:
                    owners[index] = ""

    # storage

    @rule(
        kind=st.sampled_from(["disk", "medium", "unit"]),
        vios=any_vios,
        name=any_storage,
        size=st.sampled_from([1, 2, 3]),
    )
    def make_storage(self, kind: str, vios: str, name: str, size: int) -> None:
        """Of size 1 it is small, of 3 it fits only once."""
        if kind == "disk":
            self.make_disk(vios, name, {1: 1, 2: 90, 3: 150}[size])
        elif kind == "medium":
            self.make_medium(name, {1: 1, 2: 8, 3: 15}[size])
        else:
            self.make_unit(name, {1: 1, 2: 200, 3: 300}[size], thin=vios == "vios1")

    def make_disk(self, vios: str, name: str, gb: int) -> None:
        group = self.group(vios)
        wish = group.evolve(virtual_disks=[*group.virtual_disks, VirtualDisk(name=name, capacity=Decimal(gb))])
        allowed = (vios, name) not in self.model.disks and gb <= self.model.free_disk_gb(vios)
        if self.attempt(request("update", wish), allowed):
            self.model.disks[vios, name] = gb

    def make_medium(self, name: str, gb: int) -> None:
        media = [*self.repository().optical_media, VirtualOpticalMedia(name=name, size=Decimal(gb))]
        allowed = name not in self.model.media and gb <= self.model.free_media_gb()
        if self.attempt(self.with_media(media), allowed):
            self.model.media[name] = gb

    def make_unit(self, name: str, gb: int, thin: bool) -> None:
        wish = LogicalUnit(parent=self.house.only(Tier).uuid, name=name, capacity=Decimal(gb), is_thin=thin)
        fits = self.model.free_pool_gb() > 0 if thin else gb <= self.model.free_pool_gb()
        if self.attempt(request("create", wish), fits and name not in self.model.units):
            self.model.units[name] = (gb, thin)

    @rule(number=any_number, grown_gb=st.sampled_from([1, 100]))
    def grow_disk(self, number: int, grown_gb: int) -> None:
        if not self.model.disks:
            return
        vios, name = sorted(self.model.disks)[number % len(self.model.disks)]
        group = self.group(vios)
        disks = [d.evolve(capacity=d.capacity + grown_gb) if d.name == name else d for d in group.virtual_disks]
        allowed = grown_gb <= self.model.free_disk_gb(vios)
        if self.attempt(request("update", group.evolve(virtual_disks=disks)), allowed):
            self.model.disks[vios, name] += grown_gb

    @rule(number=any_number, by_pool=st.booleans())
    def delete_storage(self, number: int, by_pool: bool) -> None:
        there: list[Any] = [*sorted(self.model.disks), *sorted(self.model.media), *sorted(self.model.units)]
        if not there:
            return
        chosen = number % len(there)
        if chosen < len(self.model.disks):
            self.delete_disk(*there[chosen])
        elif chosen < len(self.model.disks) + len(self.model.media):
            self.delete_medium(there[chosen])
        else:
            self.delete_unit(there[chosen], by_pool)

    def delete_disk(self, vios: str, name: str) -> None:
        group = self.group(vios)
        wish = group.evolve(virtual_disks=[disk for disk in group.virtual_disks if disk.name != name])
        if self.attempt(request("update", wish), not self.model.is_lent("disk", name, vios)):
            del self.model.disks[vios, name]

    def delete_medium(self, name: str) -> None:
        media = [medium for medium in self.repository().optical_media if medium.name != name]
        if self.attempt(self.with_media(media), not self.model.is_lent("medium", name)):
            del self.model.media[name]

    def with_media(self, media: list[VirtualOpticalMedia]) -> Operation:
        root = self.house.below(VolumeGroup, "vios1", name="rootvg")
        return request("update", root.evolve(vmedia_repos=[self.repository().evolve(optical_media=media)]))

    def delete_unit(self, name: str, by_pool: bool) -> None:
        """Itself, or by sending the pool back without it."""
        operation = request("delete", self.house.only(LogicalUnit, name=name))
        if by_pool:
            pool = self.house.only(SharedStoragePool)
            left = [one for one in pool.logical_units if one.name != name]
            operation = request("update", pool.evolve(logical_units=left))
        if self.attempt(operation, not self.model.is_lent("unit", name)):
            del self.model.units[name]

    # mappings

    def storage(self, kind: str, name: str) -> VirtualSCSIStorage:
        found: dict[str, Element] = {
            "disk": VirtualDisk(name=name),
            "medium": VirtualOpticalMedia(name=name),
            "unit": LogicalUnit(name=name),
            "volume": PhysicalVolume(name=name),
        }
        fields = {
            "disk": "virtual_disk",
            "medium": "optical_media",
            "unit": "logical_unit",
            "volume": "physical_volume",
        }
        return VirtualSCSIStorage(**{fields[kind]: found[kind]})

    def offers(self) -> list[tuple[str, str, str]]:
        """What could be lent: Virtual I/O Server, kind and name. A volume is the same on both."""
        volumes = [(vios, "volume", name) for vios in VIOSES for name in ("hdisk4", "hdisk5")]
        disks = [(vios, "disk", name) for vios, name in sorted(self.model.disks)]
        media = [("vios1", "medium", name) for name in sorted(self.model.media)]
        units = [(vios, "unit", name) for vios in VIOSES for name in sorted(self.model.units)]
        return [*disks, *media, *units, *volumes, ("vios2", "disk", "none")]

    @precondition(has_partition)
    @rule(number=any_number, offer=st.integers(0, 30), shared=st.booleans())
    def lend(self, number: int, offer: int, shared: bool) -> None:
        """On adapters of its own, or on one that the client has."""
        uuid = self.chosen(number)
        vios, kind, name = self.offers()[offer % len(self.offers())]
        wish = scsi(self.seen(uuid)).evolve(backing_storage=self.storage(kind, name))
        others = [key for key, one in self.model.lent.items() if (one.vios, one.client) == (vios, uuid)]
        if shared and others:
            first = self.house.state.get(VirtualSCSIMapping, others[0])
            wish = wish.evolve(client_adapter=first.client_adapter, server_adapter=first.server_adapter)
        allowed = name != "none" and self.model.can_lend(vios, uuid, kind, name)
        allowed = allowed and (bool(shared and others) or self.takes_io(uuid))
        if self.attempt(mapped(self.house, wish, vios=vios)(), allowed):
            made = self.fresh(VirtualSCSIMapping, self.model.lent)
            slot = made.server_adapter.vios_slot_num
            if shared and others:
                assert slot == self.model.lent[others[0]].bus
            self.model.lent[made.uuid] = Lent(vios, uuid, kind, name, slot)

    @precondition(lambda self: bool(self.model.lent))
    @rule(number=any_number)
    def take_back(self, number: int) -> None:
        key = list(self.model.lent)[number % len(self.model.lent)]
        one = self.model.lent[key]
        last = sum((other.vios, other.bus) == (one.vios, one.bus) for other in self.model.lent.values()) == 1
        operation = self.without(one.vios, key)
        if self.attempt(operation, not last or self.takes_io(one.client)):
            del self.model.lent[key]

    def without(self, vios: str, key: str) -> Operation:
        seen = self.house.partition(vios)
        lists = {
            name: [m.evolve(uuid="", parent=None) for m in seen.get(name) if m.uuid != key]
            for name in ("scsi_mappings", "vfc_mappings")
        }
        return request("update", seen.evolve(**lists), groups=frozenset({"ViosSCSIMapping", "ViosFCMapping"}))

    @precondition(has_partition)
    @rule(number=any_number, vios=any_vios, port=st.sampled_from(PORTS))
    def carry(self, number: int, vios: str, port: str) -> None:
        uuid = self.chosen(number)
        allowed = self.takes_io(uuid) and self.model.free_ports(vios, port) > 0
        if self.attempt(mapped(self.house, vfc(self.seen(uuid), port), vios=vios)(), allowed):
            made = self.fresh(VirtualFibreChannelMapping, self.model.carried)
            self.model.carried[made.uuid] = Carried(vios, uuid, port)

    @precondition(lambda self: bool(self.model.carried))
    @rule(number=any_number)
    def drop(self, number: int) -> None:
        key = list(self.model.carried)[number % len(self.model.carried)]
        one = self.model.carried[key]
        if self.attempt(self.without(one.vios, key), self.takes_io(one.client)):
            del self.model.carried[key]

    # what goes wrong

    @precondition(has_partition)
    @rule(number=any_number, what=st.sampled_from(["delete", "unmap", "storage"]), after=st.integers(0, 5))
    def a_step_fails(self, number: int, what: str, after: int) -> None:
        """Of an operation with many steps."""
        uuid, house = self.chosen(number), self.house
        probe = self.long_operation(uuid, what)
        probe.edges = house.engine.edges
        try:
            probe.check(house.state)
        except Failure:
            return
        steps = len(list(probe.steps()))
        if not steps:
            return
        before = house.everything()
        rule = Fault(uuid="rule", effect="fail", operation=probe.name, step="?*", after=after % steps, times=1)
        house.engine.put_record(rule)
        with pytest.raises(Failure):
            self.wait(house.engine.run(self.long_operation(uuid, what)))
        assert house.everything() == before
        house.engine.remove_record(house.state.get(Fault, "rule"))

    def long_operation(self, uuid: str, what: str) -> Operation:
        if what == "delete":
            return request("delete", self.seen(uuid))
        if what == "unmap":
            seen = self.house.partition("vios1").evolve(scsi_mappings=(), vfc_mappings=())
            return request("update", seen, groups=frozenset({"ViosSCSIMapping", "ViosFCMapping"}))
        group = self.group("vios1")
        grown = [disk.evolve(capacity=disk.capacity + 1) for disk in group.virtual_disks]
        new = [VirtualDisk(name=f"new{number}", capacity=Decimal(1)) for number in range(3)]
        return request("update", group.evolve(virtual_disks=[*grown, *new]))

    @precondition(has_partition)
    @rule(number=any_number, ms=st.sampled_from([0, 2_000, LONG_MS]))
    def the_disk_is_full(self, number: int, ms: int) -> None:
        """Neither what is asked for nor what comes due happens."""
        uuid, house = self.chosen(number), self.house
        self.wait(house.engine.settled())
        before = house.everything()
        with self.full_disk():
            with contextlib.suppress(Failure):
                self.wait(house.engine.run(request("create", adapter(uuid))))
            with contextlib.suppress(Failure):
                self.wait(house.engine.run(request("delete", self.seen(uuid))))
            with contextlib.suppress(Failure):
                self.wait(house.engine.step(ms))
        assert house.everything() == before
        for partition in self.model.partitions.values():
            partition.settled = False

    @contextlib.contextmanager
    def full_disk(self) -> Iterator[None]:
        """What had come due is tried again afterwards only, however long it takes."""
        store: Any = self.house.engine._store

        def full(batch: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with mock.patch.object(engine, "RETRY_S", 3600.0), mock.patch.object(store, "write", full):
            yield
        self.house.engine._go_on()

    @rule()
    def restart(self) -> None:
        """Everything is as before, in the same order."""
        before = self.house.everything()
        self.wait(self.house.engine.stop())
        self.reopen(before)

    @precondition(has_partition)
    @rule(number=any_number)
    def crash(self, number: int) -> None:
        """The service dies with a change that was not yet acknowledged: there is nothing of it."""
        engine = self.house.engine
        self.wait(engine.settled())
        before = self.house.everything()

        async def die() -> None:
            with contextlib.suppress(Failure):
                engine.perform(request("delete", self.seen(self.chosen(number))))
            with contextlib.suppress(Failure):
                engine.perform(request("create", wished("lost", parent=self.house.only(ManagedSystem).uuid)))
            for task in engine._tasks:
                task.cancel()
            await asyncio.gather(*engine._tasks, return_exceptions=True)

        self.wait(die())
        store: Any = engine._store
        store.close()
        self.reopen(before)
        assert all(self.house.engine.clock.now() >= job.started for job in self.house.state.all(Job))

    def reopen(self, before: dict[str, list[Any]]) -> None:
        self.house = Gannet(self.folder)
        assert self.house.everything() == before
        self.wait(self.house.engine.start())

    # what always holds

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "model"):
            self.wait(self.house.engine.settled())
            check_agreement(self.house, self.model)


quick = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(300)
def test_the_system_agrees_with_the_model() -> None:
    run_state_machine_as_test(ManagedSystemMachine, settings=quick)


@pytest.mark.slow
def test_the_system_agrees_with_the_model_for_long() -> None:
    long = settings(quick, max_examples=500, stateful_step_count=150, derandomize=False)
    run_state_machine_as_test(ManagedSystemMachine, settings=long)

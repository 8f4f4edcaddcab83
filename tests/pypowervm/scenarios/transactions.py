"""ETags, conflicts, retries, and tasks over the feed of Virtual I/O Servers."""

from __future__ import annotations

import threading
from typing import Any

from pypowervm import adapter as adp
from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import partition as tasks
from pypowervm.tasks import scsi_mapper
from pypowervm.utils import retry
from pypowervm.utils import transaction as tx
from pypowervm.wrappers import logical_partition, virtual_io_server
from pypowervm.wrappers import storage as stor

from .site import Site, raises

SMAP = const.XAG.VIO_SMAP
THREADS = 8


def the_second_of_two_clients_is_refused(site: Site) -> None:
    other = adp.Adapter(site.session())
    with site.partition("contested") as lpar:
        theirs = logical_partition.LPAR.get(other, uuid=lpar.uuid)
        lpar.avail_priority = 10
        lpar = lpar.update()
        theirs.mem_config.max = 4096
        try:
            theirs.update()
        except exc.HttpError as refusal:
            assert refusal.response.status == const.HTTPStatus.ETAG_MISMATCH
            assert lpar.uuid in str(refusal) or lpar.name in str(refusal), str(refusal)
        try:
            other.delete("LogicalPartition", lpar.uuid, etag="1")
        except exc.HttpError as refusal:
            assert refusal.response.status == const.HTTPStatus.ETAG_MISMATCH
        theirs = theirs.refresh()
        assert theirs.avail_priority == 10 and theirs.etag == lpar.etag
        theirs.mem_config.max = 4096
        assert theirs.update().avail_priority == 10


def a_retried_change_keeps_the_other_clients_change(site: Site) -> None:
    with site.partition("shared") as lpar:
        stale = logical_partition.LPAR.get(site.adapter, uuid=lpar.uuid)
        lpar.avail_priority = 10
        lpar.update()

        @tx.entry_transaction  # type: ignore[untyped-decorator]
        def grow(wrapper: Any) -> Any:
            wrapper.mem_config.max = 4096
            return wrapper.update()

        made = grow(stale)
        assert (made.avail_priority, made.mem_config.max) == (10, 4096)

        @retry.retry(argmod_func=retry.refresh_wrapper)  # type: ignore[untyped-decorator]
        def rename(wrapper: Any) -> Any:
            wrapper.name = "renamed"
            return wrapper.update()

        assert rename(stale).mem_config.max == 4096
        assert grow(logical_partition.LPAR.getter(site.adapter, lpar.uuid)).name == "renamed"


def two_clients_mapping_on_one_virtual_io_server_both_succeed(site: Site) -> None:
    other = adp.Adapter(site.session())
    vios = site.vios("vios1", SMAP)
    with site.partition("two") as lpar, site.disk(vios, "two_a") as first, site.disk(vios, "two_b") as second:
        mine = site.vios("vios1", SMAP)
        theirs = virtual_io_server.VIOS.get(other, uuid=vios.uuid, xag=[SMAP])
        scsi_mapper.add_vscsi_mapping(None, theirs, lpar.uuid, first)
        # Ours is stale by now: the client is refused with 412, reads again and repeats.
        made = scsi_mapper.add_vscsi_mapping(None, mine, lpar.uuid, second)
        names = {each.backing_storage.name for each in scsi_mapper.find_maps(made.scsi_mappings, lpar.uuid)}
        assert names == {"two_a", "two_b"}, names
        assert len({each.server_adapter.udid for each in scsi_mapper.find_maps(made.scsi_mappings, lpar.uuid)}) == 1
        assert scsi_mapper.remove_maps(made, lpar.id)
        made.update()


def _map_all(site: Site, lpar: Any, disks: dict[str, Any]) -> None:
    feed = tx.FeedTask("map", tasks.get_active_vioses(site.adapter, xag=[SMAP]), max_workers=THREADS)

    def add(vios: Any) -> Any:
        return scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, disks[vios.uuid]))

    feed.add_functor_subtask(add)
    feed.execute()


def a_feed_task_maps_on_both_virtual_io_servers(site: Site) -> None:
    one, two = site.vioses(SMAP)
    with site.partition("dual") as lpar, site.disk(one, "dual") as first, site.disk(two, "dual") as second:
        _map_all(site, lpar, {one.uuid: first, two.uuid: second})
        for vios in site.vioses(SMAP):
            (found,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
            assert found.backing_storage.name == "dual" and found.client_adapter.lpar_id == lpar.id
            scsi_mapper.remove_maps(vios, lpar.id)
            vios.update()


def eight_threads_of_feed_tasks_lose_no_change(site: Site) -> None:
    one, two = site.vioses(SMAP)
    with site.partition("busy") as lpar:
        groups = {vios.uuid: site.volume_group(vios, "datavg") for vios in (one, two)}
        _change_disks(groups, [stor.VDisk.bld(site.adapter, f"busy{number}", 1) for number in range(THREADS)], [])
        found = {uuid: {disk.name: disk for disk in group.refresh().virtual_disks} for uuid, group in groups.items()}
        failures: list[BaseException] = []

        def run(number: int) -> None:
            try:
                mine = Site(site._wish)  # a client of its own: the library's locks are per process, not per server
                _map_all(mine, lpar, {uuid: disks[f"busy{number}"] for uuid, disks in found.items()})
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        wanted = {f"busy{number}" for number in range(THREADS)}
        for vios in site.vioses(SMAP):
            maps = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
            assert {each.backing_storage.name for each in maps} == wanted
            assert len({each.target_dev.lua for each in maps}) == THREADS, "two devices share an address"
            assert len(scsi_mapper.remove_maps(vios, lpar.id)) == THREADS
            vios.update()
        _change_disks({uuid: group.refresh() for uuid, group in groups.items()}, [], sorted(wanted))


def _change_disks(groups: dict[str, Any], new: list[Any], gone: list[str]) -> None:
    import copy

    for group in groups.values():
        for disk in new:
            group.virtual_disks.append(copy.deepcopy(disk))
        for disk in [disk for disk in group.virtual_disks if disk.name in gone]:
            group.virtual_disks.remove(disk)
        group.update()


def a_feed_task_reports_what_its_parts_return(site: Site) -> None:
    feed = tasks.build_active_vio_feed_task(site.adapter)
    feed.add_functor_subtask(lambda vios: vios.name, provides="name", flag_update=False)
    answer = feed.execute()["wrapper_task_rets"]
    assert {each["name"] for each in answer.values()} == {"vios1", "vios2"}


def a_failing_feed_task_tells_of_both_virtual_io_servers(site: Site) -> None:
    feed = tasks.build_active_vio_feed_task(site.adapter, xag=(SMAP,))

    def add(vios: Any) -> Any:
        missing = stor.PV.bld(site.adapter, "hdisk999")
        lpar = site.lpar("novalink_212E3CA")
        vios.scsi_mappings.append(virtual_io_server.VSCSIMapping.bld(site.adapter, None, lpar.uuid, missing))
        return True

    feed.add_functor_subtask(add)
    with raises(exc.MultipleExceptionsInFeedTask, "hdisk999"):
        feed.execute()

"""Metrics as the client's monitor tasks read them: run on a stepped clock, see ``test_own_servers.py``."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Iterator
from typing import Any
from unittest import mock

from pypowervm.tasks import power
from pypowervm.tasks.monitor import host_cpu
from pypowervm.tasks.monitor import util as monitor
from pypowervm.wrappers import monitor as wrappers
from pypowervm.wrappers.pcm import phyp, vios

from .site import Site, raises


def _step(site: Site, seconds: float) -> None:
    site.admin("clock/step", "POST", {"seconds": seconds})


def _preferences(site: Site) -> Any:
    href = site.adapter.build_href(
        "ManagedSystem", root_id=site.system().uuid, child_type=wrappers.PREFERENCES, service=wrappers.PCM_SERVICE
    )
    (found,) = wrappers.PcmPref.wrap(site.adapter.read_by_href(href))
    return found


def the_monitors_are_switched_as_the_client_does_it(site: Site) -> None:
    uuid = site.system().uuid
    before = _preferences(site)
    assert before.system_name == "gannet"
    assert not (before.ltm_enabled or before.stm_enabled or before.aggregation_enabled or before.compute_ltm_enabled)
    monitor.ensure_ltm_monitors(site.adapter, uuid)
    assert _preferences(site).ltm_enabled and not _preferences(site).aggregation_enabled
    monitor.ensure_ltm_monitors(site.adapter, uuid, override_to_default=True)
    assert _preferences(site).aggregation_enabled and not _preferences(site).stm_enabled
    monitor.ensure_ltm_monitors(site.adapter, uuid, compute_ltm=True)
    assert _preferences(site).compute_ltm_enabled


def a_stale_version_of_the_preferences_is_refused(site: Site) -> None:
    uuid = site.system().uuid
    stale = _preferences(site)
    monitor.ensure_ltm_monitors(site.adapter, uuid)
    stale.stm_enabled = True
    with raises(Exception, "412"):
        site.adapter.update(
            stale.entry.element, "1", "ManagedSystem", root_id=uuid, child_type="preferences", service="pcm"
        )
    assert not _preferences(site).stm_enabled


def the_feed_leads_to_the_samples_of_all_sources(site: Site) -> None:
    uuid = site.system().uuid
    monitor.ensure_ltm_monitors(site.adapter, uuid)
    _step(site, 240)
    feed = monitor.query_ltm_feed(site.adapter, uuid)
    assert {entry.category for entry in feed} == {"phyp", "vios_2", "vios_3", "lpar"}
    newest = max(feed, key=lambda entry: entry.updated_datetime)
    same = [entry for entry in feed if entry.updated_datetime == newest.updated_datetime]
    assert {"phyp", "vios_2", "vios_3"} <= {entry.category for entry in same}
    assert all(entry.title in entry.link and entry.link.endswith(".json") for entry in feed)
    when, system, servers, partitions = monitor.latest_stats(site.adapter, uuid)
    assert isinstance(when, datetime.datetime)
    assert (system.info.metric_type, system.info.monitoring_type, system.info.name) == ("Raw", "LTM", "gannet")
    assert system.sample.processor.proc_cycles_per_sec == 512000000
    assert {server.sample.name for server in servers} == {"vios1", "vios2"}
    assert partitions.find(site.lpar("novalink_212E3CA").uuid) is not None


@contextlib.contextmanager
def _busy(site: Site, name: str, **settings: Any) -> Iterator[Any]:
    """A running partition with a workload, a disk and RMC."""
    site.admin("workloads", "POST", {"partition": name, "kind": "steady", **settings})
    made = site.built(name, proc_units=0.5).create(parent=site.system())
    power.PowerOp.start(made, synchronous=False)
    _step(site, 120)
    yield made


def a_partition_has_processor_memory_network_and_storage_of_its_own(site: Site) -> None:
    uuid = site.system().uuid
    monitor.ensure_ltm_monitors(site.adapter, uuid)
    with _busy(site, "busy", level=0.5, memory=0.25) as lpar:
        _step(site, 240)
        cache = monitor.LparMetricCache(site.adapter, uuid)
        _, now = cache.get_latest_metric(lpar.uuid)
        _, before = cache.get_previous_metric(lpar.uuid)
        cycles = now.processor.util_cap_proc_cycles - before.processor.util_cap_proc_cycles
        entitled = now.processor.entitled_proc_cycles - before.processor.entitled_proc_cycles
        assert entitled == 30 * 512000000 // 2
        assert 0.45 <= cycles / entitled <= 0.55
        assert now.processor.util_uncap_proc_cycles == 0 and now.processor.mode == "uncap"
        assert now.memory.logical_mem == 1024 and now.memory.pct_real_mem_free == 75
        novalink = cache.get_latest_metric(site.lpar("novalink_212E3CA").uuid)[1]
        assert novalink.network.cnas[0].received_bytes > 0
        assert {adapter.name for adapter in novalink.storage.virt_adpts} == {"vhost0"}
        assert all(adapter.read_bytes > 0 for adapter in novalink.storage.virt_adpts)


def a_partition_that_is_off_uses_nothing(site: Site) -> None:
    uuid = site.system().uuid
    monitor.ensure_ltm_monitors(site.adapter, uuid)
    with site.partition("off") as lpar:
        _step(site, 120)
        _, system, _, partitions = monitor.latest_stats(site.adapter, uuid)
        (sample,) = [one for one in system.sample.lpars if one.uuid == lpar.uuid]
        assert sample.state == "Not Activated"
        assert sample.processor.entitled_proc_cycles == sample.processor.util_cap_proc_cycles == 0
        assert partitions.find(lpar.uuid).memory.pct_real_mem_free == 100


def the_host_s_cycles_add_up(site: Site) -> None:
    uuid = site.system().uuid
    with mock.patch.object(host_cpu.HostCPUMetricCache, "_get_cpu_freq", return_value=4116):
        monitor.ensure_ltm_monitors(site.adapter, uuid)
        with _busy(site, "full", level=3):
            _step(site, 60)
            host = host_cpu.HostCPUMetricCache(site.adapter, uuid)
            totals = []
            for _ in range(3):
                _step(site, 30)
                host.cur_date = datetime.datetime(2000, 1, 1)  # the client's own clock has not moved
                host.refresh()
                totals.append((host.total_cycles, host.total_user_cycles, host.total_fw_cycles))
    for (total, user, firmware), (later, later_user, later_firmware) in itertools.pairwise(totals):
        assert later - total == 30 * 512000000 * 20
        assert 0 < later_user - user < later - total
        assert 0 < later_firmware - firmware < later_user - user


def short_term_metrics_come_every_five_seconds(site: Site) -> None:
    uuid = site.system().uuid
    preferences = _preferences(site)
    preferences.stm_enabled = True
    path = site.adapter.build_path("pcm", "ManagedSystem", root_id=uuid, child_type="preferences")
    etag = site.adapter.read_by_path(path).etag
    site.adapter.update(
        preferences.entry.element, etag, "ManagedSystem", root_id=uuid, child_type="preferences", service="pcm"
    )
    _step(site, 20)
    path = site.adapter.build_path(
        "pcm", "ManagedSystem", root_id=uuid, child_type="RawMetrics", child_id="ShortTermMonitor", xag=[]
    )
    entries = wrappers.STMMetrics.wrap(site.adapter.read_by_path(path))
    times = sorted({entry.updated_datetime for entry in entries})
    assert [(b - a).seconds for a, b in itertools.pairwise(times)] == [5] * (len(times) - 1) and len(times) >= 4
    bodies = [site.adapter.read_by_href(entry.link).body for entry in entries]
    kinds = {entry.category: body for entry, body in zip(entries, bodies, strict=True)}
    assert phyp.PhypInfo(kinds["phyp"]).info.monitoring_type == "STM"
    assert vios.ViosInfo(kinds["vios_2"]).sample.name == "vios1"

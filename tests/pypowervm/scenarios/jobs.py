"""Job templates, results, failures, cancelling and deleting."""

from __future__ import annotations

from typing import Any

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import memory, vfc_mapper
from pypowervm.wrappers import job

from .site import Site, raises

TEMPLATES = {
    "LogicalPartition": (
        *("PowerOn", "PowerOff", "CloseVterm", "Migrate", "MigrateValidate", "MigrateRecover", "MigrateAbort"),
        *("CloneUUID", "AddLicense", "PanelFunction"),
    ),
    "VirtualIOServer": (
        *("PowerOn", "PowerOff", "LUARecovery", "RemoveDevice", "RescanVirtualDisk"),
        *("ISCSIDiscovery", "ISCSIRemove", "RBDExists"),
    ),
    "ManagedSystem": (
        "GetNextWWPNs",
        "QueryReservedMemoryRequiredForPartition",
        "RequestMaster",
        "ReleaseMaster",
        "RequestController",
        "ReleaseController",
        *("AddVSN", "RemoveVSN", "TransferVSN", "GetDPOStatus"),
    ),
    "Cluster": ("Create",),
}


def _job(site: Site, kind: str, uuid: str | None, operation: str) -> Any:
    read = site.adapter.read(kind, uuid, suffix_type=const.SUFFIX_TYPE_DO, suffix_parm=operation)
    return job.Job.wrap(read)


def every_job_has_a_form_to_fill_in(site: Site) -> None:
    with site.partition("formal") as lpar:
        uuids = {
            "LogicalPartition": lpar.uuid,
            "VirtualIOServer": site.vios("vios1").uuid,
            "ManagedSystem": site.system().uuid,
            "Cluster": None,
        }
        for kind, operations in TEMPLATES.items():
            for operation in operations:
                form = _job(site, kind, uuids[kind], operation)
                assert form.op == operation
                element = form.entry.element
                assert element.tag == "JobRequest"
                assert element.findtext("RequestedOperation/GroupName") == kind
                assert element.find("JobParameters") is not None


def an_unknown_job_is_not_found_by_its_name(site: Site) -> None:
    with raises(exc.HttpError, "Levitate"):
        _job(site, "ManagedSystem", site.system().uuid, "Levitate")


def a_job_for_a_missing_partition_is_not_found(site: Site) -> None:
    uuid = "0FFFFFFF-0000-4000-8000-000000000000"
    with raises(exc.HttpNotFound, uuid):
        _job(site, "LogicalPartition", uuid, "PowerOn")


def results_reach_the_client(site: Site) -> None:
    before = site.system().asio_config.avail_wwpns
    pairs = vfc_mapper.build_wwpn_pair(site.adapter, site.system().uuid, pair_count=2)
    flat = [wwpn for pair in pairs for wwpn in pair.split()]
    assert len(set(flat)) == 4 and all(len(wwpn) == 16 for wwpn in flat), pairs
    assert site.system().asio_config.avail_wwpns <= before


def the_overhead_of_a_partition_can_be_asked_for(site: Site) -> None:
    wish = {"desired_mem": 4096, "max_mem": 32768}
    overhead, free = memory.calculate_memory_overhead_on_host(site.adapter, site.system().uuid, wish)
    assert overhead and free == site.system().memory_free, (overhead, free)
    larger = memory.calculate_memory_overhead_on_host(
        site.adapter, site.system().uuid, {"desired_mem": 4096, "max_mem": 131072}
    )
    assert larger[0] > overhead
    assert memory.calculate_memory_overhead_on_host(site.adapter, site.system().uuid, lmb_size=256)[1] is not None


def a_failed_job_tells_its_code_and_is_deleted(site: Site) -> None:
    with site.partition("broken") as lpar:
        form = _job(site, "LogicalPartition", lpar.uuid, "PowerOff")
        parameters = [form.create_job_parameter("operation", "shutdown"), form.create_job_parameter("restart", "true")]
        with raises(exc.JobRequestFailed, "broken"):
            form.run_job(lpar.uuid, job_parms=parameters)
        assert form.job_status == job.JobStatus.COMPLETED_WITH_ERROR
        assert form.get_job_message() and form.get_job_results_as_dict()
        with raises(exc.HttpNotFound, form.job_id):
            site.adapter.read_job(form.job_id)


def a_bad_parameter_fails_the_job_by_its_name(site: Site) -> None:
    with site.partition("parameters") as lpar:
        form = _job(site, "LogicalPartition", lpar.uuid, "PowerOn")
        with raises(exc.JobRequestFailed, "bootmode"):
            form.run_job(lpar.uuid, job_parms=[form.create_job_parameter("bootmode", "sideways")])
    form = _job(site, "ManagedSystem", site.system().uuid, "GetNextWWPNs")
    with raises(exc.JobRequestFailed, "numberPairsRequested"):
        form.run_job(site.system().uuid, job_parms=[form.create_job_parameter("numberPairsRequested", "many")])


def a_finished_job_stays_until_it_is_deleted(site: Site) -> None:
    with site.partition("lasting") as lpar:
        form = _job(site, "LogicalPartition", lpar.uuid, "PowerOn")
        form.entry = site.adapter.create_job(form.entry.element, "LogicalPartition", lpar.uuid).entry
        assert form.poll_while_status([job.JobStatus.RUNNING, job.JobStatus.NOT_ACTIVE], 30, False) is False
        assert form.job_status == job.JobStatus.COMPLETED_OK
        assert form.entry.element.findtext("JobRequestInstance/RequestedOperation/OperationName") == "PowerOn"
        assert form.entry.element.findtext("TargetUuid") == lpar.uuid
        assert int(form.entry.element.findtext("TimeStarted")) <= int(form.entry.element.findtext("TimeCompleted"))
        form.delete_job()
        with raises(exc.HttpNotFound, form.job_id):
            site.adapter.read_job(form.job_id)

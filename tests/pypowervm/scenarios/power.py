"""Powering partitions on and off with ``tasks.power``."""

from __future__ import annotations

import socket
import threading
from typing import Any

from pypowervm import exceptions as exc
from pypowervm.const import XAG
from pypowervm.tasks import partition, power, scsi_mapper, vterm
from pypowervm.tasks.power_opts import BootMode, KeylockPos, PowerOffOperation, PowerOffOpts, PowerOnOpts
from pypowervm.wrappers import base_partition as bp

from . import counting
from .site import Site, raises

State = bp.LPARState
SMAP = XAG.VIO_SMAP


def _submitted() -> list[str]:
    """The jobs the client has submitted so far."""
    return [line.rsplit("/", 1)[1] for line in counting.REQUESTS.recorded if line.startswith("PUT") and "/do/" in line]


def a_partition_powers_on_and_off(site: Site) -> None:
    with site.partition("lamp") as lpar:
        power.PowerOp.start(lpar)
        lpar = lpar.refresh()
        assert (lpar.state, lpar.rmc_state) == (State.RUNNING, bp.RMCState.ACTIVE), (lpar.state, lpar.rmc_state)
        assert lpar.ref_code.startswith("Linux"), lpar.ref_code
        power.PowerOp.stop(lpar)
        lpar = lpar.refresh()
        assert (lpar.state, lpar.rmc_state) == (State.NOT_ACTIVATED, bp.RMCState.INACTIVE)


def powering_on_twice_and_off_twice_is_no_failure(site: Site) -> None:
    with site.partition("again") as lpar:
        power.PowerOp.start(lpar)
        power.PowerOp.start(lpar)
        lpar = lpar.refresh()
        assert lpar.state == State.RUNNING
        power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_hard())
        power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_hard())
        power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_normal())
        assert lpar.refresh().state == State.NOT_ACTIVATED


def restarting_a_partition_that_is_off_fails_by_its_name(site: Site) -> None:
    with site.partition("asleep") as lpar, raises(exc.VMPowerOffFailure, "asleep"):
        power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_hard().restart())


def a_partition_restarts_in_every_way(site: Site) -> None:
    with site.partition("phoenix") as lpar:
        power.PowerOp.start(lpar)
        for way in ("os_normal", "os_immediate", "vsp_normal", "vsp_hard"):
            lpar = lpar.refresh()
            power.PowerOp.stop(lpar, opts=getattr(PowerOffOpts(), way)().restart())
            lpar = lpar.refresh()
            assert lpar.state == State.RUNNING, (way, lpar.state)


def a_dump_restart_comes_back_up(site: Site) -> None:
    with site.partition("dumper") as lpar:
        power.PowerOp.start(lpar)
        power.PowerOp.stop(lpar.refresh(), opts=PowerOffOpts().operation(PowerOffOperation.DUMPRESTART))
        assert lpar.refresh().state == State.RUNNING


def each_boot_mode_ends_where_it_should(site: Site) -> None:
    ends = {
        BootMode.NORM: State.RUNNING, BootMode.SMS: State.OPEN_FIRMWARE, BootMode.OF: State.OPEN_FIRMWARE,
        BootMode.DD: State.OPEN_FIRMWARE, BootMode.DS: State.OPEN_FIRMWARE, BootMode.PBL: State.OPEN_FIRMWARE,
    }  # fmt: skip
    with site.partition("booter") as lpar:
        for mode, end in ends.items():
            power.PowerOp.start(lpar, opts=PowerOnOpts().bootmode(mode).keylock_pos(KeylockPos.NORMAL))
            lpar = lpar.refresh()
            assert lpar.state == end, (mode, lpar.state)
            power.PowerOp.stop(lpar, opts=PowerOffOpts().vsp_hard())
            lpar = lpar.refresh()


def all_options_of_power_on_are_understood(site: Site) -> None:
    """The medium with the partition's configuration is taken away after the boot, as Nova wants it."""
    with site.partition("options") as lpar, site.medium("cfg.iso") as medium:
        scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), lpar.uuid, medium)
        opts = PowerOnOpts().bootmode(BootMode.NORM).keylock_pos(KeylockPos.MANUAL).force()
        opts.bootstring("bootargs")
        with raises(exc.VMPowerOnFailure, "nobody.iso", "cfg.iso"):
            power.PowerOp.start(lpar, opts=opts.remove_optical("nobody.iso"))
        power.PowerOp.start(lpar, opts=opts.remove_optical("cfg.iso", time=5))
        assert lpar.refresh().state == State.RUNNING
        left = scsi_mapper.find_maps(site.vios("vios1", SMAP).scsi_mappings, lpar.uuid)
        assert [mapping.backing_storage for mapping in left] == [None], "the adapters stay"


def the_old_calls_still_work(site: Site) -> None:
    with site.partition("elder") as lpar:
        power.power_on(lpar, None, add_parms={BootMode.KEY: BootMode.SMS})
        lpar = lpar.refresh()
        assert lpar.state == State.OPEN_FIRMWARE
        power.power_off(lpar, None, force_immediate=power.Force.TRUE)
        power.power_on(lpar.refresh(), None)
        lpar = lpar.refresh()
        power.power_off(lpar, None)
        assert lpar.refresh().state == State.NOT_ACTIVATED
        power.power_on(lpar, None)
        power.power_off(lpar.refresh(), None, force_immediate=power.Force.NO_RETRY, restart=True)
        assert lpar.refresh().state == State.RUNNING


def a_partition_with_rmc_is_asked_to_shut_down_itself(site: Site) -> None:
    with site.partition("polite") as lpar:
        power.PowerOp.start(lpar)
        lpar = lpar.refresh()
        before = len(_submitted())
        power.power_off_progressive(lpar)
        assert _submitted()[before:] == ["PowerOff"]
        assert lpar.refresh().state == State.NOT_ACTIVATED


def a_partition_without_rmc_is_shut_down_by_the_hypervisor(site: Site) -> None:
    with site.partition("silent") as lpar:
        power.PowerOp.start(lpar, opts=PowerOnOpts().bootmode(BootMode.OF))
        lpar = lpar.refresh()
        assert lpar.rmc_state == bp.RMCState.INACTIVE
        with raises(exc.OSShutdownNoRMC, "silent"):
            power.PowerOp.stop(lpar, opts=PowerOffOpts().os_normal())
        power.power_off_progressive(lpar)
        assert lpar.refresh().state == State.NOT_ACTIVATED


def an_os_shutdown_without_rmc_fails_with_a_code_the_client_knows(site: Site) -> None:
    with site.partition("deaf") as lpar:
        power.PowerOp.start(lpar, opts=PowerOnOpts().bootmode(BootMode.OF))
        PowerOffOpts.can_os_shutdown = staticmethod(lambda part: True)  # past the client's own check
        with raises(exc.VMPowerOffFailure, "deaf"):
            power.PowerOp.stop(lpar.refresh(), opts=PowerOffOpts().os_normal())


def an_ibmi_partition_powers_off_progressively(site: Site) -> None:
    with site.partition("ibmi", env=bp.LPARType.OS400) as lpar:
        power.PowerOp.start(lpar)
        lpar = lpar.refresh()
        assert lpar.state == State.RUNNING
        power.power_off_progressive(lpar)
        assert lpar.refresh().state == State.NOT_ACTIVATED


def a_start_need_not_be_waited_for(site: Site) -> None:
    with site.partition("async") as lpar:
        power.PowerOp.start(lpar, synchronous=False)
        # The client deletes the job in a thread of its own; its request belongs to this scenario too.
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(30)
        assert any(line.startswith("DELETE uom/jobs/") for line in counting.REQUESTS.recorded)
        assert lpar.refresh().state == State.RUNNING


def memory_is_taken_while_a_partition_is_on(site: Site) -> None:
    with site.partition("eater", memory=2048) as lpar:
        free = site.system().memory_free
        power.PowerOp.start(lpar)
        taken = free - site.system().memory_free
        assert taken >= 2048, taken
        power.PowerOp.stop(lpar.refresh(), opts=PowerOffOpts().vsp_hard())
        assert site.system().memory_free == free


def a_console_can_be_closed_by_its_job(site: Site) -> None:
    with site.partition("console") as lpar:
        vterm._close_vterm_non_local(site.adapter, lpar.uuid)


def a_console_opens_for_vnc_viewers_and_closes(site: Site) -> None:
    """With the commands that the client finds on the path of its own machine."""
    with site.partition("screen") as lpar, site.commands():
        if site.mode != "file":
            with raises(exc.ConsoleNotLocal):
                vterm.open_localhost_vnc_vterm(site.adapter, lpar.uuid)
            return
        port = vterm.open_localhost_vnc_vterm(site.adapter, lpar.uuid)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as viewer:
            assert viewer.recv(12) == b"RFB 003.008\n"
        assert vterm.open_localhost_vnc_vterm(site.adapter, lpar.uuid) == port
        vterm._close_vterm_local(site.adapter, lpar.uuid)
        again = vterm.open_localhost_vnc_vterm(site.adapter, lpar.uuid, force=True)
        assert again
        vterm._close_vterm_local(site.adapter, lpar.uuid)


def a_virtual_io_server_powers_off_and_on(site: Site) -> None:
    def state() -> Any:
        vios = site.vios("vios2", "None")
        return vios.state, vios.rmc_state

    power.PowerOp.stop(site.vios("vios2", "None"), opts=PowerOffOpts().vsp_hard())
    assert state() == (State.NOT_ACTIVATED, bp.RMCState.INACTIVE)
    power.PowerOp.start(site.vios("vios2", "None"))
    partition.validate_vios_ready(site.adapter)
    assert state() == (State.RUNNING, bp.RMCState.ACTIVE)


def a_virtual_io_server_that_restarts_is_ready_again(site: Site) -> None:
    """``validate_vios_ready`` is what drivers wait with before they use its storage."""
    vios = site.vios("vios2")
    power.PowerOp.stop(vios, opts=PowerOffOpts().os_normal().restart())
    partition.validate_vios_ready(site.adapter)
    vios = vios.refresh()
    assert (vios.state, vios.rmc_state) == (State.RUNNING, bp.RMCState.ACTIVE), (vios.state, vios.rmc_state)
    assert len(partition.get_active_vioses(site.adapter)) == 2


def a_virtual_io_server_that_is_off_takes_no_mapping_and_its_peer_does(site: Site) -> None:
    vios1, vios2 = site.vios("vios1"), site.vios("vios2", XAG.VIO_STOR)
    (disk,) = [each for each in vios2.phys_vols if each.name == "hdisk4"]
    with site.partition("dual") as lpar:
        power.PowerOp.stop(vios2, opts=PowerOffOpts().vsp_hard())
        try:
            assert [each.name for each in partition.get_active_vioses(site.adapter)] == ["vios1"]
            with raises(exc.HttpError, "vios2", "not activated"):
                scsi_mapper.add_vscsi_mapping(None, vios2.uuid, lpar.uuid, disk)
            scsi_mapper.add_vscsi_mapping(None, vios1.uuid, lpar.uuid, disk)
            assert len(scsi_mapper.find_maps(site.vios("vios1", SMAP).scsi_mappings, lpar.id)) == 1
        finally:
            power.PowerOp.start(vios2.refresh())
            partition.validate_vios_ready(site.adapter)
        scsi_mapper.add_vscsi_mapping(None, vios2.uuid, lpar.uuid, disk)
        for vios in (vios1, vios2):
            found = site.vios(vios.name, SMAP)
            scsi_mapper.remove_maps(found, lpar.id)
            found.update()

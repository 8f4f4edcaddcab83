"""What the client does with IBM i partitions, and with the keys of the management console."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import ibmi, management_console, partition, power, scsi_mapper
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import logical_partition
from pypowervm.wrappers import management_console as mc

from .site import Site, raises

KEY = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY= root@heron"


@contextlib.contextmanager
def _running(site: Site, name: str) -> Iterator[Any]:
    with site.partition(name, env="OS400", max_io_slots=64) as lpar:
        power.PowerOp.start(lpar)
        yield lpar.refresh()


def a_panel_function_restarts_a_partition(site: Site) -> None:
    with _running(site, "panel") as lpar:
        for function in ibmi.IBMiPanelOperations.ALL_VALUES:
            ibmi.start_panel_job(lpar, opt=function)
        assert lpar.refresh().state == bp.LPARState.RUNNING
    with site.partition("linux") as other, raises(exc.PartitionIsNotIBMi, "linux"):
        ibmi.start_panel_job(other, opt="dston")


def a_licence_key_is_taken_and_a_broken_one_refused(site: Site) -> None:
    with site.partition("licensed", env="OS400", max_io_slots=64) as lpar:
        partition.ibmi_add_license_key(site.adapter, lpar.uuid, "5770SS1 5051 A1B2C3D4")
        with raises(exc.JobRequestFailed, "5000 characters"):
            partition.ibmi_add_license_key(site.adapter, lpar.uuid, "5" * 5000)
    with site.partition("linux") as other, raises(exc.JobRequestFailed, "IBM i"):
        partition.ibmi_add_license_key(site.adapter, other.uuid, "5770SS1")


def the_load_source_is_the_first_disk_of_an_ibm_i_partition(site: Site) -> None:
    with site.unit("boot_of_loaded") as unit, site.partition("loaded", env="OS400", max_io_slots=64) as lpar:
        with raises(exc.IBMiLoadSourceNotFound, "loaded"):
            ibmi.update_ibmi_settings(site.adapter, lpar, logical_partition.BootStorageType.VSCSI)
        scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", const.XAG.VIO_SMAP), lpar.uuid, unit)
        lpar = lpar.refresh()
        lpar = ibmi.update_ibmi_settings(site.adapter, lpar, logical_partition.BootStorageType.VSCSI).update()
        tagged = lpar.refresh().io_config.tagged_io
        assert (tagged.console, tagged.load_src) == ("HMC", tagged.alt_load_src)
        assert int(tagged.load_src) > 0
        assert lpar.desig_ipl_src == logical_partition.IPLSrc.B


def keys_of_other_consoles_are_authorized(site: Site) -> None:
    assert management_console.get_public_key(site.adapter).startswith("ecdsa-sha2-nistp256 AAAA")
    management_console.add_authorized_key(site.adapter, KEY)
    management_console.add_authorized_key(site.adapter, KEY)
    assert management_console.get_authorized_keys(site.adapter) == (KEY,)
    (console,) = mc.ManagementConsole.get(site.adapter)
    console.ssh_authorized_keys = ["no key"]
    with raises(exc.HttpError, "is not the public key"):
        console.update()
    (console,) = mc.ManagementConsole.get(site.adapter)
    console.ssh_authorized_keys = []
    console.update()
    assert management_console.get_authorized_keys(site.adapter) == ()

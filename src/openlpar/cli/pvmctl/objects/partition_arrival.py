"""How a partition is to be connected on the system where it arrives, migrated or restarted: the options and the jobs' inputs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from openlpar.cli.pvmctl.noun import option

# Option -> input of the job.
_INPUTS = {
    "pool": "SharedProcPoolID",
    "vfc_mappings": "VirtualFCMappings",
    "scsi_mappings": "VirtualSCSIMappings",
    "vlan_mappings": "VlanMappings",
}
_OVERRIDES = {"override_ovs": "OVSOverride", "override_vlan_bridge": "VLANBridgeOverride"}
_REGARDLESS = "2"

OPTIONS = (
    option("--pool", metavar="ID", help="shared processor pool there"),
    option("--vfc-mappings", nargs="+", metavar="M", help="slot/vios-name/vios-id[/vios-slot[/fc-port]]"),
    option("--scsi-mappings", nargs="+", metavar="M", help="slot/vios-name/vios-id[/vios-slot]"),
    option("--vlan-mappings", nargs="+", metavar="M", help="MAC/vlan[/additional vlans]"),
    option("--override-ovs", action="store_true", help="go on although Open vSwitch settings cannot follow"),
    option("--override-vlan-bridge", action="store_true", help="go on although a VLAN is not bridged there"),
    option("--validate", action="store_true", help="only check whether it could be done"),
)


def inputs(args: Namespace, own: Mapping[str, str]) -> dict[str, str]:
    """The inputs of the job. own: options and inputs that only this job has."""
    given = {}
    for name, job_input in {**own, **_INPUTS}.items():
        value = getattr(args, name)
        if value:
            given[job_input] = ",".join(value) if isinstance(value, list) else value
    for name, job_input in _OVERRIDES.items():
        if getattr(args, name):
            given[job_input] = _REGARDLESS
    return given

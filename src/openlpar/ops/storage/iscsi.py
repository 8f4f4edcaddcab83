"""iSCSI disks: the jobs are known, and refused until the simulated SAN has targets to discover."""

from __future__ import annotations

from openlpar.ops.core import Evidence, Level
from openlpar.ops.system.unsupported import Unsupported

_TARGET = {
    "ifaceName": "iSCSI interface, or a list of them in brackets",
    "targetIQN": "name of the target, or a list of them in brackets",
    "targetLUN": "logical unit number, or a list of them in brackets",
    "multipath": "true: over several paths",
}


class ISCSIDiscovery(Unsupported, name="vios.iscsi_discovery", job="ISCSIDiscovery", groups=("VirtualIOServer",)):
    """Finds disks of an iSCSI target; without parameters tells the initiator's name."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.hdisk (_iscsi)")

    what = "Discovering iSCSI disks"
    parameters = _TARGET | {
        "hostIP": "address of the target",
        "auth": "how to log in to the target",
        "user": "user there",
        "password": "password there",
        "discoveryAuth": "how to log in for the discovery",
        "discoveryUser": "user for the discovery",
        "discoveryPassword": "password for the discovery",
    }


class ISCSIRemove(Unsupported, name="vios.iscsi_remove", job="ISCSIRemove", groups=("VirtualIOServer",)):
    """Logs out of an iSCSI target."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.hdisk (_iscsi)")

    what = "Removing iSCSI disks"
    parameters = _TARGET | {"targetPORTAL": "portal of the target"}

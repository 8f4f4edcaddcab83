"""Live partition mobility (LPM): the jobs are known, and refused until there is a second system to move to."""

from __future__ import annotations

from openlpar.ops.core import Evidence, Level
from openlpar.ops.system.unsupported import Unsupported

_MOVE = {
    "TargetManagedSystemName": "name or MTMS of the other system",
    "TargetRemoteHMCIPAddress": "address of the management of the other system",
    "TargetRemoteHMCUserID": "user there",
    "DestMSPIPaddr": "addresses of the mover service partitions there",
    "SourceMSPIPaddr": "addresses of the mover service partitions here",
    "SharedProcPoolID": "processor pool there",
    "PMEMVolumes": "persistent memory volumes",
    "OVSOverride": "2: also when the network is not on a Virtual I/O Server",
    "VLANBridgeOverride": "2: do not ask the Virtual I/O Server there for the VLAN",
    "VirtualFCMappings": "slot/vios-name/vios-id[/slot[/port]], with commas between them",
    "VirtualSCSIMappings": "slot/vios-name/vios-id[/slot], with commas between them",
    "VlanMappings": "MAC/PVID[/VLANs], with commas between them",
    "Affinity": "true: the affinity score must not become lower",
}


class Migrate(Unsupported, name="lpar.migrate", job="Migrate", groups=("LogicalPartition",)):
    """Moves a partition to another system."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.migration")

    what = "Migrating a partition"
    parameters = _MOVE


class MigrateValidate(Unsupported, name="lpar.migrate_validate", job="MigrateValidate", groups=("LogicalPartition",)):
    """Tells whether a partition could be moved."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.migration")

    what = "Validating a migration"
    parameters = _MOVE


class MigrateAbort(Unsupported, name="lpar.migrate_abort", job="MigrateAbort", groups=("LogicalPartition",)):
    """Stops a migration under way."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.migration")

    what = "Stopping a migration"


class MigrateRecover(Unsupported, name="lpar.migrate_recover", job="MigrateRecover", groups=("LogicalPartition",)):
    """Tidies up after a migration that failed."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.migration")

    what = "Recovering from a migration"
    parameters = {"Force": "true: also when it is not certain how far it came"}

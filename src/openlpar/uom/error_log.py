"""What a Virtual I/O Server can write into its error log: the templates of the entries.

A template has what is the same in all entries of its label, as in AIX. Identifiers and texts are those that public logs show
where they are known; the others are recalled, and an identifier that nobody knows is made from the label, as AIX makes it from the
whole template.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    """Where an error comes from; ``errlog`` shows the first letter."""

    HARDWARE = "H"
    SOFTWARE = "S"
    OPERATOR = "O"


class ErrorType(StrEnum):
    """How grave it is; ``errlog`` shows the first letter."""

    PERMANENT = "PERM"
    TEMPORARY = "TEMP"
    INFORMATION = "INFO"
    UNKNOWN = "UNKN"


@dataclass(frozen=True, slots=True)
class ErrorTemplate:
    """known: identifier, 8 hex digits, "" when nobody knows it. causes, failures, actions: what the detailed report says below
    Probable Causes, Failure Causes and Recommended Actions."""

    label: str
    known: str
    type: ErrorType
    kind: ErrorClass
    description: str
    causes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return self.known or f"{zlib.crc32(self.label.encode()):08X}"


LOG_ON = ErrorTemplate(
    "ERRLOG_ON",
    "9DBCFDEE",
    ErrorType.TEMPORARY,
    ErrorClass.OPERATOR,
    "ERROR LOGGING TURNED ON",
    ("ERRDEMON STARTED AUTOMATICALLY",),
)
LOG_OFF = ErrorTemplate(
    "ERRLOG_OFF",
    "192AC071",
    ErrorType.TEMPORARY,
    ErrorClass.OPERATOR,
    "ERROR LOGGING TURNED OFF",
    ("ERRSTOP COMMAND",),
)
SHUT_DOWN = ErrorTemplate(
    "REBOOT_ID",
    "2BFA76F6",
    ErrorType.TEMPORARY,
    ErrorClass.SOFTWARE,
    "SYSTEM SHUTDOWN BY USER",
    ("SYSTEM SHUTDOWN",),
)
RMC_STARTED = ErrorTemplate(
    "RMCD_INFO_0_ST",
    "A6DF45AA",
    ErrorType.INFORMATION,
    ErrorClass.OPERATOR,
    "The daemon is started.",
    ("The Resource Monitoring and Control daemon has been started.",),
)
BECAME_PRIMARY = ErrorTemplate(
    "SEAHA_PRIMARY",
    "E136EAFA",
    ErrorType.INFORMATION,
    ErrorClass.HARDWARE,
    "BECOME PRIMARY",
    ("SEA FAILOVER",),
    (),
    ("NO ACTION IS NECESSARY",),
)
BECAME_BACKUP = ErrorTemplate(
    "SEAHA_BACKUP",
    "40D97644",
    ErrorType.INFORMATION,
    ErrorClass.HARDWARE,
    "BECOME BACKUP",
    ("SEA FAILOVER",),
    (),
    ("NO ACTION IS NECESSARY",),
)
LINK_DOWN = ErrorTemplate(
    "GOENT_LINK_DOWN",
    "",
    ErrorType.TEMPORARY,
    ErrorClass.HARDWARE,
    "ETHERNET DOWN",
    ("CABLE OR SWITCH",),
    (),
    ("CHECK CABLE AND ITS CONNECTIONS",),
)
VNIC_ACTIVE = ErrorTemplate(
    "VNIC_BACKING_ACTIVE",
    "",
    ErrorType.INFORMATION,
    ErrorClass.HARDWARE,
    "BACKING DEVICE OF A VIRTUAL NIC BECAME ACTIVE",
    ("VIRTUAL NIC FAILOVER",),
    (),
    ("NO ACTION IS NECESSARY",),
)
PATH_FAILED = ErrorTemplate(
    "SC_DISK_ERR7",
    "DE3B8540",
    ErrorType.PERMANENT,
    ErrorClass.HARDWARE,
    "PATH HAS FAILED",
    ("ADAPTER HARDWARE OR CABLE", "DASD DEVICE"),
    ("UNDETERMINED",),
    ("PERFORM PROBLEM DETERMINATION PROCEDURES", "CHECK PATH"),
)
PATH_RECOVERED = ErrorTemplate(
    "SC_DISK_ERR9",
    "A6F5AE7C",
    ErrorType.INFORMATION,
    ErrorClass.HARDWARE,
    "PATH HAS RECOVERED",
    ("ADAPTER HARDWARE OR CABLE", "DASD DEVICE"),
    ("UNDETERMINED",),
    ("NO ACTION IS NECESSARY",),
)
DISK_FAILED = ErrorTemplate(
    "SC_DISK_ERR2",
    "B6267342",
    ErrorType.PERMANENT,
    ErrorClass.HARDWARE,
    "DISK OPERATION ERROR",
    ("DASD DEVICE",),
    ("DISK DRIVE", "DISK DRIVE ELECTRONICS"),
    ("PERFORM PROBLEM DETERMINATION PROCEDURES",),
)
VOLUME_MISSING = ErrorTemplate(
    "LVM_SA_PVMISS",
    "F7DDA124",
    ErrorType.UNKNOWN,
    ErrorClass.HARDWARE,
    "PHYSICAL VOLUME DECLARED MISSING",
    ("POWER, DRIVE, ADAPTER, OR CABLE FAILURE",),
    (),
    ("RUN DIAGNOSTICS AGAINST THE FAILING DEVICE",),
)
COPY_STALE = ErrorTemplate(
    "LVM_SA_STALEPP",
    "EAA3D429",
    ErrorType.UNKNOWN,
    ErrorClass.SOFTWARE,
    "PHYSICAL PARTITION MARKED STALE",
    (),
    (),
    ("NO ACTION IS NECESSARY UNLESS MIRRORS REMAIN STALE",),
)
CLIENT_LOST = ErrorTemplate(
    "VIO_TRANSPORT_ERR",
    "",
    ErrorType.TEMPORARY,
    ErrorClass.SOFTWARE,
    "Underlying transport error",
    ("CLIENT PARTITION",),
    ("CLIENT PARTITION ENDED WITHOUT CLOSING ITS ADAPTER",),
    ("CHECK THE CLIENT PARTITION",),
)
ALERT = ErrorTemplate(
    "VIO_ALERT_EVENT",
    "0FD4CF1A",
    ErrorType.INFORMATION,
    ErrorClass.OPERATOR,
    "Informational Message",
    ("Asynchronous Event Occurred",),
    ("PROCESSOR",),
    ("Check Detail Data",),
)

TEMPLATES: dict[str, ErrorTemplate] = {
    value.label: value for value in tuple(globals().values()) if isinstance(value, ErrorTemplate)
}
"""By label."""

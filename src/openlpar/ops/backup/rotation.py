"""When backups are made and what they are called: as in the listing of /var/backups/pvm in the NovaLink tutorial.

A backup is made a quarter past every hour. That of 00:15 is the daily one, named by the day of the month; the others are hourly
ones, named by the hour (the listing has no hourly_00). A name is written over when its day or hour comes again, so that there
are at most 23 hourly and 31 daily backups of each thing, and the oldest is what would be missed least.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from openlpar.uom.managed_system import ManagedSystem

MINUTE = 15
_LABEL = re.compile(r"hourly_([01]\d|2[0-3])|daily_(0[1-9]|[12]\d|3[01])")
_PLANT = "03"


def folder_of(system: ManagedSystem) -> str:
    """``8247-21L*03212E3CA``: the serial number as the machine itself has it, with the code of the plant before it."""
    machine = system.mtms
    return f"{machine.machine_type}-{machine.model}*{_PLANT}{machine.serial}"


def system_file(label: str) -> str:
    return f"system_{label}.bak"


def vios_file(number: int, label: str) -> str:
    """number: partition id of the Virtual I/O Server."""
    return f"vios_{number}_{label}.viosbr.tar.gz"


def is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None


def next_after(now: int) -> int:
    """The next quarter past an hour; ms since 1970."""
    moment = _moment(now)
    quarter = moment.replace(minute=MINUTE, second=0, microsecond=0)
    return int((quarter if quarter > moment else quarter + timedelta(hours=1)).timestamp() * 1000)


def label_of(now: int, scheduled: int | None = None) -> str:
    """What a backup made now is called. scheduled: when it should have been made: a daily one that was missed, while nothing ran,
    is made up for."""
    moment = _moment(now)
    midnight = moment.replace(hour=0, minute=MINUTE, second=0, microsecond=0)
    is_daily = moment.hour == 0 or (scheduled is not None and scheduled <= midnight.timestamp() * 1000)
    return f"daily_{moment:%d}" if is_daily else f"hourly_{moment:%H}"


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

"""Names and times in the JSON documents and file names of metrics."""

from __future__ import annotations

import datetime
import re

from openlpar.uom.metering import AdapterKind, MeteredAdapter, MeteredPartition

MEDIA_TYPE = "application/vnd.ibm.powervm.pcm.json"
NETWORK_KINDS = (AdapterKind.VETH, AdapterKind.TRUNK)
_STAMP = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.\d{1,3})?(?:Z|([+\- ])(\d\d):?(\d\d))?", re.ASCII
)
_RAW_TYPES = {"AIX/Linux": "aixlinux", "OS400": "os400"}
_PROCESSED_TYPES = {"AIX/Linux": "AIX/Linux", "OS400": "IBMi"}


def stamp(at: int) -> str:
    """A time (ms since 1970) as documents write it: ``2026-02-28T13:00:00+0000``."""
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%S+0000")


def file_stamp(at: int) -> str:
    """A time as file names write it: ``20260228T130000+0000``."""
    return _moment(at).strftime("%Y%m%dT%H%M%S+0000")


def _moment(at: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)


def parse_stamp(text: str) -> int | None:
    """Ms since 1970 of a time in one of those forms, or None. A blank before the zone is a plus sign that a URL has lost."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(found[n]) for n in range(1, 7))
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
        at = int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    if found[7]:
        ahead = (int(found[8]) * 60 + int(found[9])) * 60_000
        at += ahead if found[7] == "-" else -ahead
    return at


def state(partition: MeteredPartition) -> str:
    """``Not Activated``, as recorded."""
    return partition.state.title()


def raw_type(partition: MeteredPartition) -> str:
    return _RAW_TYPES.get(partition.type, partition.type)


def processed_type(partition: MeteredPartition) -> str:
    return _PROCESSED_TYPES.get(partition.type, partition.type)


def wwpn_number(text: str) -> int:
    """A port name as raw metrics of the hypervisor have it: a number."""
    try:
        return int(text, 16)
    except ValueError:
        return 0


def device(adapter: MeteredAdapter, number: int) -> str:
    """A network adapter's name on its Virtual I/O Server; numbered when nothing tells it."""
    return adapter.name or f"ent{number}"

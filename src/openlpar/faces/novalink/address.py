"""The URL grammar below ``/rest/api/uom/`` (rest-contract 2.1): Root[/uuid[/Child[/uuid]]][/suffix…]."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openlpar.messages import rest as say
from openlpar.messages import sriov as say_sriov
from openlpar.uom.catalogue import registry
from openlpar.uom.core import Element

SUFFIXES = frozenset({"do", "quick", "search", "jobs", "operations", "cancel"})
_NOT_MADE = frozenset({"SRIOVFibreChannelOverEthernetLogicalPort", "SRIOVRoCELogicalPort"})
"""Types that a partition's links name, of which there never is one; pypowervm has none of them either."""
_UUID = re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL names. kind, uuid: the object, or with uuid "" the feed. parent_kind, parent: what it is below, if anything.

    suffix, argument: ``do``/``PowerOn``, ``quick``/``All``, ``search``/``(PartitionName=='x')``; "" when there is none.
    """

    kind: type[Element]
    uuid: str = ""
    parent_kind: type[Element] | None = None
    parent: str = ""
    suffix: str = ""
    argument: str = ""

    @property
    def path(self) -> str:
        """The path of the object or feed itself, without suffix."""
        above = f"{self.parent_kind.tag}/{self.parent}/" if self.parent_kind else ""
        return above + self.kind.tag + (f"/{self.uuid}" if self.uuid else "")


def parse_address(path: str) -> Address:
    """path: below ``/rest/api/uom/``. Raises Failure for anything that is not in the grammar."""
    words = [word for word in path.split("/") if word]
    kind = _kind(words.pop(0) if words else "", path)
    uuid = words.pop(0) if words and _UUID.match(words[0]) else ""
    parent_kind: type[Element] | None = None
    parent = ""
    if words and uuid and words[0] not in SUFFIXES:
        parent_kind, parent = kind, uuid
        kind = _kind(words.pop(0), path)
        uuid = words.pop(0) if words and _UUID.match(words[0]) else ""
    suffix = argument = ""
    if words:
        suffix, argument = words[0], "/".join(words[1:])
        if suffix not in SUFFIXES:
            raise say.BAD_URL.error(url=f"/rest/api/uom/{path}", root=words[0])
    return Address(kind, uuid, parent_kind, parent, suffix, argument)


def _kind(name: str, path: str) -> type[Element]:
    kind = registry.get(name)
    if kind is None:
        if name in _NOT_MADE:
            raise say_sriov.ETHERNET_ONLY.error(kind=name)
        raise say.BAD_URL.error(url=f"/rest/api/uom/{path}", root=name)
    return kind

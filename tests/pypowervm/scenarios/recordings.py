"""A recorded real system, loaded into a server, read back: every property of every wrapper as in the recording itself.

Run against a server of its own for each recording, see ``test_recorded_systems.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from pypowervm import entities
from pypowervm import exceptions as exc
from pypowervm.tests.test_utils import pvmhttp
from pypowervm.wrappers import entry_wrapper as ew
from pypowervm.wrappers import virtual_io_server

from .site import Site

_NOT_PROPERTIES = {"adapter", "traits", "element", "etag", "child_order"}
"""What wraps the data and is none: the ETag is the server's own."""
_HOST = re.compile(r"(https?://[^/]+|://)(?=/rest/api/)")


def served_as_recorded(site: Site) -> dict[str, Any]:
    """{"compared": how many values, "different": ["Type.property[…]: recorded …, served …", …]}"""
    recorded = pvmhttp.load_pvm_resp(str(site.recording), adapter=site.adapter).get_response()
    entries = recorded.feed.entries if recorded.feed is not None else [recorded.entry]
    compared, different = 0, []
    for entry in entries:
        wrapped = ew.EntryWrapper.wrap(entry)
        try:
            served = type(wrapped).wrap(_read(site, wrapped))
        except exc.Error as failure:
            different.append(f"{wrapped.schema_type}: not served: {failure}")
            continue
        for path, one, other in _pairs(wrapped.schema_type, wrapped, served):
            compared += 1
            if one != other:
                different.append(f"{path}: recorded {one!r}, served {other!r}"[:400])
    return {"compared": compared, "different": different}


def _read(site: Site, recorded: Any) -> Any:
    """By the recorded link to itself and its query; or, where there is none, by type and uuid."""
    link = recorded.href
    if link is None:
        return site.adapter.read(recorded.schema_type, recorded.uuid, xag=[])
    place = urlsplit(link)
    feed, _, uuid = place.path.rpartition("/")
    query = f"?{place.query}" if place.query else ""
    if isinstance(recorded, virtual_io_server.VSCSIBus):
        slot = recorded.server_adapter.vios_slot_num  # its uuid is derived from that, here as there
        buses = virtual_io_server.VSCSIBus.wrap(site.adapter.read_by_path(feed + query))
        uuid = next(bus.uuid for bus in buses if bus.server_adapter.vios_slot_num == slot)
    else:  # the link of an edited recording may be another's
        uuid = recorded.element.findtext("Metadata/Atom/AtomID") or uuid
    return site.adapter.read_by_path(f"{feed}/{uuid}{query}")


def _properties(wrapper: Any) -> Iterator[str]:
    kind = type(wrapper)
    for name in sorted(dir(kind)):
        if name[0] != "_" and name not in _NOT_PROPERTIES and isinstance(getattr(kind, name), property):
            yield name


def _value(wrapper: Any, name: str) -> Any:
    """The property, or what it raises: that has to be the same too."""
    try:
        return getattr(wrapper, name)
    except Exception as failure:
        return f"{type(failure).__name__}"


def _pairs(path: str, recorded: Any, served: Any, inside: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Each value of two wrappers side by side, through all that they contain. inside: what this is a part of."""
    if isinstance(recorded, ew.Wrapper) and type(recorded) is type(served):
        if recorded.element is None or served.element is None:
            yield path, recorded.element is None, served.element is None
            return
        if recorded.element.element in inside:  # some know what they are a part of
            return
        inside = (*inside, recorded.element.element)
        for name in _properties(recorded):
            yield from _pairs(f"{path}.{name}", _value(recorded, name), _value(served, name), inside)
    elif isinstance(recorded, list | tuple) and isinstance(served, list | tuple):
        one, other = list(recorded), list(served)
        yield f"{path} length", len(one), len(other)
        for number, (left, right) in enumerate(zip(one, other, strict=False)):
            yield from _pairs(f"{path}[{number}]", left, right, inside)
    elif isinstance(recorded, dict) and isinstance(served, dict):
        yield f"{path} keys", sorted(map(str, recorded)), sorted(map(str, served))
        for key in recorded.keys() & served.keys():
            yield from _pairs(f"{path}[{key}]", recorded[key], served[key], inside)
    else:
        yield path, _plain(recorded), _plain(served)


def _plain(value: Any) -> Any:
    """A value that can be compared and printed. The address of the server is no part of a link."""
    if isinstance(value, entities.Element):
        return [(etree.QName(each).localname, (each.text or "").strip()) for each in value.element.iter()]
    if isinstance(value, str):
        return _HOST.sub("", value)
    return value if isinstance(value, int | float | bool | None) else f"{type(value).__name__} {value}"

"""Feeds of metrics: entries without content whose link leads to a JSON document (recordings ``ltm_feed.txt``, ``stm_feed.txt``)."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from openlpar.wire import atom
from openlpar.wire.pcm import names
from openlpar.wire.writer import BASE


@dataclass(frozen=True, slots=True)
class Document:
    """What an entry leads to. href: path below the service; category, frequency (seconds, 0 for none): as the client sorts them."""

    title: str
    href: str
    at: int
    category: str
    frequency: int = 0
    media_type: str = names.MEDIA_TYPE


def feed(documents: Iterable[Document], *, uuid: str, title: str, about: str, self_link: str, updated: int) -> bytes:
    """The whole feed. uuid: of the system or partition; about: the subtitle; self_link: path with query."""
    head = (
        f"\n<feed {atom.ROOT}>\n    <id>{uuid}</id>\n    <updated>{atom.stamp(updated)}</updated>\n"
        f'    <title type="text">{title}</title>\n    <subtitle type="text">{escape(about)}</subtitle>\n'
        f'    <link rel="self" href={quoteattr(BASE + self_link)}/>\n'
        f'    <generator uri="{atom.GENERATOR}" version="1"/>\n'
    )
    return (head + "".join(map(_entry, documents)) + "</feed>\n").encode()


def preferences(entry: bytes, *, uuid: str, self_link: str) -> bytes:
    """The feed around a system's preferences (``pcm_pref.txt``)."""
    head = (
        f'\n<feed {atom.ROOT}>\n    <id>{uuid}</id>\n    <title type="text">{PREFERENCES}</title>\n    <subtitle type="text"/>\n'
        f'    <link rel="self" href={quoteattr(BASE + self_link)}/>\n'
        f'    <generator uri="{atom.GENERATOR}" version="1"/>\n'
    )
    return head.encode() + entry + b"</feed>\n"


PREFERENCES = "Performance and Capacity Monitoring Preferences"


def _entry(document: Document) -> str:
    moment = atom.stamp(document.at)
    frequency = f' frequency="{document.frequency}"' if document.frequency else ""
    identity = uuids.uuid3(uuids.NAMESPACE_URL, document.href)
    return (
        f"    <entry>\n        <id>{identity}</id>\n        <updated>{moment}</updated>\n"
        f'        <title type="text">{escape(document.title)}</title>\n        <published>{moment}</published>\n'
        f'        <link type="{document.media_type}" href={quoteattr(f"{BASE}/rest/api/pcm/{document.href}")}/>\n'
        f"        <author>\n            <name>{atom.GENERATOR}</name>\n        </author>\n"
        f'        <category term="{document.category}"{frequency}/>\n    </entry>\n'
    )

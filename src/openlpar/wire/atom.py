"""Atom around the content: entries and feeds as a NovaLink sends them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from openlpar.wire.writer import BASE, NAMESPACE

_UOM = NAMESPACE.format("uom")
ROOT = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:ns2="http://a9.com/-/spec/opensearch/1.1/"'
    ' xmlns:ns3="http://www.w3.org/1999/xhtml"'
)
GENERATOR = "IBM Power Systems Management Console"
"""The generator that recorded NovaLinks name."""


def stamp(now_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    moment = datetime.datetime.fromtimestamp(now_ms / 1000, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now_ms % 1000:03d}Z"


def entry(
    content: bytes,
    *,
    uuid: str,
    title: str,
    service: str,
    self_link: str,
    now: str,
    etag: int | None,
    root: bool,
    begin: bytes = b"",
) -> bytes:
    """One entry. content: a rendering, which may be megabytes. self_link: absolute, or path with BASE, "" for none. root: it is the
    whole document. begin: what stands before it."""
    indent = "" if root else "    "
    lines = [
        f"{indent}<entry {ROOT}>" if root else f"{indent}<entry>",
        f"    <id>{uuid}</id>",
        f"    <title>{title}</title>",
        f"    <published>{now}</published>",
    ]
    if self_link:
        lines.append(f'    <link rel="SELF" href={quoteattr(self_link)}/>')
    lines += ["    <author>", f"        <name>{GENERATOR}</name>", "    </author>"]
    if etag is not None:
        lines.append(f'    <etag:etag xmlns:etag="{_UOM}" xmlns="{_UOM}">{etag}</etag:etag>')
    lines.append(f'    <content type="application/vnd.ibm.powervm.{service}+xml; type={title}">')
    head = ("\n" + indent).join(lines)
    return b"%b%b\n%s        %b%s    </content>\n%s</entry>\n" % (
        begin,
        head.encode(),
        indent.encode(),
        content,
        indent.encode(),
        indent.encode(),
    )


def feed_head(*, uuid: str, self_link: str, now: str) -> bytes:
    """What stands before the entries of a feed."""
    return (
        f"\n<feed {ROOT}>\n    <id>{uuid}</id>\n    <updated>{now}</updated>\n"
        f'    <link rel="SELF" href={quoteattr(self_link)}/>\n    <generator>{GENERATOR}</generator>\n'
    ).encode()


FEED_TAIL = b"</feed>\n"


def feed(entries: Iterable[bytes], *, uuid: str, self_link: str, now: str) -> bytes:
    """A feed of entries made with ``root=False``."""
    return b"".join([feed_head(uuid=uuid, self_link=self_link, now=now), *entries, FEED_TAIL])


def feed_etag(etags: Iterable[int]) -> int:
    """The ETag of a feed: Java's list hash of the entries' ETags (verified on every unedited NovaLink recording)."""
    value = 1
    for etag in etags:
        value = (31 * value + etag) & 0xFFFFFFFF
    return value - (1 << 32) if value & (1 << 31) else value


def addressed(document: bytes, base: str) -> bytes:
    """The document as the client that used this ``scheme://host:port`` must see it."""
    return document.replace(BASE.encode(), base.encode())

"""An element tree as the body of a request.

``ElementTree.tostring`` would do, but it goes over the tree twice in many small steps, and sends the indentation of the answer
back, a sixth of a large object.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from openlpar.client.atom import SERVICES

_SPECIAL = re.compile(r'[&<>"\r\n\t]')
_REFERENCES = {
    ord(char): reference
    for char, reference in {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}.items()
}
_IN_ATTRIBUTE = {**_REFERENCES, ord("\n"): "&#10;", ord("\t"): "&#09;"}


def to_bytes(tree: Element) -> bytes:
    """ASCII with character references, as the reference client writes bodies, without a declaration (contract 0.1) and without the
    white space between elements, which means nothing."""
    names = _Names()
    out: list[str] = []
    _write(tree, names, out)
    tag = names[tree.tag]
    out[0] = f"<{tag}{names.declarations}{out[0][len(tag) + 1 :]}"
    return "".join(out).encode("us-ascii", "xmlcharrefreplace")


class _Names(dict[str, str]):
    """``{namespace}Name`` -> ``prefix:Name``, each worked out when it is first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._prefixes: dict[str, str] = {}

    def __missing__(self, name: str) -> str:
        namespace, brace, own = name[1:].partition("}") if name.startswith("{") else ("", "", name)
        written = f"{self._prefix(namespace)}:{own}" if brace else own
        self[name] = written
        return written

    def _prefix(self, namespace: str) -> str:
        known = _KNOWN.get(namespace) or f"ns{len(self._prefixes)}"
        return self._prefixes.setdefault(namespace, known)

    @property
    def declarations(self) -> str:
        return "".join(f' xmlns:{prefix}="{_attribute(uri)}"' for uri, prefix in self._prefixes.items() if uri != _XML)


_XML = "http://www.w3.org/XML/1998/namespace"
_KNOWN = {_XML: "xml", **{namespace: service for service, namespace in SERVICES.items()}}


def _write(node: Element, names: _Names, out: list[str]) -> None:
    """The element, and behind it what text there is between it and the next."""
    tag, text, tail = names[node.tag], node.text or "", node.tail or ""
    attributes = "".join([f' {names[name]}="{_attribute(value)}"' for name, value in node.items()])
    if len(node):
        out.append(f"<{tag}{attributes}>{'' if text.isspace() else _content(text)}")
        for child in node:
            _write(child, names, out)
        out.append(f"</{tag}>")
    elif text:
        out.append(f"<{tag}{attributes}>{_content(text)}</{tag}>")
    else:
        out.append(f"<{tag}{attributes}/>")
    if tail and not tail.isspace():
        out.append(_content(tail))


def _content(text: str) -> str:
    return text.translate(_REFERENCES) if _SPECIAL.search(text) else text


def _attribute(text: str) -> str:
    return text.translate(_IN_ATTRIBUTE) if _SPECIAL.search(text) else text

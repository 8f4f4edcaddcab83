"""One number for the whole inventory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from openlpar.uom.core import Child, Children, Element
from openlpar.uom.plain import to_plain


def digest(objects: Iterable[Element]) -> str:
    """SHA-256 over all objects, volatile fields (``kxe``) left out: equal before a change and after it was taken back."""
    total = hashlib.sha256()
    for obj in sorted(objects, key=lambda one: (type(one).__name__, one.uuid)):
        content = [type(obj).__name__, obj.uuid, obj.parent, to_plain(without_volatile(obj))]
        total.update(json.dumps(content, sort_keys=True, default=str).encode())
    return total.hexdigest()


def without_volatile(element: Element) -> Element:
    changes: dict[str, Any] = {}
    for field, value in element.present():
        if field.volatile:
            changes[field.name] = None
        elif isinstance(field, Child):
            changes[field.name] = without_volatile(value)
        elif isinstance(field, Children):
            changes[field.name] = tuple(without_volatile(item) for item in value)
    return element.evolve(**changes) if changes else element

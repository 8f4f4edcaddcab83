"""All element types there are, found in the modules of this package.

Kept apart from the package itself, because importing every noun costs what a command that needs one of them cannot afford.
"""

from __future__ import annotations

import importlib
import pkgutil

import openlpar.uom
from openlpar.uom.core import Element


def _all_types() -> dict[str, type[Element]]:
    found: dict[str, type[Element]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(openlpar.uom.__path__)):
        if module == "catalogue":
            continue
        for name, value in vars(importlib.import_module(f"openlpar.uom.{module}")).items():
            if isinstance(value, type) and issubclass(value, Element) and value is not Element:
                found[name] = value
    return found


element_types: dict[str, type[Element]] = _all_types()
"""Class name to type."""

registry: dict[str, type[Element]] = {kind.tag: kind for kind in element_types.values() if kind.metadata == "id"}
"""Element name to type, of those that are objects with an identity."""

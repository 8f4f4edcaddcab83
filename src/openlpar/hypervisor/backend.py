"""The registry of back ends. ``--hypervisor NAME`` imports ``openlpar.hypervisor.NAME`` and takes the class it registered."""

from __future__ import annotations

import importlib
from typing import ClassVar

from openlpar.ports.hypervisor import Report


class Backend:
    """Base of all hypervisor back ends; see ``ports.hypervisor.Hypervisor`` for what they do."""

    name: ClassVar[str] = ""
    _registry: ClassVar[dict[str, type[Backend]]] = {}

    def __init_subclass__(cls, *, name: str) -> None:
        super().__init_subclass__()
        cls.name = name
        Backend._registry[name] = cls

    def __init__(self, report: Report) -> None:
        self.report = report

    @classmethod
    def named(cls, name: str) -> type[Backend]:
        """Raises LookupError when there is no such back end."""
        try:
            importlib.import_module(f"openlpar.hypervisor.{name}")
            return cls._registry[name]
        except (ImportError, KeyError):
            raise LookupError(f"there is no hypervisor back end {name!r}") from None

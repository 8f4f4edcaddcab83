"""Back ends that are chosen by name: importing ``PACKAGE.NAME`` and, if there is one, its module ``backend`` lets the class
register itself."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from typing import ClassVar, Self


class Registered:
    """A kind of back end is a direct subclass that says ``what`` it is and in which ``package`` its modules are; each of its
    subclasses has a ``name`` there."""

    name: ClassVar[str] = ""
    what: ClassVar[str] = ""
    package: ClassVar[str] = ""
    _registry: ClassVar[dict[tuple[str, str], type[Registered]]] = {}

    def __init_subclass__(cls, *, name: str = "", what: str = "", package: str = "") -> None:
        super().__init_subclass__()
        if package:
            cls.what, cls.package = what, package
        if name:
            cls.name = name
            Registered._registry[cls.package, name] = cls

    @classmethod
    def named(cls, name: str) -> type[Self]:
        """Raises LookupError when there is no such back end, or it lacks a library."""
        module = f"{cls.package}.{name}"
        try:
            if name.isidentifier():
                imported = importlib.import_module(module)
                if hasattr(imported, "__path__") and importlib.util.find_spec(f"{module}.backend") is not None:
                    importlib.import_module(f"{module}.backend")
        except ModuleNotFoundError as missing:
            if missing.name != module:
                raise LookupError(f"the {cls.what} {name!r} needs the Python module {missing.name}") from missing
        found = Registered._registry.get((cls.package, name))
        if found is None or not issubclass(found, cls):
            raise LookupError(f"there is no {cls.what} {name!r}")
        return found

    @classmethod
    def packaged(cls) -> list[str]:
        """The names of the packages in ``package``, in alphabetical order."""
        return [
            found.name for found in pkgutil.iter_modules(importlib.import_module(cls.package).__path__) if found.ispkg
        ]

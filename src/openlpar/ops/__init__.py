"""What can be done. One folder per noun, one file per verb; ``core`` says what an operation is."""

import importlib
import pkgutil


def load() -> None:
    """Imports every operation and view, so that all have registered themselves."""
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        importlib.import_module(module.name)

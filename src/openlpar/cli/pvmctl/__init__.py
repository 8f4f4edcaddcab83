"""``pvmctl``, the command line of a NovaLink."""

from typing import NoReturn


def main() -> NoReturn:
    """Entry point of the installed script; imports late, so that importing the package costs nothing."""
    import gc
    import os
    import sys

    gc.disable()  # a listing of ten thousand objects is short-lived: looking for garbage in it costs a fifth of the time
    from openlpar.cli.pvmctl.entry import main as run

    status = run()  # standard output is flushed
    sys.stderr.flush()
    os._exit(status)  # as does taking everything apart, object by object, before the process ends anyway

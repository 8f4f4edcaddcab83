"""``pvmctl``, the command line of a NovaLink."""


def main() -> int:
    """Entry point of the installed script; imports late, so that importing the package costs nothing."""
    import gc

    from openlpar.cli.pvmctl.main import main as run

    gc.disable()  # a listing of ten thousand objects is short-lived: looking for garbage in it costs a fifth of the time
    return run()

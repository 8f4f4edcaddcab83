"""``pvmctl``, the command line of a NovaLink."""


def main() -> int:
    """Entry point of the installed script; imports late, so that importing the package costs nothing."""
    from openlpar.cli.pvmctl.main import main as run

    return run()

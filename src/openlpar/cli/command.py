"""What the small commands beside ``pvmctl`` share: dashes, errors as one line with a hint, exit status.

Exit status: 0 done, 1 refused or failed, 2 the command line is wrong; commands add their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


Act = Callable[["argparse.Namespace"], int]


def call(parser: Callable[[], argparse.ArgumentParser], act: Act, arguments: Sequence[str] | None) -> int:
    """Parses and acts. arguments: without the program's name; default those of the process."""
    from openlpar.cli.pvmctl.grammar import normalise

    words = normalise(sys.argv[1:] if arguments is None else arguments)
    try:
        return _guarded(act, parser().parse_args(words))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads the rest; the interpreter would complain at exit
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _guarded(act: Act, args: argparse.Namespace) -> int:
    from openlpar.client.errors import ClientError
    from openlpar.messages.core import Failure

    try:
        return act(args)
    except Failure as failure:
        return complain(str(failure), failure.remedy if failure.message.origin else "")
    except ClientError as error:
        from openlpar.cli.pvmctl.failures import line

        return complain(line(error), error.hint)


def complain(text: str, hint: str = "", status: int = 1) -> int:
    """One line on standard error, and the next step below it; returns the exit status."""
    sys.stdout.flush()
    print(text, file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return status

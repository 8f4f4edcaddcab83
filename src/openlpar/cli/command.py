"""What the commands share: dashes, errors as one line with a hint, output that nobody takes, exit status.

Exit status: 0 done, 1 refused or failed, 2 the command line is wrong; commands add their own.
"""

from __future__ import annotations

import errno
import os
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
    return ended(lambda: _guarded(act, parser().parse_args(words)))


def ended(run: Callable[[], int]) -> int:
    """The exit status of a command, however it ends; what it printed has been written, or that has been said."""
    try:
        status = run()
        sys.stdout.flush()  # here, where a reader that went away (``| head``) can still be treated decently
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except OSError as wrong:
        if wrong.filename is not None or wrong.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        _write_nowhere()
        return complain(f"The output cannot be written: {wrong.strerror}.")
    return status


def _write_nowhere() -> None:
    """Or the interpreter, which tries again at its end, would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

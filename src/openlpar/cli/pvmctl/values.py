"""Values on the command line; each function is an argparse type and raises its error."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from decimal import Decimal

_SIZE = re.compile(r"([0-9]*\.?[0-9]+)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
# More than any machine has; sums and roundings of what is below fit the precision of Decimal.
_MOST = Decimal(10) ** 12
_GB = {"K": Decimal(1) / 1024 / 1024, "M": Decimal(1) / 1024, "": Decimal(1), "G": Decimal(1), "T": Decimal(1024)}


def size_gb(text: str) -> Decimal:
    """``20``, ``20G``, ``20480M``, ``1.5T`` in GB."""
    size = _gb(text)
    if not 0 < size < _MOST:
        raise ArgumentTypeError(f"{text!r} is not a size such as 20, 20G or 512M (without a letter: GB)")
    return size


def _gb(text: str) -> Decimal:
    match = _SIZE.fullmatch(text.strip())
    return Decimal(match.group(1)) * _GB[match.group(2).upper()] if match else Decimal(0)


def size_mb(text: str) -> int:
    """``1024``, ``2G`` in MB."""
    plain = text.strip().isdecimal()
    size = Decimal(text) if plain else _gb(text) * 1024
    if not 0 < size < _MOST or size != int(size):
        raise ArgumentTypeError(f"{text!r} is not a memory size such as 1024 or 2G (without a letter: MB)")
    return int(size)


def units(text: str) -> Decimal:
    """Processing units: hundredths of a processor."""
    try:
        value = Decimal(text)
        fits = 0 < value < _MOST and value == round(value, 2)
    except ArithmeticError:
        fits = False
    if not fits:
        raise ArgumentTypeError(f"{text!r} is not a number of processing units such as 0.5 (steps of 0.01)")
    return value.quantize(Decimal("0.01"))


def count(text: str) -> int:
    """A whole number that is not negative."""
    if not text.strip().isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def percent(text: str) -> Decimal:
    """``2``, ``2.5``, ``2.5%``."""
    try:
        value = Decimal(text.strip().removesuffix("%"))
    except ArithmeticError:
        value = Decimal(-1)
    if not value.is_finite() or not 0 < value <= 100:
        raise ArgumentTypeError(f"{text!r} is not a percentage such as 10 or 2.5%")
    return value

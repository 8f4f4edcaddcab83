"""Sizes: MB as the commands speak, GB as the objects keep, physical partitions as the logical volume manager counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from openlpar.vios.padmin.refusal import Refusal, Status

# Twelve digits are more than any device has room for, and few enough to be counted without rounding.
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([MmGg]?)")
_SIX_PLACES = Decimal("0.000001")


def gigabytes(text: str, *, unit: str = "M") -> Decimal:
    """GB of ``20480``, ``20480M`` or ``20G``. unit: of a number without a letter. Raises Refusal."""
    match = _SIZE.fullmatch(text)
    number = Decimal(match[1]) if match else Decimal(0)
    if match is None or not number:
        raise Refusal(
            Status.SYNTAX, f'The size "{text}" is not valid. Use a number greater than 0, with M or G behind it.'
        )
    megabytes = number * 1024 if (match[2] or unit).upper() == "G" else number
    return (megabytes / 1024).quantize(_SIX_PLACES).normalize()


def megabytes(gb: Decimal) -> int:
    return int((gb * 1024).to_integral_value(ROUND_HALF_UP))


def percent(part: int, whole: int) -> str:
    return str(100 * part // whole) if whole else "0"


def partitions(mb: int, partition_mb: int) -> int:
    """Whole physical partitions that hold so many MB."""
    return -(-mb // partition_mb)


def spread(count: int) -> list[int]:
    """Partitions in the five regions of a disk, from the outer edge to the inner edge."""
    whole, rest = divmod(count, 5)
    return [whole + (region < rest) for region in range(5)]


def distribution(total: int, used: int) -> tuple[str, str]:
    """Free and used partitions by region, as ``111..80..81..111..112``: the middle of a disk is filled first."""
    free, taken = spread(total), [0] * 5
    for region in (2, 1, 3, 0, 4):
        taken[region] = min(used, free[region])
        free[region] -= taken[region]
        used -= taken[region]
    return _regions(free), _regions(taken)


def _regions(counts: Iterable[int]) -> str:
    return "..".join(f"{count:02}" for count in counts)

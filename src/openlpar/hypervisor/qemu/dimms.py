"""Which DIMMs a guest gets and which ones it loses: pure arithmetic in MiB."""

from __future__ import annotations

from collections.abc import Mapping

LMB_MIB = 256
"""A logical memory block: the least a pseries guest can be given or asked for."""

SLOTS = 32
"""DIMMs at most (QEMU: 256 at most, and the fewer, the smaller the device tree)."""

_REGULAR_DIMMS = 24  # the other slots are for remainders: a guest's size is not always a whole number of regular DIMMs


def dimm_mib(least: int, most: int) -> int:
    """Size of a regular DIMM, in MiB, of a partition that may have from ``least`` to ``most`` MiB of memory."""
    return max(LMB_MIB, _blocks_up(-(-(most - least) // _REGULAR_DIMMS)))


def new_dimm_mib(missing: int, regular: int, free_slots: int) -> int:
    """Size of the next DIMM when ``missing`` MiB (a positive multiple of a block) shall be reached with so many free slots."""
    if missing <= regular:
        return missing
    return max(regular, _blocks_up(-(-missing // free_slots)))


def dimms_to_remove(dimms: Mapping[str, int], surplus: int) -> tuple[list[str], int]:
    """(ids whose sizes sum up closest to ``surplus`` without exceeding it, the least sum of any that is not below it or 0).

    Of several choices, one of the fewest DIMMs.
    """
    choices: dict[int, tuple[str, ...]] = {0: ()}
    for name, size in dimms.items():
        for total, chosen in list(choices.items()):
            known = choices.get(total + size)
            if known is None or len(known) > len(chosen) + 1:
                choices[total + size] = (*chosen, name)
    within = max(total for total in choices if total <= surplus)
    return list(choices[within]), min((total for total in choices if total >= surplus), default=0)


def _blocks_up(mib: int) -> int:
    return -(-mib // LMB_MIB) * LMB_MIB

"""Described objects made into one consistent managed system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openlpar.ops.inventory.bridges import complete_bridges, complete_ethernet_devices
from openlpar.ops.inventory.checks import check_bounds, check_described, check_uuids
from openlpar.ops.inventory.console import complete_console
from openlpar.ops.inventory.draft import Draft, Place
from openlpar.ops.inventory.frame import complete_frame
from openlpar.ops.inventory.generate import add_frame, add_partitions, settings
from openlpar.ops.inventory.mappings import complete_mappings
from openlpar.ops.inventory.network import complete_adapters, complete_networks, complete_switches
from openlpar.ops.inventory.partitions import complete_partitions
from openlpar.ops.inventory.sriov import complete_sriov
from openlpar.ops.inventory.storage import account_pools, complete_groups, complete_volumes
from openlpar.ops.inventory.storage import complete_pools as complete_shared_pools
from openlpar.ops.inventory.system import complete_pools, complete_system
from openlpar.ports.state import Clock, Entropy
from openlpar.uom.core import Element


def _nowhere(element: Element | None, path: Iterable[str | int]) -> str:
    kind = type(element).__name__ if element is not None else "inventory"
    return ".".join([kind, *map(str, path)])


def complete(
    described: Iterable[Element],
    clock: Clock,
    entropy: Entropy,
    *,
    exact: bool = False,
    generate: Mapping[str, str] | None = None,
    place: Place = _nowhere,
) -> list[Element]:
    """All objects of the managed system that was described, parents first.

    exact: the objects are whole (a dump, a recording): they stay as they are, only parents that are missing are made. generate:
    the file's block of that name. place: where an element was written, for messages. Raises Failure naming that place.
    """
    draft = Draft(described, clock, entropy, place)
    if exact:
        complete_frame(draft)
        check_uuids(draft)
        return draft.objects()
    wish = settings(draft, generate) if generate is not None else None
    if wish is not None:
        add_frame(draft, wish)
    complete_system(draft)
    complete_sriov(draft)
    complete_pools(draft)
    complete_switches(draft)
    complete_networks(draft)
    complete_partitions(draft)
    complete_adapters(draft)
    complete_ethernet_devices(draft)
    complete_bridges(draft)
    complete_volumes(draft)
    complete_groups(draft)
    complete_shared_pools(draft)
    complete_mappings(draft)
    check_bounds(draft)
    if wish is not None:
        add_partitions(draft, wish)
    account_pools(draft)
    complete_console(draft)
    check_described(draft)
    return draft.objects()

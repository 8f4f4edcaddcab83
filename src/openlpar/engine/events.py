"""Events: what a commit changed, told to clients that wait.

Nothing is emitted by hand: the engine shows every altered object, and what is told follows from the difference. Numbers
ascend by one from a start of the size of a time stamp, and survive restarts, as do the clients' places in the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from openlpar.engine.world import Kind, Object, State
from openlpar.ports.records import EventRecord, GuestDisks, ServerHistory, Subscription
from openlpar.uom.core import Element
from openlpar.uom.network_bridge import NetworkBridge, vios_uuid

# How a changed field is called in EventDetail; the words are those of recorded events.
_DETAIL = {
    "PartitionState": "PartitionState",
    "PartitionName": "PartitionName",
    "ReferenceCode": "ReferenceCode",
    "ReferenceCodeFull": "ReferenceCode",
    "PartitionNVRAM": "NVRAM",
}
# Details that live in a container of their own inside their parent.
_CONTAINER = {
    "VirtualSCSIMapping": "VirtualSCSIMappings",
    "VirtualFibreChannelMapping": "VirtualFibreChannelMappings",
}


def path_of(state: State, obj: Element) -> str:
    """The object's path below the service: ``ManagedSystem/{uuid}/LogicalPartition/{uuid}``."""
    own = f"{type(obj).__name__}/{obj.uuid}"
    if not obj.parent:
        return own
    return f"{state.kind_of(obj.parent)}/{obj.parent}/{own}"


class EventQueue:
    """The kept events and those who wait for new ones."""

    def __init__(self, kept: Iterable[EventRecord], now: int) -> None:
        """kept: from the store, oldest first. now: ms since 1970."""
        self._events: deque[EventRecord] = deque(kept, EventRecord.KEPT)
        self._next = max(now, self._events[-1].number + 1 if self._events else 0)
        self._published = self._next - 1
        self._arrived = asyncio.Condition()

    def tell(self, state: State, kind: Kind, old: Object | None, new: Object | None) -> list[EventRecord]:
        """The events that follow from one altered object."""
        obj = new if new is not None else old
        if isinstance(obj, GuestDisks):  # its own disks changed, though nothing of the partition's description did
            partition = state.find_any(obj.uuid)
            if partition is None or new is None or new == old:
                return []
            return [self._event("MODIFY_URI", path_of(state, partition), "Other")]
        if isinstance(obj, ServerHistory):
            return self._failovers(state, old, new)
        if not isinstance(obj, Element) or kind.ns != "uom":
            return []  # what other services have is not followed by events
        if kind.metadata != "id":
            parent = state.find_any(obj.parent) if obj.parent else None
            if parent is None:
                return []
            return [self._event("MODIFY_URI", path_of(state, parent), _CONTAINER.get(kind.__name__, "Other"))]
        if new is None:
            return [self._event("DELETE_URI", path_of(state, obj), "")]
        if old is None:
            return [self._event("ADD_URI", path_of(state, obj), "")]
        assert isinstance(old, Element)
        changed = [
            field.tag
            for field, before, after in zip(obj.fields, old._values, obj._values, strict=True)
            if before is not after and before != after
        ]
        details = dict.fromkeys(_DETAIL.get(tag, "Other") for tag in changed)
        return [self._event("MODIFY_URI", path_of(state, obj), ",".join(details))] if details else []

    def _failovers(self, state: State, old: Object | None, new: Object | None) -> list[EventRecord]:
        """Shared Ethernet adapters have changed roles, though nothing of their bridges' description did."""
        if not isinstance(new, ServerHistory):
            return []
        before = old.failovers if isinstance(old, ServerHistory) else {}
        moved = {device for device, times in new.failovers.items() if times != before.get(device)}
        return [
            self._event("MODIFY_URI", path_of(state, bridge), "Other")
            for bridge in (state.all(NetworkBridge) if moved else ())
            if any(sea.dev_name in moved and vios_uuid(sea) == new.uuid for sea in bridge.seas)
        ]

    def _event(self, event_type: str, data: str, detail: str) -> EventRecord:
        self._next += 1
        return EventRecord(number=self._next - 1, type=event_type, data=data, detail=detail)

    def custom(self, data: str, detail: str) -> EventRecord:
        """An event that a client makes for the others."""
        return self._event("CUSTOM_CLIENT_EVENT", data, detail)

    def published(self, events: list[EventRecord]) -> None:
        """Events whose changes are on disk now."""
        if not events:
            return
        self._events.extend(events)
        self._published = events[-1].number
        waker = asyncio.ensure_future(self._notify())
        waker.add_done_callback(lambda _: None)

    async def _notify(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    def since(self, position: int) -> list[EventRecord] | None:
        """The events after a position; None when some of them are no longer kept."""
        if self._events and position < self._events[0].number - 1:
            return None
        found: list[EventRecord] = []
        for event in reversed(self._events):
            if event.number <= position:
                break
            found.append(event)
        return found[::-1]

    async def poll(self, subscription: Subscription | None, wait_s: float) -> list[EventRecord]:
        """What a client gets: at once NEW_CLIENT for a new one and what has happened since, else waits up to wait_s."""
        if subscription is None:
            return [EventRecord(number=self._published, type="NEW_CLIENT", data="", detail="")]
        found = self.since(subscription.position)
        if found is None:
            return [EventRecord(number=self._published, type="CACHE_CLEARED", data="", detail="")]
        if found:
            return found
        try:
            async with asyncio.timeout(wait_s), self._arrived:
                await self._arrived.wait_for(lambda: self._published > subscription.position)
        except TimeoutError:
            return []
        return self.since(subscription.position) or []

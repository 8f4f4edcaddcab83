"""Events: what has changed."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Element, Enum, Text


class EventType(StrEnum):
    """What has happened."""

    INVALID_URI = "INVALID_URI"
    CACHE_CLEARED = "CACHE_CLEARED"
    MISSING_EVENTS = "MISSING_EVENTS"
    ADD_URI = "ADD_URI"
    MODIFY_URI = "MODIFY_URI"
    DELETE_URI = "DELETE_URI"
    NEW_CLIENT = "NEW_CLIENT"
    HIDDEN_URI = "HIDDEN_URI"
    VISIBLE_URI = "VISIBLE_URI"
    CUSTOM_CLIENT_EVENT = "CUSTOM_CLIENT_EVENT"


class Event(Element, metadata="id"):
    """A change of one object. ``Event``, read with long polling."""

    etype = Enum("EventType", EventType, access="ROR")
    eid = Text("EventID", access="ROR")
    data = Text("EventData", access="ROR")
    detail = Text("EventDetail", access="ROR")

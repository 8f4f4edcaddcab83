"""The catalogue of errors and notices. One module per noun; ``Message.catalogue`` holds them all by id."""

from openlpar.messages import general
from openlpar.messages.core import ChangeFirst, Failure, FixRequest, GiveUp, Kind, Message, TryLater

__all__ = ["ChangeFirst", "Failure", "FixRequest", "GiveUp", "Kind", "Message", "TryLater", "general"]

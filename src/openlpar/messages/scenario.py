"""Messages about scenarios."""

from openlpar.messages.core import Kind, Message

NO_SCENARIO = Message(
    "PVME01080025-0001",
    "There is no scenario {name}: it is neither a file nor one of those that come with OpenLPAR.",
    Kind.NOT_FOUND,
    "'openlpar scenario list' lists them.",
)
BAD_SCENARIO = Message(
    "PVME01080025-0002",
    "{path} has mistakes: it is not run.",
    Kind.INVALID,
    "'openlpar scenario words' explains what may stand in a scenario.",
)
NOT_STEPPED = Message(
    "PVME01080025-0003",
    "The scenario {name} cannot be run on {url}: {cause}.",
    Kind.WRONG_STATE,
    "Let it start a service of its own: leave --url out.",
)
NO_SERVICE = Message(
    "PVME01080025-0004",
    "The service for the scenario does not start: {cause}.",
    Kind.UNAVAILABLE,
    "Try 'openlpar serve --data DIR' by hand, with the inventory that the scenario names.",
)

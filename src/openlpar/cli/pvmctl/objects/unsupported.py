"""Verbs that a NovaLink has and that this pvmctl does not carry out yet: they say so, and do nothing."""

from __future__ import annotations

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Option, Verb, option

_REMEDY = "SR-IOV and vNIC objects can be listed; change them on the system's HMC."

# Taken so that a command copied from elsewhere fails for the right reason.
_OPTIONS: tuple[Option, ...] = (
    option("--loc", "--port-loc", metavar="LOC", help="location code of the port"),
    option("--options", nargs="*", metavar="VALUE", help="anything else"),
)


def verb(name: str) -> Verb:
    def run(call: Call) -> int:
        raise messages.NOT_SUPPORTED.error(verb=name, kind=call.noun.name, remedy=_REMEDY)

    return Verb(name, "not supported yet", run, "ips", _OPTIONS)

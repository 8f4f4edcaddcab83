"""Affinity: how near a partition's memory lies to its processors."""

from __future__ import annotations

from openlpar.uom.core import Element, Text


class GetDPOStatus(Element, metadata="id"):
    """The affinity score of a partition, read before a dynamic platform optimisation. The client builds it from the
    result of the job of that name; it is never on the wire.
    """

    affinity = Text("Affinity", recorded=False)
    id = Text("VmID", recorded=False)
    vm = Text("VmName", recorded=False)

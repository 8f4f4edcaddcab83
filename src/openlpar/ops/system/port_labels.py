"""Labels of SR-IOV ports: what an administrator may write on them. Everything else of the cards is still read only here."""

from __future__ import annotations

from typing import Any

from openlpar.messages import Failure, general
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.sriov import SRIOVAdapter, SRIOVEthernetPhysicalPort

_PORTS = ("converged_ports", "ethernet_ports", "roce_ports")
# chhwres: phys_port_label has 16 characters, phys_port_sub_label 8.
_LONGEST = {"label": 16, "sublabel": 8}


def _unsupported() -> Failure:
    return general.UNSUPPORTED.error(operation="Changing more of an SR-IOV adapter than the labels of its ports")


def with_labels(
    stored: tuple[IOAdapterChoice, ...], wished: tuple[IOAdapterChoice, ...]
) -> tuple[IOAdapterChoice, ...]:
    """The stored adapters with the wished labels. Refuses any other difference."""
    if len(stored) != len(wished):
        raise _unsupported()
    labelled = tuple(
        old.evolve(sriov_adapter=_labelled(old.sriov_adapter, new.sriov_adapter)) if old.has("sriov_adapter") else old
        for old, new in zip(stored, wished, strict=True)
    )
    if labelled != wished:
        raise _unsupported()
    return labelled


def _labelled(old: SRIOVAdapter, new: SRIOVAdapter) -> SRIOVAdapter:
    changes: dict[str, Any] = {}
    for name in _PORTS:
        before, after = getattr(old, name), getattr(new, name)
        if before and len(before) == len(after):
            changes[name] = tuple(_port(*pair) for pair in zip(before, after, strict=True))
    return old.evolve(**changes)


def _port(old: SRIOVEthernetPhysicalPort, new: SRIOVEthernetPhysicalPort) -> SRIOVEthernetPhysicalPort:
    labels: dict[str, Any] = {}
    for name, longest in _LONGEST.items():
        text = new.get(name)
        if text != old.get(name):
            if len(text or "") > longest:
                raise general.BAD_VALUE.error(
                    field=type(old).by_name[name].tag,
                    object=f"SR-IOV port {old.loc_code}",
                    value=repr(text),
                    cause=f"it has {len(text)} characters",
                    wanted=f"at most {longest} characters",
                )
            labels[name] = text
    return old.evolve(**labels)

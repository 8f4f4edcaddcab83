"""Virtual Ethernet switches inside the hypervisor."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Element, Enum, Int, Links, Text


class SwitchMode(StrEnum):
    """Whether partitions talk directly (Veb) or through the outside switch (Vepa)."""

    VEB = "Veb"
    VEPA = "Vepa"


class VirtualSwitch(Element, metadata="id"):
    """A virtual switch. ``ManagedSystem/{uuid}/VirtualSwitch``."""

    switch_id = Int("SwitchID", access="ROR")
    mode = Enum("SwitchMode", SwitchMode, access="CUD", hmc="switch_mode")
    name = Text("SwitchName", access="CUD", hmc="vswitch")
    vnet_uri_list = Links("VirtualNetworks", access="CUD")

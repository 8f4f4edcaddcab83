"""Virtual networks: the VLANs in use on a virtual switch."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Href, Int, Text


class VirtualNetwork(Element, metadata="id", schema="V1_2_0"):
    """A VLAN on a virtual switch, once tagged and once untagged. ``ManagedSystem/{uuid}/VirtualNetwork``."""

    associated_switch_uri = Href("AssociatedSwitch", access="COD")
    name = Text("NetworkName", access="CUR", hmc="vnetwork")
    vlan = Int("NetworkVLANID", access="COD", hmc="vlan_id")
    vswitch_id = Int("VswitchID", access="ROR")
    tagged = Bool("TaggedNetwork", access="COD", hmc="is_tagged")

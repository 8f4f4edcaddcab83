"""Every attribute of pypowervm's classes is a name that ``pvmctl -d`` finds in the declarations.

The list of attributes is the catalogue's, extracted from the client; see ``test_catalogue``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from openlpar.uom import catalogue as uom
from openlpar.uom.core import Child, Element
from tests.uom.test_catalogue import CATALOGUE

# Attributes that the client works out from one or several elements, or second names of one element.
WORKED_OUT = {
    "ClientNetworkAdapter": {"is_trunk"},
    "Cluster": {"ssp_uuid"},
    "IOSlot": {
        "dyn_reconfig_conn_index",
        "dyn_reconfig_conn_name",
        "pci_revision_id",
        "pci_sub_dev_id",
        "pci_sub_vendor_id",
    },
    "LoadGroup": {"tagged_vlans"},
    "MachineTypeModelAndSerialNumber": {"mtms_str"},
    "ManagedSystem": {"migration_data"},
    "NetworkBridge": {"arbitrary_pvids", "vswitch_id"},
    "Node": {"vios_uuid"},
    # The client's class inherits these from PersistentMemoryDevice, but the element does not have them.
    "PersistentMemoryVolume": {
        "blocksize",
        "cur_num_volumes",
        "freesize",
        "max_num_volumes",
        "pys_loc",
        "serial_number",
        "status",
        "totalsize",
        "type",
    },
    "PowerEnterprisePool": {"master_console_mtms"},
    "SRIOVAdapter": {"phys_ports"},
    "SRIOVConvergedNetworkAdapterPhysicalPort": {"sriov_adap", "sriov_adap_id"},
    "SRIOVEthernetPhysicalPort": {"sriov_adap", "sriov_adap_id"},
    "SRIOVRoCEPhysicalPort": {"sriov_adap", "sriov_adap_id"},
    "SharedEthernetAdapter": {"addl_adpts", "primary_adpt"},
    "SharedProcessorPool": {"is_default"},
    "TrunkAdapter": {"vios_id"},
    "VirtualDisk": {"path"},
    # bootlist_info comes from the client's base class; only logical partitions have it.
    "VirtualIOServer": {"bootlist_info", "ip_addresses", "pfc_ports"},
    "VirtualOpticalMedia": {"media_name"},
}
# The two kinds of client adapter share a tag; port names are those of the Fibre Channel one.
SHARED_TAG = {"ClientAdapter": uom.element_types["VirtualFibreChannelClientAdapter"]}
WITHOUT_CLASS = {"AuthorizedKey", "IBMiVirtualSoftwareTiers", "Job", "NetworkInterfaces"}


def names(declared: type[Element]) -> Iterator[str]:
    """pvmctl's names of a type's fields, those of flattened children included."""
    for field in declared.fields:
        if isinstance(field, Child) and field.flat:
            yield from names(field.target)
        if field.cli:
            yield field.cli


@pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there: nothing to compare with")
def test_every_attribute_of_the_client_has_a_name() -> None:
    missing: dict[str, set[str]] = {}
    for wrapper in json.loads(CATALOGUE.read_text(encoding="utf-8"))["wrappers"].values():
        tag = wrapper.get("schema")
        if not tag or tag in WITHOUT_CLASS:
            continue
        known = {"uuid", *WORKED_OUT.get(tag, ())}
        if tag in SHARED_TAG:
            known |= set(names(SHARED_TAG[tag]))
        for declared in uom.element_types.values():
            if declared.tag == tag:
                known |= set(names(declared))
        if absent := set(wrapper["props"]) - known:
            missing.setdefault(tag, set()).update(absent)
    assert not missing, f"Name the field so, give it cli=, or list it as worked out: {missing}"


@pytest.mark.parametrize("declared", uom.element_types.values(), ids=lambda declared: declared.__name__)
def test_names_are_unique(declared: type[Element]) -> None:
    twice = [name for name, count in Counter(names(declared)).items() if count > 1]
    assert not twice, f"{declared.__name__}: pvmctl could not tell {twice} apart"

"""The management console: the NovaLink (or HMC) itself."""

from __future__ import annotations

import base64
import binascii
import hashlib

from openlpar.uom.core import Child, Collection, Element, Links, Text, Texts
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber


class ManagementConsoleNetworkInterface(Element, schema="V1_0"):
    """A network interface of the console."""

    name = Text("InterfaceName", access="CUD")
    address = Text("NetworkAddress", access="CUR")


class AuthorizedKeys(Element):
    """SSH public keys of other consoles that may log in here (for partition mobility)."""

    ssh_authorized_keys = Texts("AuthorizedKey")


class ManagementConsole(Element, metadata="id"):
    """The console. ``ManagementConsole``; a NovaLink knows exactly one, itself."""

    mtms = Child("MachineTypeModelAndSerialNumber", MachineTypeModelAndSerialNumber, access="ROR")
    managed_frames = Links("ManagedFrames", access="CUD")
    managed_systems = Links("ManagedSystems", access="CUD")
    name = Text("ManagementConsoleName", access="CUR")
    network_interfaces = Collection("NetworkInterfaces", ManagementConsoleNetworkInterface, access="CUD")
    template_object_model_version = Links("TemplateObjectModelVersion", access="ROR")
    user_object_model_version = Links("UserObjectModelVersion", access="ROR")
    version_info = Links("VersionInfo", access="ROR")
    local_vios_image_names = Text("LocalVirtualIOServerImageNames", recorded=False)
    web_object_model_version = Links("WebObjectModelVersion", access="ROR")
    power_enterprise_pools = Links("PowerEnterprisePools", access="CUD")
    ssh_public_key = Text("PublicSSHKey", access="ROO", since="V1_3_0")
    authorized_keys = Child("AuthorizedKeys", AuthorizedKeys, flat=True, access="ROO", since="V1_3_0")


def bare_key(line: str) -> str:
    """A line of authorized_keys without its comment."""
    return " ".join(line.split()[:2])


def key_name(line: str) -> str:
    """What ``ssh-keygen -l`` calls the key: SHA256 and the digest; "" for what is no key."""
    try:
        blob = base64.b64decode(line.split()[1], validate=True)
    except (IndexError, binascii.Error):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

"""Rules for the settings of devices: what devices of a type are to be set to, apart from what they are.

A rule is about a type of device, in AIX's terms ``class/subclass/type``, and one of its attributes. The default rules come with the
server; which ones a real server has changes with its level, and these are a choice of what administrators are advised to set. The
current rules are a file of padmin in the form of an AIX Runtime Expert profile (recalled).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from openlpar.vios.padmin.attributes import Attribute
from openlpar.vios.padmin.devices import (
    FIBRE_DISK,
    FIBRE_PROTOCOL,
    SHARED_ETHERNET,
    VIRTUAL_ETHERNET,
    Device,
    devices,
)
from openlpar.vios.padmin.files import HOME
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server

FILE = f"{HOME}/rules/vios_current_rules.xml"
RuleSet = Mapping[tuple[str, str], str]
"""(type of device, attribute) to the value, in order."""

DEFAULT: RuleSet = {
    (SHARED_ETHERNET, "largesend"): "1",
    (VIRTUAL_ETHERNET, "max_buf_small"): "4096",
    (VIRTUAL_ETHERNET, "max_buf_tiny"): "4096",
    (VIRTUAL_ETHERNET, "min_buf_small"): "2048",
    (VIRTUAL_ETHERNET, "min_buf_tiny"): "2048",
    (FIBRE_DISK, "algorithm"): "round_robin",
    (FIBRE_DISK, "reserve_policy"): "no_reserve",
    (FIBRE_PROTOCOL, "dyntrk"): "yes",
    (FIBRE_PROTOCOL, "fc_err_recov"): "fast_fail",
}


def ruled(server: Server) -> dict[str, list[Device]]:
    """Type to the devices of it."""
    found: dict[str, list[Device]] = {}
    for device in devices(server):
        if device.type and device.status == "Available":
            found.setdefault(device.type, []).append(device)
    return found


def captured(server: Server, template: RuleSet) -> RuleSet:
    """The same rules with the values that the devices have now: those of most of them. A rule without devices stays as it is."""
    there = ruled(server)
    return {
        (kind, name): _usual(there.get(kind, []), name) or value for (kind, name), value in sorted(template.items())
    }


def _usual(those: list[Device], name: str) -> str:
    values = [device.attribute(name).value for device in those]
    return max(values, key=values.count, default="")


def deviations(server: Server, rules: RuleSet) -> Iterator[tuple[Device, Attribute, str]]:
    """Devices whose attribute is not what a rule wants, with that."""
    there = ruled(server)
    for (kind, name), value in sorted(rules.items()):
        for device in there.get(kind, []):
            attribute = device.attribute(name)
            if attribute.value != value:
                yield device, attribute, value


def types(server: Server) -> list[str]:
    """The types that rules can be about: those of the default rules, and of the devices."""
    return sorted({*ruled(server), *(kind for kind, _ in DEFAULT)})


def check_type(server: Server, kind: str) -> None:
    """Raises Refusal for a type that rules cannot be about."""
    if kind not in types(server):
        raise no_such("Type of device", kind, f"Rules can be about: {', '.join(types(server))}.")


def check(server: Server, kind: str, name: str, value: str) -> None:
    """Raises Refusal for a rule that there cannot be, or whose value the devices cannot take."""
    check_type(server, kind)
    for device in ruled(server).get(kind, [])[:1]:
        device.attribute(name).check(device.name, value)


def current(server: Server) -> RuleSet | None:
    """None when there are none yet."""
    return read(FILE, server.home.read(FILE)) if server.home.exists(FILE) else None


def keep(server: Server, rules: RuleSet) -> None:
    profile = etree.Element("Profile", origin="get", version="3.0.0", ioslevel=server.level)
    for kind in sorted({kind for kind, _ in rules}):
        catalog = etree.SubElement(profile, "Catalog", id=f"devParam.{kind.replace('/', '.')}", version="3.0")
        for (of, name), value in sorted(rules.items()):
            if of == kind:
                parameter = etree.SubElement(catalog, "Parameter", name=name, value=value)
                etree.SubElement(parameter, "Target", {"class": "device", "instance": kind})
    server.home.write(FILE, etree.tostring(profile, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def level_in(name: str, content: bytes) -> str:
    """Level of the server that a file of rules was made on; "" when it does not tell. Raises Refusal."""
    return _profile(name, content).get("ioslevel", "")


def read(name: str, content: bytes) -> RuleSet:
    """The rules in a file. name: of the file. Raises Refusal."""
    profile = _profile(name, content)
    found = {
        (target.get("instance", ""), parameter.get("name", "")): parameter.get("value", "")
        for parameter in profile.iter("Parameter")
        for target in parameter.iter("Target")
    }
    if not found:
        raise Refusal(Status.INCOMPLETE, f'"{name}" holds no rules. "rules -o capture" makes a file of them.')
    return found


def _profile(name: str, content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refusal(Status.INCOMPLETE, f'"{name}" is no file of rules: {error.msg}.') from error

"""Partitions that go to another system and come back, over and over; the systems are those of ``test_journeys.py``."""

from __future__ import annotations

import difflib
import hashlib
import re
from typing import Any

from pypowervm import const
from pypowervm.tasks import cna, migration, power, scsi_mapper, vfc_mapper
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import base_partition as bp

from .mobility import _found, _there, _until
from .site import Site

RUNNING, OFF = "traveller", "parcel"


def partitions_are_made_ready(site: Site) -> None:
    """One that runs, and one that is off. Both have a logical unit; the one that runs has network and Fibre Channel too."""
    for name in (RUNNING, OFF):
        lpar = site.built(name).create(parent=site.system())
        _, unit = tasks.crt_lu(site.tier(), f"{name}-boot", 1)
        scsi_mapper.add_vscsi_mapping(site.system().uuid, site.vios("vios1"), lpar.uuid, unit)
    lpar = site.lpar(RUNNING)
    cna.crt_cna(site.adapter, None, lpar.uuid, 200)
    vioses = site.vioses(const.XAG.VIO_FMAP, const.XAG.VIO_STOR)
    ports = [port.wwpn for vios in vioses for port in vios.pfc_ports]
    for port_map in vfc_mapper.derive_base_npiv_map(vioses, ports, 2):
        vios = vfc_mapper.find_vios_for_port_map(vioses, port_map)
        vfc_mapper.add_map(vios, site.system().uuid, lpar.uuid, port_map)
    for vios in vioses:
        vios.update()
    power.power_on(site.lpar(RUNNING), site.system().uuid)
    _ready(site)


def they_go_and_come_back(site: Site) -> str:
    """As often as it is told. After each round both systems are as after the first one, in which they find their places."""
    there = _there(site)
    systems = [(one, one.system().system_name) for one in (site, there)]
    first = site.digest_before
    shown: list[str] = []
    for turn in range(site.rounds):
        for (source, _), (target, system) in (systems, systems[::-1]):
            for name in (RUNNING, OFF):
                leaving = _found(source, name)
                migration.migrate_lpar(leaving, system)
                arrived = _found(target, name)
                assert _found(source, name) is None
                assert (arrived.uuid, arrived.id, arrived.state) == (leaving.uuid, leaving.id, leaving.state)
            _ready(target)
        now = _lines(site) + _lines(there)
        shown = shown or now
        first = first or _digest(now)
        changes = "\n".join(difflib.unified_diff(shown, now, n=0, lineterm=""))
        assert _digest(now) == first, f"the systems are not as they were before round {turn}:\n{changes}"
    return first


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


_DRAWN = re.compile(r"""^- uuid: \S+$|^ +udid: "0a[0-9a-f]{16}"$""")


def _lines(site: Site) -> list[str]:
    """The inventory. A Virtual I/O Server makes target devices for who arrives: they have identifiers of their own."""
    kind, lines = "", []
    for line in site.inventory():
        kind = line if line[:1].isalpha() else kind
        is_drawn = kind.endswith("Mapping:") and _DRAWN.match(line)
        lines.append("(drawn)" if is_drawn else line)
    return lines


def they_are_taken_away(site: Site) -> None:
    for name in (RUNNING, OFF):
        site.remove(site.lpar(name).uuid)
        units = [unit for unit in site.pool().logical_units if unit.name == f"{name}-boot"]
        tasks.rm_tier_storage(units, tier=site.tier())


def _ready(site: Site) -> Any:
    """A partition moves only when its operating system can be reached."""
    _until(lambda: _found(site, RUNNING).rmc_state == bp.RMCState.ACTIVE)

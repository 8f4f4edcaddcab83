"""Links between virtual switches of this service and those of others, on this machine or another one: what ``--link`` asks for.

Only who starts the service decides on links: they are no part of the state, and a partition or REST client makes none.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.network import named
from openlpar.hypervisor.qemu.switch import Switch
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.state import World
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch
from openlpar.vswitch import wanted as rules

log = logging.getLogger(__name__)

_HERE = "127.0.0.1"
_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_FORM = "switch=NAME,local=ADDRESS:PORT,peer=ADDRESS:PORT[,vlans=1/100-120][,secret=FILE]"
_REMEDY = f"Write {_FORM}; 'openssl rand -hex 16' makes a secret for both sides."
_LONGEST_FILE = 4096


@dataclass(frozen=True, slots=True)
class SwitchLink:
    """local, peer: ADDRESS:PORT; vlans: that it may carry, None for all in use; secret: key of the seals, "" for none."""

    switch: str
    local: str
    peer: str
    vlans: frozenset[int] | None = None
    secret: str = field(default="", repr=False)

    @classmethod
    def parsed(cls, text: str) -> SwitchLink:
        """text: as ``_FORM``, where an address without a host is on loopback. Raises HostUnfit."""
        pairs = [item.partition("=") for item in text.split(",")]
        given = {name: value for name, _, value in pairs}
        known, needed = {"switch", "local", "peer", "vlans", "secret"}, {"switch", "local", "peer"}
        if len(given) < len(pairs) or not needed <= given.keys() <= known or "" in given.values():
            raise HostUnfit(f"--link {text}: it is not of the form {_FORM}. Give each of these at most once.")
        local, peer = (
            f"{_HERE}{value}" if value.startswith(":") else value for value in (given["local"], given["peer"])
        )
        try:
            vlans = _vlans(given["vlans"]) if "vlans" in given else None
            secret = _secret(Path(given["secret"])) if "secret" in given else ""
        except ValueError as wrong:
            raise HostUnfit(f"--link {text}: {wrong}") from wrong
        return cls(given["switch"], local, peer, vlans, secret)

    def port(self, name: str, switch: str, vlans: Iterable[int]) -> dict[str, Any]:
        """As the switch's request ``configure`` has it."""
        ends = {"local": self.local, "peer": self.peer, "secret": self.secret}
        return {"name": name, "switch": switch, "kind": "link", "tagged": sorted(vlans), **ends}


def _vlans(text: str) -> frozenset[int]:
    """``1/100-120``. Raises ValueError."""
    found: set[int] = set()
    for part in text.split("/"):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if first > last or first not in rules.VLAN_IDS or last not in rules.VLAN_IDS:
            raise ValueError(f"'{part}' is no VLAN id of 1 to 4094, nor a range of them. Write vlans=1/100-120.")
        found.update(range(first, last + 1))
    return frozenset(found)


def _secret(path: Path) -> str:
    """What is in a file that nobody else may read. Raises ValueError."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            content = file.read(_LONGEST_FILE)
    except OSError as wrong:
        raise ValueError(f"the secret in {path} cannot be read: {wrong.strerror}. Name a file with one.") from wrong
    if not stat.S_ISREG(about.st_mode) or about.st_mode & 0o077:
        raise ValueError(f"{path} is open to others, so what is in it is no secret. Close it: chmod 600 {path}.")
    try:
        return content.decode("ascii").strip()
    except UnicodeDecodeError as wrong:
        raise ValueError(f"what is in {path} is not text. Make one: openssl rand -hex 16 >{path}.") from wrong


def _rule(links: Mapping[str, SwitchLink]) -> None:
    """Raises rules.Refused."""
    switches = [{"name": name, "mode": SwitchMode.VEB.value} for name in {link.switch for link in links.values()}]
    rules.wanted({"switches": switches, "ports": [link.port(name, link.switch, (1,)) for name, link in links.items()]})


class Links:
    """All links of a service, by name of the switch process's port."""

    def __init__(self, world: World, texts: Iterable[str]) -> None:
        """texts: see ``SwitchLink.parsed``. Raises HostUnfit when one is not possible, now and in this system."""
        self._world = world
        self._links = {f"link-{number}": SwitchLink.parsed(text) for number, text in enumerate(texts, 1)}
        self._problems: dict[str, str] = {}
        self._reported: dict[str, str] = {}
        self._check()

    def _check(self) -> None:
        """By what there is, and by the rules of the switch itself: each alone, then all together."""
        for name, link in self._links.items():
            try:
                self._switch(link)
                _rule({name: link})
            except (LookupError, rules.Refused) as wrong:
                raise HostUnfit(
                    f"--link switch={link.switch},local={link.local},peer={link.peer}: {wrong.args[0]}. {_REMEDY}"
                ) from wrong
        try:
            _rule(self._links)
        except rules.Refused as wrong:
            raise HostUnfit(
                f"--link: {wrong}. Give each of the links, in the order of the options, one of its own."
            ) from wrong

    def _switch(self, link: SwitchLink) -> VirtualSwitch:
        """Raises LookupError with the reason."""
        there = [switch for switch in self._world.all(VirtualSwitch) if switch.mode != SwitchMode.VEPA]
        found = next((switch for switch in self._world.all(VirtualSwitch) if switch.name == link.switch), None)
        if found is None:
            raise LookupError(
                f"there is no virtual switch {link.switch}, only {', '.join(each.name for each in there)}"
            )
        if found.mode == SwitchMode.VEPA:
            raise LookupError(f"virtual switch {link.switch} is in mode Vepa: its partitions must not reach each other")
        return found

    def joined(self, carried: dict[str, Any]) -> dict[str, Any]:
        """What the switch carries (``network.wanted``), with links to those of others, but for the ones given up in this round."""
        ports = [*carried["ports"], *self._ports(carried["ports"])]
        return carried | {"ports": ports}

    def _ports(self, others: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for name, link in self._links.items():
            if name in self._problems:
                continue
            try:
                switch = named(self._switch(link))
            except LookupError as gone:
                self._problems[name] = str(gone.args[0])
                continue
            here = [port for port in others if port["switch"] == switch]
            used = {vlan for port in here for vlan in (port["pvid"], *port["tagged"])}
            wish = used if link.vlans is None else used & link.vlans
            # On one VLAN at least: so it is up, or not, before anybody is there to use it.
            yield link.port(name, switch, wish or {min(link.vlans or (1,))})

    def begin_round(self) -> None:
        """What was given up is tried again."""
        self._problems.clear()

    def end_round(self) -> bool:
        """Whether all that can be carried is. Tells the log what is new about those that are not."""
        for name, problem in self._problems.items():
            if self._reported.get(name) != problem:
                link = self._links[name]
                log.error("virtual switch %s is not linked to %s: %s", link.switch, link.peer, problem)
        self._reported = dict(self._problems)
        return not self._problems

    def give_up(self, error: str) -> bool:
        """The switch refuses all with this. Whether that is for a link: then it goes without that one."""
        for name in self._links.keys() - self._problems.keys():
            mark = f"port {name}: "
            if mark in error:
                self._problems[name] = error.partition(mark)[2]
                return True
        return False

    async def status(self, switch: Switch) -> list[dict[str, Any]]:
        """For each: switch, local, peer, sealed (it has a secret), up (the other side was heard within 3 s), problem ("" when it is
        carried), vlans that it carries now, and counts of frames. Raises SwitchError."""
        if not self._links:
            return []
        told = await switch.request("status")
        ports = {port["name"]: port for port in told["ports"]}
        return [self._told(name, link, ports.get(name)) for name, link in self._links.items()]

    def _told(self, name: str, link: SwitchLink, port: Mapping[str, Any] | None) -> dict[str, Any]:
        plain = {"switch": link.switch, "local": link.local, "peer": link.peer, "sealed": bool(link.secret)}
        if port is None:
            problem = self._problems.get(name) or self._reported.get(name) or "it is not carried yet"
            return plain | {"up": False, "problem": problem, "vlans": [], "rejected": 0, "in": {}, "out": {}}
        known = {field: port[field] for field in ("up", "vlans", "rejected", "in", "out")}
        return plain | known | {"problem": ""}

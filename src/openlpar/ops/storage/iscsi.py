"""Jobs ``ISCSIDiscovery`` and ``ISCSIRemove`` of a Virtual I/O Server: disks of iSCSI targets on the storage network.

Lists come as ``[a,b]``: one value for each path, or one for all. The return codes are those of the initiator's command, as clients
know them (rest-contract 2.11, pypowervm's ``tasks.hdisk._iscsi``).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple, Self

from openlpar.messages import Failure, general
from openlpar.messages import san as say
from openlpar.messages import storage as say_storage
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.job_parameters import check_known
from openlpar.ops.storage.san_disks import Found, iscsi_disk, offered
from openlpar.ops.storage.usage import TakenVolumes, serving
from openlpar.ops.vios.configure_devices import find_again
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import IscsiSession, RemovedDisk, SanVolume, StorageArray
from openlpar.ports.san import initiator_name, portal
from openlpar.ports.state import Change, World
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume

_FIRST_LEVEL = (3, 1)
_DEFAULT_INTERFACE = "default"
_NUMBER = re.compile(r"\d+")
_TARGET = {
    "ifaceName": "iSCSI interface, or a list of them in brackets",
    "targetIQN": "name of the target, or a list of them in brackets",
    "targetLUN": "logical unit number, or a list of them in brackets",
    "multipath": "true: over several paths",
}
_ACCESS = {
    "hostIP": "address of the target, or a list of them in brackets",
    "auth": "how to log in to the target: CHAP or None",
    "user": "user there",
    "password": "password there",
    "discoveryAuth": "how to log in for the discovery of several paths",
    "discoveryUser": "user for the discovery",
    "discoveryPassword": "password for the discovery",
}


class Code(enum.StrEnum):
    """Return codes: pypowervm's ISCSIStatus."""

    OK = "0"
    ERROR = "1"
    INVALID = "7"
    TIMEOUT = "8"
    SESSION_EXISTS = "15"
    NOTHING_FOUND = "21"
    HOST_NOT_FOUND = "23"
    REFUSED = "24"
    STALE = "27"
    UNSUPPORTED = "127"


class Way(NamedTuple):
    """One path to a disk. lun: "" for all that the target offers."""

    iqn: str
    portal: str
    lun: str
    interface: str


class _Line(NamedTuple):
    """A disk that was found at the end of a path. is_new: the server had to log in."""

    way: Way
    volume: SanVolume
    found: Found
    is_new: bool


@dataclass
class _ISCSIJob(ServerJob):
    """What both jobs have in common: the server's initiator, and the return code that a failure tells too."""

    target: str
    wishes: dict[str, str]
    _code: str = field(default=Code.ERROR.value, init=False)

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target, {name: value.strip() for name, value in parameters.items() if value.strip()})

    @property
    def failure_results(self) -> dict[str, str]:
        return {"RETURN_CODE": self._code}

    def _initiator(self, world: World) -> VirtualIOServer:
        vios = serving(world, self.target)
        level = vios.operating_system.removeprefix("VIOS").strip()
        numbers = tuple(int(number) for number in _NUMBER.findall(level))
        if numbers and numbers < _FIRST_LEVEL:
            self._code = Code.UNSUPPORTED.value
            raise say.ISCSI_TOO_OLD.error(vios=vios.name, level=level)
        return vios

    def _list(self, name: str) -> list[str]:
        text = self.wishes.get(name, "")
        if text.startswith("[") and text.endswith("]"):
            return [part.strip() for part in text[1:-1].split(",") if part.strip()]
        return [text] if text else []

    def _bad(self, name: str, cause: str) -> Failure:
        self._code = Code.INVALID.value
        return say.ISCSI_BAD_PARAMETER.error(name=name, job=self.job, value=self.wishes.get(name, ""), cause=cause)

    def _luns(self) -> list[str]:
        for text in self._list("targetLUN"):
            if not (text.isascii() and text.isdigit()):
                raise self._bad("targetLUN", f"{text!r} is no number")
        return [str(int(text)) for text in self._list("targetLUN")]

    def _portal(self, name: str, text: str) -> str:
        try:
            return portal(text)
        except ValueError as wrong:
            failure = self._bad(name, str(wrong))
            self._code = Code.HOST_NOT_FOUND.value
            raise failure from None


@dataclass
class ISCSIDiscovery(_ISCSIJob, name="vios.iscsi_discovery", job="ISCSIDiscovery", groups=("VirtualIOServer",)):
    """Logs in to iSCSI targets and finds a disk there; without parameters tells the initiator's name."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    parameters: ClassVar[dict[str, str]] = _TARGET | _ACCESS

    def check(self, world: World) -> None:
        self._lines: list[_Line] = []
        vios = self._initiator(world)
        self._name = initiator_name(vios)
        if not set(self.wishes) - {"multipath"}:
            self._code = Code.OK.value
            return
        refusal: tuple[str, Failure] | None = None
        for way in self._ways():
            try:
                self._lines += self._reached(world, vios, way)
            except Failure as failure:
                if self._code == Code.STALE:
                    raise
                refusal = refusal or (self._code, failure)
        if not self._lines and refusal is not None:
            self._code = refusal[0]
            raise refusal[1]
        known = not any(line.is_new for line in self._lines)
        self._code = (Code.SESSION_EXISTS if known else Code.OK).value

    def _ways(self) -> list[Way]:
        """The paths that the lists describe together."""
        named = {name: self._list(name) for name in ("targetIQN", "hostIP")}
        for name, values in named.items():
            if not values:
                self._code = Code.INVALID.value
                raise general.MISSING_VALUE.error(object=f"Job {self.job}", field=name)
        iqns, hosts, luns = named["targetIQN"], named["hostIP"], self._luns() or [""]
        interfaces = self._list("ifaceName") or [_DEFAULT_INTERFACE]
        count = max(len(iqns), len(hosts), len(luns))
        for name, values in (*named.items(), ("targetLUN", luns), ("ifaceName", interfaces)):
            if len(values) not in (1, count):
                raise self._bad(name, f"it has {len(values)} values, and there are {count} paths")
        at = [values * (count // len(values)) for values in (iqns, hosts, luns, interfaces)]
        return [
            Way(iqn.lower(), self._portal("hostIP", host), lun, interface)
            for iqn, host, lun, interface in zip(*at, strict=True)
        ]

    def _reached(self, world: World, vios: VirtualIOServer, way: Way) -> Iterator[_Line]:
        """The disks at the end of a path. Raises Failure, with the code set."""
        array = next((one for one in world.all(StorageArray) if way.portal in one.portals), None)
        if array is None:
            raise self._lost(vios, way, Code.TIMEOUT, "nobody answers there")
        session = world.find(IscsiSession, session_of(vios, way).uuid)
        if session is None:
            self._log_in(vios, way, array)
        volumes = [one for one in offered(world, vios, way.iqn, way.portal) if way.lun in ("", str(one.lun))]
        if not volumes:
            raise self._lost(vios, way, Code.NOTHING_FOUND, f"it offers this server no logical unit {way.lun}".rstrip())
        taken: set[str] = {line.found.disk.name for line in self._lines}
        for volume in volumes:
            found = iscsi_disk(world, vios, volume, way.portal, taken)
            if found.is_new:  # another path may have found it already
                same = (line.found for line in self._lines if line.volume.uuid == volume.uuid and volume.naa)
                found = next(same, found)
            self._refuse_stale(world, vios, way, volume, found, session)
            taken.add(found.disk.name)
            yield _Line(way, volume, found, session is None)

    def _log_in(self, vios: VirtualIOServer, way: Way, array: StorageArray) -> None:
        wishes = self.wishes
        logins = [("login", array.chap, wishes.get("auth"), wishes.get("user"), wishes.get("password"))]
        if wishes.get("multipath", "").lower() == "true":
            found = (wishes.get("discoveryAuth"), wishes.get("discoveryUser"), wishes.get("discoveryPassword"))
            logins.insert(0, ("discovery login", array.discovery_chap, *found))
        for login, asked, method, user, password in logins:
            if asked and ((user, password) != asked or (method or "CHAP").upper() != "CHAP"):
                self._code = Code.REFUSED.value
                raise say.ISCSI_REFUSED.error(iqn=way.iqn, portal=way.portal, login=login, vios=vios.name)

    def _lost(self, vios: VirtualIOServer, way: Way, code: Code, cause: str) -> Failure:
        self._code = code.value
        return say.ISCSI_FAILED.error(vios=vios.name, iqn=way.iqn, portal=way.portal, cause=cause)

    def _refuse_stale(
        self,
        world: World,
        vios: VirtualIOServer,
        way: Way,
        volume: SanVolume,
        found: Found,
        session: IscsiSession | None,
    ) -> None:
        """The array may have put another volume at this number while the server still had the disk that was there before."""
        before = world.find(PhysicalVolume, session.disks.get(str(volume.lun), "")) if session is not None else None
        if before is not None and before.uuid != found.disk.uuid:
            self._code = Code.STALE.value
            raise say.ISCSI_STALE.error(vios=vios.name, disk=before.name, lun=volume.lun, iqn=way.iqn)

    def steps(self) -> Iterable[Step]:
        if self._lines:
            yield Step("log in and find the disks", self._find)

    def _find(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        made: dict[str, str] = {}
        for line in self._lines:
            disk = line.found.disk
            if disk.name in made:
                uuid = made[disk.name]
            elif line.found.forgotten is not None:
                uuid = find_again(change, line.found.forgotten).uuid
            elif line.found.is_new:
                uuid = change.entropy.uuid()
                change.put(disk.evolve(uuid=uuid))
            else:
                uuid = disk.uuid
            made[disk.name] = uuid
            new = session_of(vios, line.way)
            session = change.find(IscsiSession, new.uuid) or new
            change.put(replace(session, disks={**session.disks, str(line.volume.lun): uuid}))

    @property
    def results(self) -> dict[str, str]:
        found = [f"{line.way.iqn} {line.found.disk.name} {line.found.disk.udid}" for line in self._lines]
        output = {"DEV_OUTPUT": repr(found)} if found else {"InitiatorName": self._name}
        return {"RETURN_CODE": self._code, **output}


@dataclass
class ISCSIRemove(_ISCSIJob, name="vios.iscsi_remove", job="ISCSIRemove", groups=("VirtualIOServer",)):
    """Removes disks of iSCSI targets, and logs out of a target whose last disk is gone."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    parameters: ClassVar[dict[str, str]] = _TARGET | {"targetPORTAL": "address of the target, or a list of them"}

    def check(self, world: World) -> None:
        self._kept: list[IscsiSession] = []
        self._gone: list[PhysicalVolume] = []
        vios = self._initiator(world)
        iqns = [text.lower() for text in self._list("targetIQN")]
        if not iqns:
            self._code = Code.INVALID.value
            raise general.MISSING_VALUE.error(object=f"Job {self.job}", field="targetIQN")
        luns, interfaces = self._luns(), self._list("ifaceName")
        portals = [self._portal("targetPORTAL", text) for text in self._list("targetPORTAL")]
        sessions = list(world.where(IscsiSession, vios=vios.uuid))
        for session in sessions:
            named = session.iqn in iqns and (not portals or session.portal in portals)
            if not named or (interfaces and session.interface not in interfaces):
                continue
            left = {lun: disk for lun, disk in session.disks.items() if luns and lun not in luns}
            if left != session.disks or not left:
                self._kept.append(replace(session, disks=left))
        self._gone = self._lost(world, vios, sessions)
        self._code = (Code.OK if self._kept else Code.NOTHING_FOUND).value

    def _lost(self, world: World, vios: VirtualIOServer, sessions: list[IscsiSession]) -> list[PhysicalVolume]:
        """The disks that no session leads to any more. Raises Failure VOLUME_TAKEN."""
        after = {**{one.uuid: one for one in sessions}, **{one.uuid: one for one in self._kept}}
        reached = {disk for one in after.values() for disk in one.disks.values()}
        uuids = {disk for one in sessions for disk in one.disks.values()} - reached
        gone = [disk for disk in world.all(PhysicalVolume, vios.uuid) if disk.uuid in uuids]
        taken = TakenVolumes(world, vios.uuid)
        for disk in gone:
            use = taken.use_of(disk)
            if use:
                raise say_storage.VOLUME_TAKEN.error(volume=disk.name, vios=vios.name, use=use)
        self._forgotten = [one for one in world.where(RemovedDisk, vios=vios.uuid) if one.uuid in uuids]
        return gone

    def steps(self) -> Iterable[Step]:
        if self._kept:
            yield Step("remove the disks and log out", self._remove)

    def _remove(self, change: Change) -> None:
        for disk in self._gone:
            change.remove(disk)
        for removed in self._forgotten:
            change.remove(removed)
        for session in self._kept:
            if session.disks:
                change.put(session)
            else:
                change.remove(change.get(IscsiSession, session.uuid))

    @property
    def results(self) -> dict[str, str]:
        return {"RETURN_CODE": self._code}


def session_of(vios: VirtualIOServer, way: Way) -> IscsiSession:
    """The session that a path needs, as it is at its login."""
    return IscsiSession(
        uuid=f"{vios.uuid}/{way.iqn}/{way.portal}/{way.interface}",
        vios=vios.uuid,
        iqn=way.iqn,
        portal=way.portal,
        interface=way.interface,
    )

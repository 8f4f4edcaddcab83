"""What is kept of a partition beside its description: its console, what its guest saw, how it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from openlpar.ports.records.core import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Console(Record):
    """What a partition's console has shown; uuid is the partition's.

    written: characters shown altogether, of which text is the end. activated: what ``written`` was at the last activation.
    user, line: who is logged on at the simulated guest, and what he has typed but not yet entered; program: of a program that
    waits for keys there, "" at the shell's prompt, redraws: when it wants to draw anew (ms since 1970), 0 for never.
    """

    goes_with: ClassVar[str] = "uuid"
    KEPT: ClassVar[int] = 16_384

    text: str = ""
    written: int = 0
    activated: int = 0
    user: str = ""
    line: str = ""
    program: str = ""
    redraws: int = 0

    def showing(self, text: str) -> Console:
        return replace(self, text=(self.text + text)[-self.KEPT :], written=self.written + len(text))

    def since(self, position: int) -> str:
        """What was shown after a position, as far as it is still kept."""
        kept_from = self.written - len(self.text)
        return self.text[max(0, position - kept_from) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession(Record):
    """Who has a partition's console; uuid is the partition's, because there is one at a time. opened: ms since 1970.

    vnc: port of the loopback address at which a VNC server shows it to others, 0 for none.
    """

    goes_with: ClassVar[str] = "uuid"

    session: str
    user: str
    opened: int
    vnc: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestDisks(Record):
    """What the operating system of a simulated partition (uuid) has noticed of its disks. failed: uuids of the mappings that it
    could not use when it last looked, as their server was off; lost: of those whose server could not read the disk; full: of those
    whose disks had no space for what it wrote; log: what its kernel said about that (time in ms since 1970, line), the oldest
    first."""

    goes_with: ClassVar[str] = "uuid"
    KEPT: ClassVar[int] = 200

    failed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    log: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceKeys(Record):
    """Licence keys of an IBM i partition; uuid is the partition's."""

    goes_with: ClassVar[str] = "uuid"

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Record):
    """A partition (uuid) that a back end runs outside the service. position: up to where the journal of what happened to it has
    been taken into the state; shown: characters of its console that have been; restart: it is started again when it ends; mode,
    boot_string: see ``hypervisor.Boot``. incoming: it comes from another system, and is not this one's yet. sending: number of
    the sending that is under way, with the address it goes to, "" for none."""

    goes_with: ClassVar[str] = "uuid"

    position: int = 0
    shown: int = 0
    restart: bool = False
    mode: str = ""
    boot_string: str = ""
    incoming: bool = False
    sending: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RmcConnection(Record):
    """What is known of the RMC connection of a partition (uuid). cause: why it is not active, "" while it is; adapter: uuid of the
    virtual Ethernet adapter that it goes over; objection: what the guest says when adapters are added or removed, "" while it
    lets them."""

    goes_with: ClassVar[str] = "uuid"

    cause: str = ""
    adapter: str = ""
    objection: str = ""

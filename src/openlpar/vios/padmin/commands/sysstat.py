"""sysstat: what goes on at the server, in the layout of AIX's w (recalled).

Who is logged on is known of the console alone; a server here has no processes that could be counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import Console, ConsoleSession
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, line
from openlpar.vios.padmin.options import Flag, Operand, form, may, one
from openlpar.vios.padmin.samples import samples, usage
from openlpar.vios.padmin.users import find_user

_MINUTES = (1, 5, 15)
_USERS = (
    Column("user", "User", 9),
    Column("tty", "tty", 13),
    Column("login", "login@", 13),
    Column("what", "what", 10),
)


class Sysstat(Command, name="sysstat", group="System"):
    """Displays the time, for how long the server has been up, who is logged on at its console, and the processors in use."""

    long = Flag("-long", "with a line for each user; this is the default")
    short = Flag("-short", "the summary alone")
    user = Operand("User", "only this user")

    @form(may(one(long, short)))
    @form(may(one(long, short)), user)
    def show(self) -> Iterator[str]:
        if self.user:
            find_user(self.server, self.user)
        users = self._users()
        count = f"{len(users)} user{'' if len(users) == 1 else 's'}"
        yield f"  {self.server.now:%I:%M%p}   {self._up()},  {count}{self._load()}"
        if self.short:
            return
        yield line(_USERS, {column.name: column.heading for column in _USERS})
        for row in users:
            if self.user in ("", row["user"]):
                yield line(_USERS, row)

    def _up(self) -> str:
        seconds = self.server.uptime_s
        if seconds is None:
            return "up for an unknown time"
        days, rest = divmod(seconds, 86_400)
        hours, minutes = rest // 3600, rest % 3600 // 60
        passed = f"{hours:02}:{minutes:02}" if hours else f"{minutes} mins"
        return f"up {days} day{'' if days == 1 else 's'},  {passed}" if days else f"up {passed}"

    def _load(self) -> str:
        """The processors in use on average, by the metrics; nothing while nobody measures."""
        found = samples(self.server, max(_MINUTES))
        averages = []
        for minutes in _MINUTES:
            recent = [one for one in found if found[-1].at - one.at <= minutes * 60_000]
            if len(recent) < 2:
                return ""
            averages.append(f"{usage(recent[0], recent[-1]).processors:.2f}")
        return f",  load average: {', '.join(averages)}"

    def _users(self) -> list[dict[str, str]]:
        console = self.server.change.find(Console, self.server.uuid)
        if console is None or not console.user:
            return []
        session = self.server.change.find(ConsoleSession, self.server.uuid)
        offset = 1000 * self.server.settings.clock_offset_s
        login = f"{self.server.moment(session.opened + offset):%I:%M%p}" if session is not None else "-"
        return [{"user": console.user, "tty": "vty0", "login": login, "what": "rksh"}]

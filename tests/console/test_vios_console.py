"""Somebody at the console of a Virtual I/O Server: logins, questions, pages, menus and screens."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from openlpar.hypervisor.sim.dialogs import Dialogs, page
from openlpar.ops.console.sessions import OpenConsole, TypeOnConsole
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Console, Logins
from openlpar.uom.partition import RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.closing.gannet import Gannet


@dataclass
class Desk:
    """The console of vios1, and the management partition beside it."""

    house: Gannet
    session: str = ""

    @property
    def vios(self) -> VirtualIOServer:
        return next(self.house.state.where(VirtualIOServer, name="vios1"))

    @property
    def console(self) -> Console:
        return self.house.state.find(Console, self.vios.uuid) or Console(uuid=self.vios.uuid)

    @property
    def passwords(self) -> dict[str, str]:
        kept = self.house.state.find(Logins, self.vios.uuid)
        return kept.passwords if kept is not None else {}

    async def open(self) -> None:
        operation = OpenConsole(self.vios.uuid, "alice", displaced=self.session)
        await self.house.engine.run(operation)
        self.session = operation.session

    async def type(self, text: str) -> str:
        """What appears after typing, with the line ends of a text."""
        before = self.console.written
        await self.house.engine.run(TypeOnConsole(self.vios.uuid, self.session, text))
        return self.console.since(before).replace("\r\n", "\n")

    async def enter(self, *lines: str) -> str:
        """What appears after the last of several lines."""
        shown = ""
        for line in lines:
            shown = await self.type(line + "\r")
        return shown

    async def send(self, command: str) -> CommandResult:
        """As viosvrcmd does."""
        operation = RunCommand(self.vios.uuid, command)
        await self.house.engine.run(operation)
        return operation.result

    async def set_password(self, password: str, *, user: str = "") -> str:
        return await self.enter(f"passwd {user}", password, password)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = Gannet(tmp_path / "data")
    await house.engine.start()
    made = Desk(house)
    await made.open()
    assert (await made.enter("padmin")).endswith("$ ")
    yield made
    await house.engine.stop()


async def test_a_command_that_destroys_something_asks(desk: Desk) -> None:
    await desk.enter("mklv -lv spare rootvg 1G")
    asked = await desk.enter("rmlv spare")
    assert asked.endswith(
        "Warning, all data contained on logical volume spare will be destroyed.\n"
        "rmlv: Do you wish to continue? y(es) n(o)? "
    )
    assert "y(es) n(o)? " in await desk.enter("perhaps"), "it asks until it is answered"
    assert await desk.enter("n") == "n\nNothing was done.\n$ "
    assert "spare" in (await desk.send("lsvg -lv rootvg")).stdout
    assert "is removed.\n$ " in await desk.enter("rmlv spare", "y")
    assert "spare" not in (await desk.send("lsvg -lv rootvg")).stdout
    log = (await desk.send("lsgcl")).stdout
    assert log.count("rmlv spare") == 2, "once for each time it was entered, not for each answer"


async def test_a_question_is_broken_off(desk: Desk) -> None:
    await desk.enter("mklv -lv spare rootvg 1G", "rmlv spare")
    assert await desk.type("\x03") == "^C\n$ "
    assert "spare" in (await desk.send("lsvg -lv rootvg")).stdout
    assert await desk.enter("ioslevel") == "ioslevel\n3.1.2.10\n$ "


async def test_nobody_answers_a_command_that_is_sent(desk: Desk) -> None:
    await desk.enter("mklv -lv spare rootvg 1G")
    result = await desk.send("rmlv spare")
    assert result.status == 1
    assert "Nobody can answer here: repeat the command with -f." in result.stderr


async def test_the_login_asks_for_a_password_once_there_is_one(desk: Desk) -> None:
    assert await desk.enter("passwd", "geheim") == "\nEnter the new password again: "
    assert await desk.enter("geheim") == "\n$ "
    assert await desk.enter("exit") == "exit\n\nlogin: "
    assert await desk.enter("padmin") == "padmin\npadmin's Password: "
    assert await desk.enter("wrong") == (
        "\n[compat]: 3004-007 You entered an invalid login name or password.\n\nlogin: "
    )
    assert await desk.enter("padmin", "geheim") == "\n$ "
    assert "time_last_login=" in await desk.enter("lsuser padmin")
    assert (await desk.enter("lsfailedlogin")).count("padmin  ") == 1
    assert "padmin      vty0" in await desk.enter("who")
    assert (await desk.send("who")).stdout.startswith("padmin ")


async def test_a_forgotten_password_is_taken_away_from_the_management_partition(desk: Desk) -> None:
    await desk.set_password("geheim")
    await desk.enter("exit")
    assert (await desk.send("passwd -none")).status == 0
    assert await desk.enter("padmin") == "padmin\n$ "
    assert "has no password" in (await desk.send("passwd -none")).stderr


async def test_a_password_is_nowhere_but_as_its_hash(desk: Desk, tmp_path: Path) -> None:
    await desk.set_password("Opensesame")
    await desk.enter("exit", "padmin")
    await desk.enter("Opensesame")
    await desk.enter("passwd", "Opensesame")
    await desk.type("half of ano")
    assert desk.passwords["padmin"].startswith("$argon2id$")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            written = path.read_bytes()
            assert b"Opensesame" not in written, path
            assert b"half of ano" not in written, path
    assert "argon2" not in (await desk.send("lsuser")).stdout
    assert "Opensesame" not in desk.console.text


@pytest.mark.parametrize(
    ("rule", "password", "said"),
    [
        ("minlen=8 maxrepeats=0", "short", "at least 8 characters"),
        ("minalpha=2", "1234", "at least 2 letters"),
        ("minother=1", "letters", "at least 1 characters that are no letters"),
        ("maxrepeats=1", "aab", "more than 1 times"),
        ("minlen=0", "", "at least 1 characters"),
        ("maxrepeats=0", "x" * 300, "it may have 255 characters"),
    ],
)
async def test_a_weak_password(desk: Desk, rule: str, password: str, said: str) -> None:
    await desk.enter(f"chuser -attr {rule} padmin")
    assert said in await desk.enter("passwd", password)
    assert not desk.passwords


async def test_what_a_password_needs(desk: Desk) -> None:
    assert "do not match" in await desk.enter("passwd", "one", "other")
    await desk.set_password("geheim")
    assert "does not match the old password" in await desk.enter("passwd", "wrong")
    assert await desk.enter("passwd", "geheim", "neu") == "\nEnter the new password again: "
    await desk.enter("neu")
    await desk.enter("exit", "padmin")
    assert await desk.enter("neu") == "\n$ "


async def test_users_log_on_with_the_rights_of_their_role(desk: Desk) -> None:
    assert "this guest knows the user padmin" in await desk.enter("exit", "monitor")
    await desk.enter("padmin", "mkuser monitor", "mkuser -attr pgrp=view watcher")
    await desk.set_password("one", user="monitor")
    await desk.set_password("two", user="watcher")
    assert "3004-007" in await desk.enter("exit", "nobody", "x")

    await desk.enter("watcher", "two")
    assert "rootvg" in await desk.enter("lsvg")
    for command in ("mklv -lv spare rootvg 1G", "ioslevel | tee level", "chdev -dev hdisk4 -attr queue_depth=4"):
        assert "Your role is ViewOnly" in await desk.enter(command)
    assert "only padmin may run this command" in await desk.enter("mkuser other")
    assert "of another user" in await desk.enter("passwd padmin")
    assert "ViewOnly" in await desk.enter("rolelist")

    await desk.enter("exit", "monitor", "one")
    assert await desk.enter("mklv -lv spare rootvg 1G") == "mklv -lv spare rootvg 1G\nspare\n$ "
    assert "only padmin may run this command" in await desk.enter("lsgcl")
    await desk.enter("passwd", "one", "three")
    await desk.enter("three", "exit", "padmin", "chuser -attr account_locked=true monitor", "exit")
    assert "3004-301" in await desk.enter("monitor", "three")
    log = (await desk.send("lsgcl")).stdout
    assert "monitor    mklv -lv spare rootvg 1G" in log
    assert "UNKNOWN_USER" in (await desk.send("lsfailedlogin")).stdout

    await desk.send("rmuser monitor")
    assert "monitor" not in desk.passwords


async def test_too_many_failed_logins(desk: Desk) -> None:
    await desk.set_password("geheim")
    await desk.enter("chuser -attr loginretries=2 padmin", "exit")
    for _ in range(2):
        await desk.enter("padmin", "wrong")
    assert "3004-303" in await desk.enter("padmin", "geheim")
    assert "unsuccessful_login_count=2" in (await desk.send("lsuser")).stdout
    await desk.send("passwd -none")
    assert (await desk.enter("padmin")).endswith("$ ")


async def test_long_output_is_shown_page_by_page(desk: Desk) -> None:
    everything = (await desk.send("help")).stdout
    assert everything.count("\n") > 60
    first = await desk.enter("help | more")
    assert sum(-(-len(line) // 80) for line in first.splitlines()[1:-1]) <= 23
    assert first.endswith("--More--")
    line = await desk.type("\r")
    assert line.count("\n") == 1 and line.endswith("--More--")
    rest = ""
    while not rest.endswith("$ "):
        assert await desk.type("x") == "", "no key of the pager"
        rest += await desk.type(" ")
    shown = (first + line + rest).replace("--More--", "").replace("\r        \r", "")
    assert shown == f"help | more\n{everything}$ "
    assert (await desk.enter("help | more")).endswith("--More--")
    assert (await desk.type("q")).endswith("$ ")
    assert await desk.enter("ioslevel | more") == "ioslevel | more\n3.1.2.10\n$ "
    await desk.enter("help | tee names")
    assert (await desk.enter("more names")).endswith("--More--")
    assert (await desk.type("\x03")).endswith("^C\n$ ")


def test_a_page_counts_the_lines_of_the_screen() -> None:
    assert page(["x" * 81, "b", "c"], 3) == (["x" * 81, "b"], ("c",))
    assert page(["x" * 9999, "b"], 3) == (["x" * 9999], ("b",))


async def test_a_screen_is_drawn_anew(desk: Desk) -> None:
    assert "Topas Monitor for host" in await desk.enter("topas -i 5")
    assert await desk.type("") == "", "its time has not come"
    await desk.house.engine.step(4_999)
    assert await desk.type("") == ""
    await desk.house.engine.step(1)
    assert (await desk.type("")).startswith("\x1b[2J\x1b[HTopas Monitor")
    assert (await desk.type("x")).startswith("\x1b[2J\x1b[HTopas Monitor")
    assert await desk.type("q") == "\x1b[2J\x1b[H$ "
    assert desk.console.redraws == 0
    assert "not valid for -i" in await desk.enter("topas -i 0")
    assert await desk.enter("clear") == "clear\n\x1b[2J\x1b[H$ "
    assert "24 rows; 80 columns;" in await desk.enter("stty -a")


async def test_a_screen_stands_still_while_the_server_goes_down(desk: Desk) -> None:
    await desk.enter("topas")
    with desk.house.engine.alter() as change:
        change.put(desk.vios.evolve(state="shutting down"))
    await desk.house.engine.step(10_000)
    assert await desk.type("") == ""


async def test_menus_make_a_command_line_and_run_it(desk: Desk) -> None:
    menu = await desk.enter("cfgassist")
    group = number(menu, "Logical Volume")
    command = number(await desk.enter(group), "mklv ")
    asked = await desk.enter(command)
    assert asked == f"{command}\n-mirror: with a second copy, on other disks [y|N]? "
    assert "-lv NewLogicalVolume: its name" in await desk.enter("n")
    assert "VolumeGroup: the volume group (needed)\n  = " in await desk.enter("spare", "")
    shown = await desk.enter("rootvg", "1G", "")
    assert shown.endswith("Command: mklv -lv spare rootvg 1G\nRun it [y|N]? ")
    assert await desk.enter("y") == "y\nspare\n\nNumber, m for the menu, or Enter to go back: "
    assert "spare" in (await desk.send("lsvg -lv rootvg")).stdout
    assert "mklv -lv spare rootvg 1G" in (await desk.send("lsgcl")).stdout

    # Commands that ask do so here too, and are run once.
    command = number(await desk.enter("m"), "rmlv ")
    assert "y(es) n(o)? " in await desk.enter(command, "n", "spare", "y")
    assert "rmlv: Logical volume spare is removed.\n" in await desk.enter("y")
    assert '"99" is not in the menu.' in await desk.enter("99")
    assert "Config Assist for VIOS" in await desk.enter("")
    assert await desk.enter("") == "\n$ "


async def test_menus_go_back(desk: Desk) -> None:
    group = number(await desk.enter("cfgassist"), "Logical Volume")
    command = number(await desk.enter(group), "lslv ")
    forms = await desk.enter(command)
    assert "Forms" in forms or "lslv" in forms
    assert "Logical Volume Commands" in await desk.enter("")
    assert "Run it" in await desk.enter(command, "1", "", "")
    assert "Logical Volume Commands" in await desk.enter("n")
    assert await desk.type("\x03") == "^C\n$ "


async def test_diagnostics(desk: Desk) -> None:
    assert "FUNCTION SELECTION" in await desk.enter("diagmenu")
    disk = number(await desk.enter("1"), "hdisk5 ")
    assert "No trouble was found: 1 of 1 resources." in await desk.enter(disk)
    assert "FUNCTION SELECTION" in await desk.enter("")
    level = number(await desk.enter("2"), "Display Microcode")
    assert "sys0!system:" in await desk.enter(level)
    await desk.type("\x04")
    await desk.send("rmdev -dev hdisk5 -ucfg")
    disk = number(await desk.enter("diagmenu", "1"), "hdisk5 ")
    assert "hdisk5: it is Defined, not Available" in await desk.enter(disk)


KEYS = (
    *("cfgassist\r", "diagmenu\r", "rulescfgset\r", "passwd\r", "topas\r", "help | more\r", "crontab -e\r", "exit\r"),
    *("padmin\r", "rmlv spare\r", "mklv -lv spare rootvg 1G\r", "0 3 * * * ioslevel\r", "hdisk5\r", "rootvg\r"),
    *(
        "1\r",
        "2\r",
        "3\r",
        "7\r",
        "11\r",
        "\r",
        "\r",
        "m\r",
        "y\r",
        "y\r",
        "n\r",
        "x",
        " ",
        "q",
        "\x7f",
        "\x15",
        "\x03",
        "\x04",
        "",
    ),
)


@pytest.mark.parametrize("seed", range(4))
async def test_no_keys_break_a_console(desk: Desk, seed: int) -> None:
    """Whatever is typed, the console goes on, and Control+C leads back to a prompt or the login."""
    chance = random.Random(seed)
    for _ in range(150):
        await desk.type(chance.choice(KEYS))
        if desk.vios.state != "running":
            await desk.house.engine.step(600_000)
    shown = await desk.type("\x03") + await desk.type("\x03")
    assert shown.endswith(("$ ", "login: "))


async def test_a_program_ends_with_the_service(desk: Desk) -> None:
    """Its answers are in memory only; the console is back at the prompt, with the user still logged on."""
    await desk.enter("passwd")
    desk.house.hypervisor._inner._dialogs = Dialogs()  # another process
    assert await desk.type("i") == "\n$ i"
    assert "3.1.2.10" in await desk.enter("oslevel")


async def test_the_console_needs_no_connection(desk: Desk) -> None:
    with desk.house.engine.alter() as change:
        change.put(desk.vios.evolve(rmc_state=RMCState.INACTIVE.value))
    assert await desk.enter("ioslevel") == "ioslevel\n3.1.2.10\n$ "


async def test_messages_before_and_after_the_login(desk: Desk) -> None:
    await desk.enter('loginmsg -overwrite "Authorised users only"', 'motd -overwrite "Maintenance on Sunday"')
    assert await desk.enter("exit") == "exit\n\nAuthorised users only\nlogin: "
    assert await desk.enter("padmin") == "padmin\nMaintenance on Sunday\n$ "


async def test_devices_are_restored_one_by_one(desk: Desk) -> None:
    for name in ("one", "two"):
        await desk.send(f"mklv -lv {name} rootvg 1G")
    await desk.send("viosbr -backup -file both")
    for name in ("one", "two"):
        await desk.send(f"rmlv -f {name}")
    assert (await desk.send("viosbr -restore -file both -inter")).status == 4
    assert (await desk.enter("viosbr -restore -file both -inter")).endswith("Restore one [y|n]? ")
    assert (await desk.enter("n")).endswith("Restore two [y|n]? ")
    shown = await desk.enter("y")
    assert "two" in shown and "one" not in shown
    volumes = (await desk.send("lsvg -lv rootvg")).stdout
    assert "two" in volumes and "one " not in volumes.replace("none ", "")


async def test_the_default_rules_are_set_after_asking(desk: Desk) -> None:
    asked = await desk.enter("rulescfgset")
    assert "min_buf_tiny" in asked
    assert asked.endswith("Set these devices as the default rules say [y|n]? ")
    assert "Nothing was done." in await desk.enter("n")
    assert "512" in (await desk.send("lsdev -dev ent4 -attr min_buf_tiny")).stdout
    assert "Restart the server afterwards [y|N]? " in await desk.enter("rulescfgset", "y")
    assert "please reboot the system." in await desk.enter("n")
    assert "2048" in (await desk.send("lsdev -dev ent4 -attr min_buf_tiny")).stdout
    assert "All devices are set as the default rules say." in await desk.enter("rulescfgset")


async def test_a_crontab_is_changed_line_by_line(desk: Desk) -> None:
    assert await desk.enter("crontab -e") == "crontab -e\nNew line, number of one to remove, or Enter to end: "
    assert '"61" is no minute: it goes from 0 to 59.' in await desk.enter("61 * * * * ioslevel")
    assert "  1  0 3 * * * ioslevel\n" in await desk.enter("0 3 * * * ioslevel")
    assert "  2  5 3 * * * hostname\n" in await desk.enter("5 3 * * * hostname")
    assert "  1  5 3 * * * hostname\n" in await desk.enter("1")
    assert "Nothing was changed." in await desk.enter("", "n")
    assert await desk.enter("crontab -l") == "crontab -l\n$ "
    await desk.enter("crontab -e", "0 3 * * * ioslevel", "")
    assert await desk.enter("y") == "y\n$ "
    assert await desk.enter("crontab -l") == "crontab -l\n0 3 * * * ioslevel\n$ "


def number(menu: str, text: str) -> str:
    """Of the menu entry that begins so."""
    return next((line.split()[0] for line in menu.splitlines() if re.match(rf" +\d+  {text}", line)), menu)

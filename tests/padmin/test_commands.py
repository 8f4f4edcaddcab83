"""What every command must have, and what holds for all of them."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.vios.padmin import filters
from openlpar.vios.padmin.command import Command, load
from openlpar.vios.padmin.options import Operand, Operands
from openlpar.vios.padmin.refusal import Status
from openlpar.vios.padmin.refused import REFUSED
from tests.padmin.conftest import Padmin
from tests.padmin.test_transcripts import GOLDEN

load()
LICENSE = Path(__file__).parents[2] / "LICENSE"
COMMANDS = sorted(Command.registry.values(), key=lambda command: command.name)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_declaration(command: type[Command]) -> None:
    """Options have different words, all of them are in a form, and the help shows them."""
    words = [option.word for option in command.options if option.word]
    assert len(words) == len(set(words))
    used = {option.name for form, _ in command.forms for option in form.options()}
    assert {option.name for option in command.options} == used
    assert command.purpose.endswith(".")
    assert all(option.usage in command.help() and option.text for option in command.options)
    assert all(
        isinstance(option, Operand | Operands) or re.fullmatch(r"-[A-Za-z0-9_]+", option.word)
        for option in command.options
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_in_a_module_of_its_name(command: type[Command]) -> None:
    """So that it is found without importing the others."""
    assert command.__module__.rpartition(".")[2] == command.name


def test_no_command_is_both_there_and_refused() -> None:
    both = set(Command.registry) & set(REFUSED)
    assert not both


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refused_command_says_why(reader: Padmin, name: str) -> None:
    result = reader.run(f"{name} -x y")
    assert result.status == Status.INCOMPLETE
    assert REFUSED[name] in result.stderr
    assert result.stderr.rstrip().endswith("Nothing was done.")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_transcript(command: type[Command]) -> None:
    transcripts = "".join(path.read_text(encoding="utf-8") for path in GOLDEN)
    assert re.search(rf"^\$ (ioscli )?{command.name}\b", transcripts, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("lspv", 0),
        ("lspv -nonsense", 1),
        ("lsvg nosuch", 2),
        ("oem_setup_env", 3),
        ("lu -create -lu huge -size 4000G -thick", 4),
        ("lsmap -plc nowhere", 10),
        ("lsdev -plc nowhere", 10),
        ("lsdev -plc U78CB.001.WZS06S2-P1-C11-T1", 11),
        ("lsmap -vadapter fcs0", 15),
        ("lsmap -net -vadapter ent0", 16),
        ("lsmap -npiv -vadapter vhost0", 63),
        ("chbdsp -sp nosuch -bd x -size 1G", 23),
        ("chbdsp -bd nosuch -size 1G", 39),
        ("hostname other", 78),
        ("lsmap -vnic -vadapter vhost0", 88),
        ("lsmap -all | nosuch", 127),
        ("nosuchcommand", 127),
    ],
)
def test_exit_status(reader: Padmin, text: str, status: int) -> None:
    result = reader.run(text)
    assert result.status == status
    assert bool(result.stderr) == bool(status)


def test_no_npiv_ports(reader: Padmin) -> None:
    assert reader.run("lsnports", "vios2").status == Status.NO_NPIV_PORTS


def test_reading_commands_leave_no_trace(reader: Padmin) -> None:
    for text in (
        "lspv",
        "lsmap -all",
        "lsmap -all -npiv",
        "lsmap -all -net",
        "lu -list",
        "lssp",
        "cluster -status",
        "lsdev",
    ):
        reader.out(text)
    assert not reader.altered


@pytest.mark.parametrize(
    "text",
    [
        "lu -create -lu x -size 1G -vadapter vhost1 -vtd vtscsi1",  # the name is taken: found after the unit was made
        "mkbdsp -sp datavg 1G -bd x -vadapter vhost9",
        "rmbdsp -clustername cluster1 -sp pool1 -all -f | wc -l",
        "rmvdev -vtd vtscsi1 -rmlv -sea ent6",
    ],
)
def test_a_command_that_fails_changes_nothing(padmin: Padmin, text: str) -> None:
    before = padmin.out("lsmap -all -fmt :") + padmin.out("lu -list") + padmin.out("lssp -bd -sp datavg")
    result = padmin.run(text)
    after = padmin.out("lsmap -all -fmt :") + padmin.out("lu -list") + padmin.out("lssp -bd -sp datavg")
    if result.status:
        assert after == before
        assert not padmin.altered
    else:
        assert after != before


def test_a_change_that_fails_half_way_is_taken_back(padmin: Padmin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two operations is refused: the first one's logical unit is gone again, and its space is free."""
    before = padmin.out("lssp -clustername cluster1")
    result = padmin.run("lu -create -lu x -size 1G -vadapter vhost1 -vtd name.that.is.too.long")
    assert result.status == Status.SYNTAX
    assert result.stdout == ""
    assert "TargetName" in result.stderr
    assert padmin.out("lssp -clustername cluster1") == before
    assert not padmin.altered


def test_licence(padmin: Padmin) -> None:
    vios = padmin.vios("vios1")
    with padmin.engine.alter() as change:
        change.put(vios.evolve(is_license_accepted=False))
    refused = padmin.run("lspv")
    assert refused.status == Status.DENIED
    assert "license -accept" in refused.stderr
    assert padmin.out("license") == "The license has not been accepted\n"
    assert padmin.out("license -view") == LICENSE.read_text(encoding="utf-8")
    padmin.out("license -accept")
    assert padmin.out("license") == "The license has been accepted\n"
    padmin.out("lspv")


@pytest.mark.parametrize("state", [{"state": "not activated"}, {"rmc_state": "inactive"}])
def test_a_server_that_cannot_be_reached(padmin: Padmin, state: dict[str, str]) -> None:
    from openlpar.messages import ChangeFirst

    with padmin.engine.alter() as change:
        change.put(padmin.vios("vios1").evolve(**state))
    with pytest.raises(ChangeFirst, match="vios1"):
        padmin.run("lspv")


def test_backup_is_repeatable_and_whole(padmin: Padmin) -> None:
    path = padmin.files / "2" / "cfgbackups" / "a.tar.gz"
    padmin.out("viosbr -backup -file a")
    first = path.read_bytes()
    padmin.out("viosbr -backup -file a")
    assert path.read_bytes() == first
    assert not padmin.altered
    path.write_bytes(first[: len(first) // 2])
    assert padmin.run("viosbr -view -file a").status == Status.INCOMPLETE


def test_a_clustered_backup_names_the_cluster(padmin: Padmin) -> None:
    padmin.out("viosbr -backup -file a -clustername cluster1")
    assert padmin.out("viosbr -view -list") == "a.cluster1.tar.gz\n"


PIECES = st.sampled_from(
    [
        *(option.word for command in COMMANDS for option in command.options if option.word),
        *(
            "rootvg",
            "datavg",
            "hdisk4",
            "hdisk99",
            "vhost1",
            "vhost2",
            "vtscsi1",
            "vtopt0",
            "vfchost1",
            "fcs1",
            "pool1",
        ),
        *("cluster1", "vdisk_db", "1G", "0", ":", "", "spare_lv", "rhcos43", "/", "..", "-", "|", "grep", "x" * 300),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([command.name for command in COMMANDS]), st.lists(PIECES, max_size=7))
def test_no_words_break_a_command(playground: Padmin, name: str, words: list[str]) -> None:
    """Whatever is typed: a result, with a text when it failed. Changes are made and stay: they only make it harder."""
    result = playground.run(" ".join([name, *(f"'{word}'" if word != "|" else word for word in words)]))
    assert 0 <= result.status <= 127
    assert result.status == 0 or result.stderr or "|" in words


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(filters._FILTERS)),
    st.lists(st.text(max_size=12), max_size=4),
    st.lists(st.text(max_size=20)),
)
def test_no_words_break_a_filter(name: str, words: list[str], lines: list[str]) -> None:
    from openlpar.vios.padmin.refusal import Refusal

    try:
        filters.apply([name, *words], lines, None)  # type: ignore[arg-type]  # only tee needs a home
    except Refusal as refusal:
        assert refusal.text


def test_the_operation_is_unwound(padmin: Padmin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault after the command has run: its changes go with the operation's."""
    from openlpar.messages import GiveUp, general
    from tests.ops.small_system import digest

    def strike(operation: object, step: str, count: int, change: object) -> None:
        if count == -1:
            raise general.INJECTED.error(operation="vios.run_command", rule="test")

    before = digest(padmin.engine)
    monkeypatch.setattr(padmin.engine.faults, "strike", strike)
    with pytest.raises(GiveUp):
        padmin.run("mkbdsp -sp datavg 1G -bd data1 -vadapter vhost2")
    assert digest(padmin.engine) == before
    assert not padmin.altered

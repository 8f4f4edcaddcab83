"""The command line: dashes, abbreviations, help, errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.cli.pvmctl import grammar, objects
from openlpar.cli.pvmctl.entry import load, main
from openlpar.cli.pvmctl.noun import Noun

EVERY = objects.NOUNS


def noun(word: str) -> Noun:
    found = objects.find(word)
    assert found is not None
    return load(found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["–i", "name=vm1"], ["-i", "name=vm1"]),
        (["–-set-fields", "A.b=1"], ["--set-fields", "A.b=1"]),
        (["–-restart"], ["--restart"]),
        (["—hard"], ["--hard"]),
        (["–hard"], ["--hard"]),
        (["-sp", "rootvg", "--size", "20G"], ["-sp", "rootvg", "--size", "20G"]),
        (["name=a–b"], ["name=a–b"]),
        (["-"], ["-"]),
    ],
)
def test_typographic_dashes_are_dashes(typed: list[str], meant: list[str]) -> None:
    assert grammar.normalise(typed) == meant


@given(st.lists(st.text(alphabet=st.characters(codec="ascii"))))
def test_ascii_arguments_are_left_alone(words: list[str]) -> None:
    assert grammar.normalise(words) == words


def test_the_seed_names_every_type_and_alias() -> None:
    seed = """ManagedSystem sys LogicalPartition lpar vm VirtualIOServer vios SharedStoragePool ssp IOSlot io LoadGroup
        lgrp LogicalUnit lu LogicalVolume lv NetworkBridge nbr bridge PhysicalVolume pv SharedEthernetAdapter sea
        VirtualEthernetAdapter vea eth VirtualFibreChannelMapping vfc vfcmapping VirtualMediaRepository vmr repo
        VirtualNetwork vnet net VirtualOpticalMedia vom media VirtualSCSIMapping scsi scsimapping VirtualSwitch vswitch
        vsw logicalpartition"""
    assert [word for word in seed.split() if objects.find(word) is None] == []


def test_aliases_are_unique() -> None:
    every = [alias for name in EVERY for alias in (name.name.lower(), *name.aliases)]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("name", EVERY, ids=lambda name: name.aliases[0])
def test_every_type_has_help_and_working_columns(name: objects.NounName) -> None:
    from openlpar.cli.pvmctl.fields import resolve

    declared = load(name)
    assert declared.name == name.name
    assert declared.verb("list") is not None
    for column in declared.columns:
        for field in (column.value,) if isinstance(column.value, str) else column.reads:
            resolve(declared, field)
    text = grammar.noun_help(name, declared)
    for verb in declared.verbs:
        assert verb.name in text
        assert "usage:" in grammar.parser(declared, verb, name.aliases[0]).format_help()


@pytest.mark.parametrize("name", EVERY, ids=lambda name: name.aliases[0])
def test_every_example_is_accepted(name: objects.NounName) -> None:
    import shlex

    declared = load(name)
    for verb in declared.verbs:
        parser = grammar.parser(declared, verb, name.aliases[0])
        for example in verb.examples:
            called, done, *rest = shlex.split(example)
            assert objects.find(called) is name and done == verb.name, example
            parser.parse_args(rest)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["update", "-i", "name=vm1", "--set-field", "A.b=1"], {"set_fields": [["A.b=1"]]}),
        (["list", "--obj", "id=2", "--hide"], {"object_id": "id=2", "hide_label": True}),
        (["power-off", "--restart", "name=vm1"], {"positional": "name=vm1", "restart": True}),
    ],
)
def test_options_may_be_shortened(words: list[str], expected: dict[str, object]) -> None:
    lpar = noun("lpar")
    verb = lpar.verb(words[0])
    assert verb is not None
    parsed = vars(grammar.parser(lpar, verb, "lpar").parse_args(words[1:]))
    assert expected.items() <= parsed.items()


def test_repository_options_with_one_dash() -> None:
    repo = noun("repo")
    verb = repo.verb("create")
    assert verb is not None
    parsed = grammar.parser(repo, verb, "repo").parse_args(["-sp", "rootvg", "-size", "20G", "-p", "name=vios1"])
    assert (parsed.sp, parsed.size) == ("rootvg", 20)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["lpar", "explode"], ["lpar", "list", "--no-such"], ["lpar"], [], ["lv", "create"]]
)
def test_a_wrong_command_line_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert "usage:" in out or "hint:" in err


def test_a_near_miss_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    main(["lparr", "list"])
    assert "Did you mean lpar?" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("pvmctl ")


@pytest.mark.parametrize("option", ["--mem", "--proc-unit"])
@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "sNaN", "Infinity", "9" * 40, "1e-9999999", ""])
def test_numbers_beyond_all_machines_are_refused_in_a_sentence(
    option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"--name": "vm1", "--mem": "1024", "--proc": "1"} | {option: number}
    assert main(["lpar", "create", *(f"{name}={value}" for name, value in given.items())]) == 2
    assert f"argument {option}: {number!r} is not a " in capsys.readouterr().err

"""The openlpar command: what needs no service, and what asks one."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.cli.openlpar.explain import _KINDS, catalogue
from openlpar.messages.core import Kind
from openlpar.wire import inventory
from tests.conftest import BIN, Server, start_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("openlpar")
    rules = folder / "rules.yaml"
    rules.write_text("faults:\n- {name: delay, operation: PowerOn, seconds: 2}\n")
    running = start_server(folder / "data", "--fault-rules", str(rules), clock="stepped")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENLPAR_URL", "OPENLPAR_ADMIN_TOKEN", "OPENLPAR_USER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def url(served: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENLPAR_URL", served.http)
    return served.http


def test_commands_find_a_service_that_was_told_a_relative_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``make run`` tells it; they may be typed anywhere."""
    monkeypatch.chdir(tmp_path)
    server = start_server(Path("state"))
    try:
        monkeypatch.chdir("/")
        monkeypatch.setenv("OPENLPAR_URL", server.http)
        monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path))
        listed = subprocess.run([str(BIN / "pvmctl"), "lpar", "list"], capture_output=True, text=True, check=False)
        assert (listed.returncode, listed.stderr) == (0, "")
        assert "Logical Partitions" in listed.stdout
    finally:
        server.stop()


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for word in ("serve", "load", "generate", "dump", "fault", "step", "explain", "OPENLPAR_URL", "pvmctl lpar list"):
        assert word in shown
    assert main([]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    "words",
    [
        [name]
        for name in (
            "serve",
            "load",
            "generate",
            "dump",
            "step",
            "health",
            "features",
            "coverage",
            "explain",
            "reach",
            "rmc",
            "monitor",
            "top",
        )
    ]
    + [["fault", verb] for verb in ("list", "add", "remove", "apply")]
    + [["hmc", verb] for verb in ("show", "connect", "take", "work", "release", "disconnect")]
    + [["workload", verb] for verb in ("list", "set", "remove")],
    ids=" ".join,
)
def test_every_command_has_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    assert f"openlpar {' '.join(words)}" in capsys.readouterr().out.partition("example:")[2]


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["fly"], 2, "invalid choice: 'fly'"),
        (["serve"], 2, "required: --data"),
        (["serve", "--data", "x", "--clock", "scaled:0"], 2, "'scaled:0' is none of real"),
        (["serve", "--data", "x", "--clock", "real:2"], 2, "'real:2' is none of real"),
        (["serve", "--data", "x", "--clock", "stepped:soon"], 2, "'stepped:soon' is none of real"),
        (["serve", "--data", "x", "--http", "here"], 2, "'here' is not of the form ADDRESS:PORT"),
        (["serve", "--data", "x", "--http", "h:70000"], 2, "not of the form"),
        (["serve", "--data", "x", "--seed", "-1"], 2, "'-1' is not a whole number"),
        (["generate", "--systems", "0"], 2, "--systems: it has to be 1 at least"),
        (["generate", "--systems", "2"], 1, "standard output is one.\nhint: Name them with -o"),
        (["serve", "--data", "x", "--system", "a", "--load", "b"], 2, "not allowed with"),
        (["serve", "--data", "x", "--user", "u"], 1, "--user and --password-stdin go together"),
        (["serve", "--data", "x", "--fault-rules", "missing"], 1, "missing cannot be read"),
        (["load", "missing.xml"], 1, "missing.xml cannot be read"),
        (["generate", "--partitions", "many"], 2, "'many' is not a whole number"),
        (["generate", "--partitions", "70000", "--full"], 1, "a number from 0 to 60000"),
        (["explain", "PVME0-0"], 1, "there is no message PVME0-0"),
        (["health", "--url", "http://127.0.0.1:9"], 1, "does not answer"),
        (["health", "--data", "/nowhere"], 1, "The token of the service in /nowhere/admin.token cannot be read"),
        (["fault", "apply", "missing"], 1, "missing cannot be read"),
        (["step", "soon"], 2, "invalid float value"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_hint(
    words: list[str], status: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == status
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert shown.out == ""
    assert "Traceback" not in shown.err
    assert len(shown.err.splitlines()) <= 2


def test_a_password_needs_a_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    assert main(["password", "neo", "--data", str(tmp_path)]) == 1
    assert f"{tmp_path} has no state yet. Start the service on it once." in capsys.readouterr().err


# explain


def test_explain_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "[pvme01050010-0056]"]) == 0
    shown = capsys.readouterr().out
    assert "This task is only allowed when the partition is powered off." in shown
    assert "wrong state: the object is not in the state for it" in shown
    assert "NovaLink tutorial" in shown


def test_every_message_has_words_of_its_own() -> None:
    assert not [one.id for one in catalogue().values() if not re.sub(r"\{\w+\}", "", one.text).strip(" .:")]


def test_explain_lists_every_message_and_explains_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == sorted(catalogue())
    assert set(_KINDS) == set(Kind)


def test_explain_suggests_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "PVME01050010"]) == 1
    assert "Did you mean PVME01050010-0056" in capsys.readouterr().err


# inventories


def test_generate_writes_one_file_for_each_system(tmp_path: Path) -> None:
    assert main(["generate", "--systems", "2", "--partitions", "3", "--seed", "7", "-o", str(tmp_path / "g.yaml")]) == 0
    described = [inventory.load((tmp_path / f"g-{n}.yaml").read_text(), "g") for n in (1, 2)]
    assert [one.generate["number"] for one in described if one.generate] == ["1", "2"]


def test_generate_in_full_is_an_exact_inventory(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(["generate", "--partitions", "2", "--full", "-o", str(tmp_path / name)]) == 0
    described = inventory.load((tmp_path / "a").read_text(), "a")
    assert described.exact
    names = [type(element).__name__ for element in described.elements]
    assert (names.count("LogicalPartition"), names.count("VirtualIOServer")) == (2, 2)


def test_load_makes_an_inventory_that_can_be_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = tmp_path / "vswitch.xml"
    feed.write_text(FEED)
    assert main(["load", str(feed), "-o", str(tmp_path / "system.yaml")]) == 0
    described = inventory.load((tmp_path / "system.yaml").read_text(), "system.yaml")
    assert "recorded-switch" in [getattr(element, "name", "") for element in described.elements]
    server = start_server(tmp_path / "data", "--load", str(feed))
    try:
        assert main(["dump", "--url", server.http]) == 0
        assert "recorded-switch" in capsys.readouterr().out
    finally:
        server.stop()


FEED = """\
<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><entry>
<id>4d9735ae-feaf-32c2-a1bc-102026df9168</id>
<link rel="SELF" href="http://h:12080/rest/api/uom/ManagedSystem/c5d782c7-44e4-3086-ad15-b16fb039d63b/VirtualSwitch/\
4d9735ae-feaf-32c2-a1bc-102026df9168"/>
<content type="application/vnd.ibm.powervm.uom+xml; type=VirtualSwitch">
<VirtualSwitch:VirtualSwitch xmlns:VirtualSwitch="http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"
 xmlns="http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/" schemaVersion="V1_0">
<Metadata><Atom><AtomID>4d9735ae-feaf-32c2-a1bc-102026df9168</AtomID><AtomCreated>0</AtomCreated></Atom></Metadata>
<SwitchID>0</SwitchID><SwitchMode>Veb</SwitchMode><SwitchName>recorded-switch</SwitchName>
</VirtualSwitch:VirtualSwitch></content></entry></feed>
"""


def test_feeds_of_several_systems_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One feed may hold several systems, as a recorded one of an HMC does; feeds that do not belong together may not."""
    other = FEED.replace("c5d782c7", "d5d782c7").replace("4d9735ae", "5d9735ae")
    both = FEED.replace("</feed>", other[other.index("<entry>") :])
    paths = {}
    for name, text in (("one", FEED), ("other", other), ("both", both)):
        paths[name] = tmp_path / f"{name}.xml"
        paths[name].write_text(text)
    for names, systems in ((["one"], 1), (["both"], 2), (["one", "one"], 1), (["one", "other"], 2)):
        feeds = [str(paths[name]) for name in names]
        assert main(["load", *feeds, "-o", str(tmp_path / "system.yaml")]) == 0
        described = inventory.load((tmp_path / "system.yaml").read_text(), "system.yaml").elements
        assert sum(type(element).__name__ == "ManagedSystem" for element in described) == systems
        told = capsys.readouterr().err
        assert ("these feeds make 2 managed systems: " in told) == (names == ["one", "other"]), told


# a running service


def test_dump_can_be_loaded(url: str, tmp_path: Path) -> None:
    assert main(["dump", "-o", str(tmp_path / "d.yaml")]) == 0
    assert inventory.load((tmp_path / "d.yaml").read_text(), "d").exact


def test_faults_come_and_go(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "list"]) == 0
    assert "operation=PowerOn seconds=2.0" in capsys.readouterr().out, "--fault-rules of serve"
    assert main(["fault", "remove", "all"]) == 0
    assert main(["fault", "list"]) == 0
    assert "pool-full" in capsys.readouterr().out
    assert main(["fault", "add", "lpar-rmc-lost", "--subject", "vios1"]) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith("fault-1\n")
    assert shown.err == "warning: no LogicalPartition is called vios1 now, and rule fault-1 waits until one is.\n"
    assert main(["fault", "add", "vios-busy", "--subject", "vioz1"]) == 0
    assert "nothing is called vioz1 now, and rule fault-2 waits until one is; there is vios" in capsys.readouterr().err
    assert main(["fault", "remove", "all"]) == 0
    assert main(["fault", "add", "vios-busy", "--subject", "vios1", "--times", "3"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("fault-1\n", "")
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"effect": "fail", "operation": "lpar.delete"}]))
    assert main(["fault", "apply", str(rules)]) == 0
    assert capsys.readouterr().out == "fault-2\n"
    assert main(["fault", "remove", "fault-1"]) == 0
    assert main(["fault", "list"]) == 0
    assert "fault-2  fail   operation=lpar.delete" in capsys.readouterr().out
    assert main(["fault", "remove", "fault-1"]) == 1
    assert "There is no fault rule fault-1" in capsys.readouterr().err
    rules.write_text("{colour: [")
    assert main(["fault", "apply", str(rules)]) == 1
    assert main(["fault", "add", "rain"]) == 1
    assert main(["fault", "remove", "all"]) == 0


def test_rules_are_listed_in_a_hundred_columns(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fault", "remove", "all"])
    assert main(["fault", "list"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
    assert main(["fault", "add", "pool-full", "--subject", "datavg", "--after", "2", "--times", "1"]) == 0
    assert main(["fault", "add", "crash", "--operation", "lpar.create"]) == 0
    capsys.readouterr()
    assert main(["fault", "list"]) == 0
    assert (
        capsys.readouterr().out
        == """\
rule     fault      when                                                             struck
fault-1  pool-full  operation=logical_unit.create logical_unit.update                0
                    shared_storage_pool.update volume_group.update storage.import_*
                    subject=datavg message=PVME01080021-0003 after=2 times=1
fault-2  crash      operation=lpar.create                                            0
"""
    )
    assert main(["fault", "remove", "all"]) == 0


def test_step_and_the_rest(url: str, served: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step", "0.5", "--data", str(served.data)]) == 0
    assert capsys.readouterr().out.endswith("Z\n")
    assert main(["health"]) == 0
    assert "clock       stepped, " in capsys.readouterr().out
    assert main(["features"]) == 0
    assert "fault-rules" in capsys.readouterr().out
    assert main(["coverage"]) == 0
    assert "LogicalPartition" in capsys.readouterr().out


def test_names_keep_their_capitals_in_the_help_of_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--help"]) == 0
    assert "Back up partitions and Virtual I/O Servers" in capsys.readouterr().out


def test_reach_tells_the_way_and_what_stands_in_it(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", "novalink_212E3CA", "outside"]) == 0
    out = capsys.readouterr().out
    assert "novalink_212E3CA reaches outside." in out and "ent6 of vios1" in out
    assert main(["reach", "vios1", "outside"]) == 1
    assert "belongs to no shared Ethernet adapter" in capsys.readouterr().out
    assert main(["reach", "novalink_212E3CA"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines.keys() == {"vios1", "vios2", "outside"}
    assert lines["vios1"].endswith("reached on VLAN 4094 by MGMTSWITCH")
    assert main(["reach", "vios1"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "not reached: trunk U8247.21L.212E3CA-V1-C6 of VLAN 4094 belongs to" in lines["outside"]
    assert main(["reach", "vios1", "vios1"]) == 1
    assert "It is the same partition" in capsys.readouterr().out
    assert main(["reach", "novalink_212E3CA", "vios2", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert answer["reaches"] and answer["ways"][0]["vlan"] == 4094 and answer["obstacles"] == []
    assert main(["reach", "novalink_212E3CA", "nobody"]) == 1
    assert "[PVME01040001-0001]" in capsys.readouterr().err


def test_a_wrong_token_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENLPAR_ADMIN_TOKEN", "guess")
    assert main(["health"]) == 1
    assert "[PVME01080020-0001]" in capsys.readouterr().err


def test_the_token_is_needed_when_the_service_listens_on_more_than_loopback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server(tmp_path / "data", "--https", "0.0.0.0:0")
    try:
        assert main(["health", "--url", server.http]) == 1
        assert "can be reached from other machines" in capsys.readouterr().err
        assert main(["health", "--url", server.http, "--data", str(server.data)]) == 0
    finally:
        server.stop()


def test_a_second_service_on_the_same_data_says_why_it_does_not_start(served: Server) -> None:
    done = subprocess.run(
        [str(BIN / "openlpar"), "serve", "--data", str(served.data), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "is in use by another OpenLPAR" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "said"),
    [("--hypervisor=xen", "There is no hypervisor 'xen'. Use --hypervisor qemu or sim."), ("", "is no directory.")],
)
def test_what_cannot_be_served_is_told_with_a_remedy(tmp_path: Path, option: str, said: str) -> None:
    (tmp_path / "file").touch()
    given = [f"--data={tmp_path / ('data' if option else 'file')}", "--http=127.0.0.1:0", "--https=127.0.0.1:0", option]
    command = [str(BIN / "openlpar"), "serve", *filter(None, given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


@pytest.mark.parametrize("command", [["openlpar", "explain"], ["pvmctl", "lpar", "list"]])
@pytest.mark.parametrize(
    ("reader", "said"), [("> /dev/full", "The output cannot be written: No space left on device."), ("| head -1", "")]
)
def test_output_that_nobody_takes(served: Server, command: list[str], reader: str, said: str) -> None:
    """On a full disk, or because the reader has gone."""
    done = subprocess.run(
        ["bash", "-c", f"{BIN / command[0]} {' '.join(command[1:])} {reader}"],
        env={**os.environ, "OPENLPAR_URL": served.http, "OPENLPAR_LOG_DIR": str(served.data.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert done.stderr.strip() == said
    assert done.returncode == bool(said)


def test_commands_start_light() -> None:
    """What openlpar loads before it knows which command it is; servers and YAML only when they are needed."""
    probe = (
        "import sys; from openlpar.cli.openlpar import main; main(['explain', 'HSCL3205']);"
        "print(sorted(n for n in ('yaml', 'msgspec', 'starlette', 'uvicorn', 'lxml', 'openlpar.app', 'openlpar.engine')"
        " if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n"), done.stdout


def test_the_server_starts_without_the_other_commands() -> None:
    """A start of the service is waited for: it loads what declares ``serve``, and nothing that asks a running service."""
    probe = (
        "import sys; from openlpar.cli.openlpar.entry import _parser; _parser('serve').parse_args(['serve', '--data', 'd']);"
        "print([n for n in sys.modules if n.startswith('openlpar.client') and n.count('.') > 1])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_whatever_is_no_command_is_told_all_of_them() -> None:
    done = subprocess.run([BIN / "openlpar", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert all(f"'{name}'" in done.stderr for name in ("serve", "fault", "scenario")), done.stderr

"""Two servers, as processes, that were made known to each other by the command."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main as openlpar
from openlpar.cli.pvmctl.entry import main as pvmctl
from openlpar.client.connection import Connection
from openlpar.client.http import Transport
from openlpar.messages import mobility as say
from openlpar.uom.logical_partition import LogicalPartition
from tests.conftest import BIN, PASSWORD, USER, Server, start_server
from tests.mobility.systems import gannet, osprey, written


@dataclass
class Two:
    """The servers by name; each keeps its addresses when it is started again."""

    folder: Path
    servers: dict[str, Server] = field(default_factory=dict)

    def start(self, name: str) -> Server:
        before = self.servers.get(name)
        options = ["--system", str(written(self.folder, name, {"gannet": gannet, "osprey": osprey}[name]()))]
        if before is not None:
            options += ["--http", before.http.removeprefix("http://"), "--https", before.https.removeprefix("https://")]
        self.servers[name] = start_server(self.folder / name, *options)
        return self.servers[name]

    def partitions(self, name: str) -> dict[str, str]:
        with Connection(self.servers[name].http) as service:
            found = service.feed("LogicalPartition", LogicalPartition)
        return {entry.element.name: entry.element.state for entry in found}


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    made = Two(tmp_path)
    for name in ("gannet", "osprey"):
        made.start(name)
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
    monkeypatch.setenv("OPENLPAR_URL", made.servers["gannet"].http)
    yield made
    for server in made.servers.values():
        server.kill()


def test_trust_moves_and_kills(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    """Over plain http of one machine: there, back, and with the target dying as it takes the partition."""
    here, there = two.servers["gannet"], two.servers["osprey"]
    assert openlpar(["trust", there.http]) == 0
    assert "gannet and osprey know each other" in capsys.readouterr().out
    for server in (here, there):
        peers = server.data / "peers.json"
        assert stat.S_IMODE(peers.stat().st_mode) == 0o600
    assert pvmctl(_creating("vm1")) == 0
    assert pvmctl(["lpar", "migrate", "-i", "name=vm1", "--target-system", "osprey", "--validate"]) == 0
    assert pvmctl(["lpar", "migrate", "-i", "name=vm1", "--target-system", "osprey"]) == 0
    assert "vm1" not in two.partitions("gannet")
    assert two.partitions("osprey")["vm1"] == "not activated"

    rule = ["fault", "add", "crash", "--operation", "migration.take", "--times", "1", "--url", here.http]
    assert openlpar(rule) == 0
    with Connection(there.http) as service:
        assert service.feed("LogicalPartition", LogicalPartition)
    moving = subprocess.Popen(
        [str(BIN / "pvmctl"), *["lpar", "migrate", "-i", "name=vm1", "--target-system", "gannet"]],
        env=_environment(there.http, two.folder),
    )
    here.process.wait(timeout=20)
    two.start("gannet")
    moving.wait(timeout=60)
    assert "vm1" not in two.partitions("osprey")
    assert two.partitions("gannet")["vm1"] == "not activated"


def _creating(name: str) -> list[str]:
    return [
        *["lpar", "create", "--proc", "1", "--proc-unit", ".1", "--type", "AIX/Linux", "--mem", "1024"],
        "--name",
        name,
    ]


def _environment(url: str, folder: Path) -> dict[str, str]:
    return {**os.environ, "OPENLPAR_URL": url, "OPENLPAR_LOG_DIR": str(folder / "log")}


def test_trust_over_https(two: Two, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """By fingerprint and password; a certificate that changes is noticed."""
    here, there = two.servers["gannet"], two.servers["osprey"]
    fingerprint = Transport(there.https).seen_fingerprint()
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    words = ["trust", there.https, "--own-url", here.https, "--user", USER, "--password-stdin"]
    assert openlpar([*words, "--fingerprint", fingerprint]) == 0
    known = json.loads((here.data / "peers.json").read_text())
    assert [(peer["name"], peer["url"], peer["fingerprint"]) for peer in known] == [
        ("osprey", there.https, fingerprint)
    ]
    assert pvmctl(_creating("vm1")) == 0
    assert pvmctl(["lpar", "migrate", "-i", "name=vm1", "--target-system", "osprey"]) == 0
    assert "vm1" in two.partitions("osprey")

    there.kill()
    for file in (there.data / "tls").iterdir():
        file.unlink()
    two.start("osprey")
    assert pvmctl(_creating("vm2")) == 0
    capsys.readouterr()
    assert pvmctl(["lpar", "migrate", "-i", "name=vm2", "--target-system", "osprey"]) == 1
    assert say.PEER_STRANGE.id in capsys.readouterr().err


def test_trust_is_refused(two: Two, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = two.servers["gannet"], two.servers["osprey"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for words, message in (
        ([here.http], say.SAME_IDENTITY),
        ([there.https, "--own-url", here.https], say.NOT_CONFIRMED),
        ([there.https, "--own-url", here.https, "--fingerprint", "ab" * 32], say.OTHER_FINGERPRINT),
        (["http://192.0.2.9:12080"], say.NO_SECRECY),
        ([there.http, "--own-url", "http://192.0.2.9:12080"], say.NO_SECRECY),
    ):
        assert openlpar(["trust", *words]) == 1
        assert message.id in capsys.readouterr().err, message.id
    assert not (here.data / "peers.json").exists()


def test_the_other_one_asks_back(two: Two, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of this machine is of no use to another one."""
    there = two.servers["osprey"]
    monkeypatch.setattr("openlpar.cli.openlpar.trust._LOOPBACK", ())
    monkeypatch.setattr("openlpar.cli.openlpar.trust._is_loopback", lambda address: address.origin != there.https)
    fingerprint = Transport(there.https).seen_fingerprint()
    assert openlpar(["trust", there.https, "--fingerprint", fingerprint]) == 1
    assert say.NO_WAY_BACK.id in capsys.readouterr().err

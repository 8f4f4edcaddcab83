"""The storage network in the admin face, by ``openlpar san``, and in inventories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.messages import san as say
from openlpar.messages import simulation
from openlpar.ports.san import KINDS
from openlpar.wire import inventory
from tests.admin.conftest import Admin
from tests.conftest import start_server

Output = pytest.CaptureFixture[str]
FILE = """\
arrays:
- name: ds8k
  ports: ['50:05:07:63:06:ff:d6:b6']
  iqns: [iqn.2024-01.com.example:ds8k]
  portals: [192.0.2.50]
  chap: [nova, secret]
volumes:
- {name: ds8k/vol1, size_gb: 20, lun: 7, naa: 60050763060000000000000000000001, hosts: [vios1, novalink_212E3CA]}
images:
- {name: volumes/disk1, size_gb: 0.5}
"""


@pytest.fixture
def network(admin: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> Iterator[Admin]:
    """What the file says, put there by the command."""
    monkeypatch.delenv("OPENLPAR_ADMIN_TOKEN", raising=False)
    monkeypatch.setenv("OPENLPAR_URL", admin.server.http)
    (tmp_path / "san.yaml").write_text(FILE)
    assert main(["san", "apply", str(tmp_path / "san.yaml")]) == 0, capsys.readouterr().err
    yield admin
    for kind in ("volumes", "images", "arrays"):
        for one in admin.ok("GET", "/san")[kind]:
            admin.ok("DELETE", f"/san/{kind}/{one['name']}")


def test_a_file_is_applied_and_shown(network: Admin) -> None:
    shown = network.ok("GET", "/san")
    (array,), (volume,), (image,) = (shown[kind] for kind in KINDS)
    assert array["ports"] == ["5005076306FFD6B6"] and array["portals"] == ["192.0.2.50:3260"]
    assert array["chap"] == "nova", "the secret is not shown"
    assert (volume["lun"], volume["size_gb"], volume["seen_by"]) == (7, 20, ["vios1"])
    assert (image["name"], image["size_gb"]) == ("volumes/disk1", 0.5)
    assert shown["initiators"]["vios1"].startswith("iqn.")


def test_the_commands(network: Admin, capsys: Output) -> None:
    def done(*words: str) -> str:
        assert main(["san", *words]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    listed = done("list")
    assert re.search(
        r"^ds8k +5005076306FFD6B6 +192\.0\.2\.50:3260 iqn\.2024-01\.com\.example:ds8k$", listed, re.MULTILINE
    )
    assert re.search(r"^ds8k/vol1 +7 +20 +6005\w+ +vios1 novalink_212E3CA +vios1$", listed, re.MULTILINE)
    done("volume", "ds8k/vol2", "--size", "5", "--host", "vios2", "--naa", "none")
    assert re.search(r"^ds8k/vol2 +0 +5 +none +vios2 +vios2$", done("list", "--seen-by", "vios2"), re.MULTILINE)
    done("map", "ds8k/vol2", "vios1")
    done("unmap", "ds8k/vol2", "vios2")
    assert "ds8k/vol2" in done("list", "--seen-by", "vios1")
    assert "ds8k/vol2" not in done("list", "--seen-by", "vios2")
    done("remove", "volume", "ds8k/vol2")
    assert main(["san", "remove", "array", "ds8k"]) == 1
    assert say.ARRAY_IN_USE.id in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, simulation.NO_FEED),
        ("arrays: [", say.BAD_SAN),
        ("- a list", say.BAD_SAN),
        ("disks: []", say.BAD_SAN),
        ("arrays: yes", say.BAD_SAN),
        ("arrays: [{name: ds9k, ports: [5005076306ffd6b9]}]\nvolumes: [{name: ds9k/v, size_gb: no}]", say.BAD_SAN),
    ],
)
def test_a_file_that_cannot_be_applied(
    network: Admin, tmp_path: Path, capsys: Output, content: str | None, message: object
) -> None:
    before = network.ok("GET", "/san")
    if content is not None:
        (tmp_path / "bad.yaml").write_text(content)
    assert main(["san", "apply", str(tmp_path / "bad.yaml")]) == 1
    assert getattr(message, "id", "") in capsys.readouterr().err
    assert network.ok("GET", "/san") == before, "nothing of it"


def test_masks_that_are_none_are_refused(network: Admin) -> None:
    wishes: tuple[dict[str, object], ...] = ({"add": "vios1"}, {"add": [1]}, {"set": []})
    for wish in wishes:
        status, answer = network.call("PUT", "/san/masks/ds8k/vol1", wish)
        assert status == 400 and answer["id"] == say.BAD_SAN.id
    assert network.call("DELETE", "/san/disks/x")[1]["id"] == say.BAD_SAN.id
    assert network.call("PUT", "/san/masks/ds8k/none", {})[1]["id"] == say.NO_SAN_MEMBER.id


def test_a_dump_holds_the_network(network: Admin, tmp_path: Path) -> None:
    text = network.call("GET", "/dump")[1]
    described = inventory.load(text, "dump.yaml")
    assert described.san["arrays"][0]["chap"] == ("nova", "secret")
    (tmp_path / "dump.yaml").write_text(text)
    again = start_server(tmp_path / "data", "--system", str(tmp_path / "dump.yaml"), clock="stepped")
    try:
        other = Admin(again)
        assert other.ok("GET", "/san") == network.ok("GET", "/san")
        assert other.ok("GET", "/digest") == network.ok("GET", "/digest")
    finally:
        again.stop()

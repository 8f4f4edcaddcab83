"""The drill: everything is lost but the backups, and comes back by the commands that a person types."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.backup.conftest import FOLDER
from tests.backup.test_commands import Commands
from tests.conftest import start_server

# What a system makes up for itself when an object is made: no backup of a NovaLink has it, and nobody refers to it.
MADE_UP = {"mac_address_prefix", "avail_wwpns"}
IDENTIFIERS = {"udid", "rel_dev_name"}


def test_all_is_as_it_was(tmp_path: Path) -> None:
    first = Commands(start_server(tmp_path / "first"), tmp_path)
    _build(first)
    first.ok("openlpar", "backup", "run", "daily", "--directory", str(tmp_path / "backups"))
    kept = tmp_path / "backups" / FOLDER
    before, settings = _inventory(first), _settings(first)
    first.server.kill()
    shutil.rmtree(tmp_path / "first")

    second = Commands(start_server(tmp_path / "second"), tmp_path)
    assert _digest(_inventory(second)) != _digest(before), "it is lost"
    (system,) = kept.glob("system_daily_*.bak")
    second.ok("rstprofdata", "-l", "1", "-f", str(system))
    for number in ("2", "3"):
        (file,) = kept.glob(f"vios_{number}_daily_*.viosbr.tar.gz")
        second.ok("openlpar", "backup", "copy", str(file), "--id", number)
        second.ok("viosvrcmd", "--id", number, "-c", f"viosbr -restore -file {file.name} -clustername cluster1")
    for name in ("web1", "db1"):
        second.ok("pvmctl", "lpar", "power-on", "-i", f"name={name}")
    after = _inventory(second)
    for kind, objects in before.items():
        assert after[kind] == objects, kind
    assert _digest(after) == _digest(before)
    assert _settings(second) == settings

    (tmp_path / "again").mkdir()
    second.ok("openlpar", "backup", "run", "daily", "--directory", str(tmp_path / "again"))
    again = tmp_path / "again" / FOLDER / system.name
    assert _timeless(again.read_text()) == _timeless(system.read_text())
    second.server.stop()


def _build(site: Commands) -> None:
    """Three partitions with everything that is backed up: two of them run."""
    shared = ["--type", "AIX/Linux", "--proc-type", "shared"]
    site.ok("pvmctl", "lpar", "create", "--name", "web1", "--mem", "1024", *shared, "--proc", "2", "--proc-unit", ".1")
    site.ok(
        "pvmctl",
        "lpar",
        "create",
        "--name",
        "db1",
        "--mem",
        "2048",
        "--type",
        "AIX/Linux",
        "--proc-type",
        "dedicated",
        "--proc",
        "2",
    )
    site.ok("pvmctl", "lpar", "create", "--name", "old1", "--mem", "512", *shared, "--proc", "1", "--proc-unit", ".2")
    for name in ("web1", "db1"):
        site.ok("pvmctl", "vea", "create", "--pvid", "1", "--vswitch", "ETHERNET0", "-p", f"name={name}")
    site.ok("pvmctl", "vswitch", "create", "--name", "BACKUPNET", "--mode", "Vepa")
    site.ok("pvmctl", "vea", "create", "--pvid", "77", "--vswitch", "BACKUPNET", "-p", "name=db1")
    for command in ("mklv -lv web1_root rootvg 8G", "lu -create -sp pool1 -lu db1_data -size 10240"):
        site.ok("viosvrcmd", "--id", "2", "-c", command)
    _bridge(site)
    for command in ("motd -overwrite hello", "mkuser operator", "chdev -dev hdisk5 -attr queue_depth=7"):
        site.ok("viosvrcmd", "--id", "2", "-c", command)
    for kind, lpar, storage, vios in (
        ("lu", "db1", "db1_data", "vios1"),  # the later partition has the earlier adapter
        ("lv", "web1", "web1_root", "vios1"),
        ("lu", "db1", "db1_data", "vios2"),
    ):
        lent = ["--lpar", f"name={lpar}", "--stor-id", f"name={storage}", "-p", f"name={vios}"]
        site.ok("pvmctl", "scsi", "create", "--type", kind, *lent)
    site.ok("pvmctl", "vfc", "create", "--lpar", "name=db1", "--port", "fcs0", "-p", "name=vios1")
    for name in ("web1", "db1"):
        site.ok("pvmctl", "lpar", "power-on", "-i", f"name={name}")


def _bridge(site: Commands) -> None:
    """A network bridge of two shared Ethernet adapters, one of them on a link aggregation and with a control channel of its own."""
    for priority, vios in enumerate(("vios1", "vios2"), 1):
        number = str(priority + 1)
        trunk = ["--trunk-pri", str(priority), "--pvid", "300", "--vswitch", "ETHERNET0", "--slot", "30"]
        site.ok("pvmctl", "vea", "create", *trunk, "-p", f"name={vios}")
        name = site.ok("viosvrcmd", "--id", number, "-c", "lsdev -type vent4sea -field name physloc -fmt : | grep C30")
        below, attributes = "ent1", "ha_mode=auto"
        if vios == "vios1":
            below = site.ok("viosvrcmd", "--id", number, "-c", "mkvdev -lnagg ent1 -attr mode=8023ad").split()[0]
            channel = site.ok(
                "viosvrcmd", "--id", number, "-c", "lsdev -type vent4sea -field name physloc -fmt : | grep C6"
            )
            attributes += f" accounting=enabled ctl_chan={channel.partition(':')[0]}"
        default = name.partition(":")[0]
        made = f"mkvdev -sea {below} -vadapter {default} -default {default} -defaultid 300 -attr {attributes}"
        site.ok("viosvrcmd", "--id", number, "-c", made)


def _settings(site: Commands) -> list[str]:
    """What the inventory does not show of the servers."""
    commands = (
        "motd",
        "lsuser",
        "lsdev -dev hdisk5 -attr queue_depth",
        "lsmap -all -net",
        "viosbr -view -file now -type ethchannel",
        "viosbr -view -file now -type attr",
        "viosbr -view -file now -type settings",
    )
    site.ok("viosvrcmd", "--id", "2", "-c", "viosbr -backup -file now")
    return [site.ok("viosvrcmd", "--id", "2", "-c", command) for command in commands]


def _inventory(site: Commands) -> dict[str, Any]:
    """The whole system by type, with names in the place of the identifiers that objects below a partition get at random."""
    system: dict[str, Any] = yaml.safe_load(site.ok("openlpar", "dump"))
    partitions = {one["uuid"] for kind in ("LogicalPartition", "VirtualIOServer") for one in system[kind]}
    names: dict[str, str] = {}
    for kind, objects in system.items():
        if isinstance(objects, list):
            for one in objects:
                if one["uuid"] not in partitions:
                    names[one["uuid"]] = f"a {kind}"
    return {
        kind: sorted((_plain(one, names) for one in objects), key=json.dumps)
        for kind, objects in system.items()
        if isinstance(objects, list)
    }


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: "made up" if key in IDENTIFIERS else _plain(below, names)
            for key, below in value.items()
            if key not in MADE_UP
        }
    if isinstance(value, list):
        return [_plain(below, names) for below in value]
    if isinstance(value, str):
        return re.sub(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", lambda m: names.get(m[0], m[0]), value)
    return value


def _digest(inventory: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inventory, sort_keys=True, default=str).encode()).hexdigest()


def _timeless(text: str) -> str:
    return re.sub(r"^TOD = \d+$", "", text, flags=re.MULTILINE)

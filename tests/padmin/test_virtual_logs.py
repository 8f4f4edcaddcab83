"""Virtual logs follow their adapters and servers."""

from __future__ import annotations

import re

from openlpar.ports.records import VirtualLog
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from tests.padmin.conftest import Padmin


def test_a_log_whose_adapter_is_gone_is_attached_no_longer(padmin: Padmin) -> None:
    said = padmin.out("mkvlog -name syslog -client vm2 -vadapter vhost2")
    made = re.match(r"Virtual log ([0-9a-f]{32}) created\nvtlog0 Available\n", said)
    assert made is not None
    with padmin.engine.alter() as change:  # whoever took it away
        for mapping in tuple(change.all(VirtualSCSIMapping)):
            if mapping.server_adapter.name == "vhost2":
                change.remove(mapping)
    assert padmin.out("lsvlog -field uuid:dev") == f"{made[1]}:\n"
    assert "vtlog" not in padmin.out("lsdev -virtual")
    assert padmin.out(f"mkvlog -uuid {made[1]} -vadapter vhost1") == "vtlog0 Available\n"


def test_each_server_has_its_own(padmin: Padmin) -> None:
    padmin.out("mkvlog -name syslog -client vm1")
    assert padmin.out("lsvlog", "vios2") == ""
    padmin.out("mkvlog -name syslog -client vm1", "vios2")
    assert len({log.uuid for log in padmin.engine.state.all(VirtualLog)}) == 2


def test_devices_of_logs_are_removed_as_others_are(padmin: Padmin) -> None:
    padmin.out("mkvlog -name syslog -client vm2 -vadapter vhost2")
    assert "vtlog0" in padmin.run("rmdev -dev vhost2").stderr
    assert padmin.out("rmdev -dev vtlog0 -ucfg") == "vtlog0 Defined\n"
    assert padmin.out("rmvdev -vtd vtlog0") == "vtlog0 deleted\n"
    padmin.out("mkvlog -name audit -client vm2 -vadapter vhost2")
    assert padmin.out("rmdev -dev vhost2 -recursive") == "vtlog0 deleted\nvhost2 deleted\n"
    assert padmin.out("lsvlog -field name:dev") == "audit:\nsyslog:\n"

"""Virtual logs follow their adapters and servers."""

from __future__ import annotations

import re

from openlpar.ports.records import VirtualLog
from tests.padmin.conftest import Padmin


def test_a_log_whose_adapter_is_gone_is_attached_no_longer(padmin: Padmin) -> None:
    said = padmin.out("mkvlog -name syslog -client vm2 -vadapter vhost2")
    made = re.match(r"Virtual log ([0-9a-f]{32}) created\nvtlog0 Available\n", said)
    assert made is not None
    padmin.out("rmdev -dev vhost2")
    assert padmin.out("lsvlog -field uuid:dev") == f"{made[1]}:\n"
    assert "vtlog" not in padmin.out("lsdev -virtual")
    assert padmin.out(f"mkvlog -uuid {made[1]} -vadapter vhost1") == "vtlog0 Available\n"


def test_each_server_has_its_own(padmin: Padmin) -> None:
    padmin.out("mkvlog -name syslog -client vm1")
    assert padmin.out("lsvlog", "vios2") == ""
    padmin.out("mkvlog -name syslog -client vm1", "vios2")
    assert len({log.uuid for log in padmin.engine.state.all(VirtualLog)}) == 2

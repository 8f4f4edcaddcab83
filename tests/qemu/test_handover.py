"""Sockets that QEMU is given: all that a partition's command line would make in its run folder."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu import launch
from openlpar.hypervisor.qemu.arguments import arguments
from openlpar.hypervisor.qemu.handover import Handover
from openlpar.hypervisor.qemu.hardware import Hardware, NetworkAdapter
from openlpar.hypervisor.qemu.host import Host

HARDWARE = Hardware("u", "vm1", 4, 1024, 512, 2048, 1, 2, network=(NetworkAdapter(3, "02:00:00:00:00:01"),))
MADE = (launch.MONITOR, launch.CONSOLE, launch.AGENT)


def test_what_a_partition_would_make_is_made_for_it(run: Path) -> None:
    (run / launch.CONSOLE).touch()  # of the one before
    words = arguments(HARDWARE, Host("pseries-11.1"), run, run.parent / "n")
    handover = Handover(words, run)
    assert len(handover.fds) == len(MADE)
    for name in MADE:
        assert not any(f"path={name}" in word or f"unix:{name}" in word for word in handover.argv)
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(run / name))  # somebody will answer
    assert [word for word in handover.argv if "mode=control" in word] == ["monitor-qmp,mode=control"]
    assert any(word.startswith("dgram,id=net3") and "local.type=unix" in word for word in handover.argv)
    handover.close()


def test_nothing_is_left_open_when_one_cannot_be_made(run: Path) -> None:
    (run / launch.AGENT).mkdir()
    with pytest.raises(OSError, match="agent"):
        Handover(["-chardev", "socket,path=con.sock,server=on", "-chardev", "socket,path=agent.sock,server=on"], run)

"""What ``snap`` collects."""

from __future__ import annotations

import io
import tarfile

from tests.padmin.conftest import Padmin


def test_the_archive_holds_what_commands_print(padmin: Padmin) -> None:
    padmin.out("alert -set -value 99")
    padmin.out("snap")
    archive = (padmin.files / "2" / "snap.pax.Z").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        held = {name: stream.read().decode() for name in tar.getnames() if (stream := tar.extractfile(name))}
    assert held["ibmsupt/lent/lsmap_-all"] == padmin.out("lsmap -all")
    assert held["ibmsupt/general/errlog_-ls"] == padmin.out("errlog -ls")
    assert held["ibmsupt/storage/lspv"] == padmin.out("lspv")
    padmin.out("snap")
    again = (padmin.files / "2" / "snap.pax.Z").read_bytes()
    assert len(again) >= len(archive), "with what was run since then"


def test_what_cannot_be_had_is_said_in_its_file(padmin: Padmin) -> None:
    """A server without Fibre Channel ports, say."""
    padmin.out("snap", "vios2")
    archive = (padmin.files / "3" / "snap.pax.Z").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        stream = tar.extractfile("ibmsupt/lent/lsnports")
        assert stream is not None
        assert stream.read().decode() == padmin.run("lsnports", "vios2").stderr

"""Two servers on one machine, and partitions that the client moves back and forth: nothing of it may stay behind."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BIN, PASSWORD, USER, Server, start_server
from tests.mobility.systems import gannet, osprey, written
from tests.pypowervm.clients import Client

pytestmark = pytest.mark.pypowervm

ROUNDS = 1000
AT_A_TIME = 20
"""How many rounds one session of the client makes."""


def _servers(folder: Path) -> tuple[Server, Server]:
    here, there = (
        start_server(folder / name, "--system", str(written(folder, name, text)), "--seed", seed)
        for name, text, seed in (("gannet", gannet(), "1"), ("osprey", osprey(), "2"))
    )
    certificate = ssl.PEM_cert_to_DER_cert((there.data / "tls" / "cert.pem").read_text())
    command = [str(BIN / "openlpar"), "trust", there.https, "--url", here.http, "--own-url", here.https]
    command += ["--user", USER, "--password-stdin", "--fingerprint", hashlib.sha256(certificate).hexdigest()]
    subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    return here, there


def _travel(client: Client, folder: Path, rounds: int) -> None:
    here, there = _servers(folder)
    other: Any = {"http": there.http, "https": there.https, "admin": there.admin, "data": str(there.data)}

    def run(scenario: str, **more: Any) -> dict[str, Any]:
        result = client.run(f"journeys.{scenario}", "file", here, other=other, **more)
        assert result["traceback"] is None, f"\n{result['traceback']}"
        return result

    try:
        run("partitions_are_made_ready")
        begin, digest = time.monotonic(), ""
        for done in range(0, rounds, AT_A_TIME):
            turns = min(AT_A_TIME, rounds - done)
            digest = run("they_go_and_come_back", rounds=turns, digest_before=digest)["answer"]
            took = time.monotonic() - begin
            print(f"{done + turns} of {rounds} rounds, {took:.0f} s, digest {digest[:8]}", flush=True)
        run("they_are_taken_away")
    finally:
        for server in (here, there):
            server.kill()


def test_there_and_back(client: Client, tmp_path: Path) -> None:
    _travel(client, tmp_path, 3)


@pytest.mark.slow
def test_there_and_back_a_thousand_times(client: Client, tmp_path: Path) -> None:
    _travel(client, tmp_path, ROUNDS)

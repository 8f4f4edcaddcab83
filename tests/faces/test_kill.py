"""Kill -9 at any moment: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import http.client
import os
import random
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Server, start_server
from tests.faces.rest import Rest, logged_on, partition_body


@dataclass
class Ledger:
    """What a client was told: names acknowledged as created, and those whose answer never came."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


def _work(server: Server, token: str, ledger: Ledger, prefix: str, stop: threading.Event) -> None:
    rest = Rest(server, token)
    number = 0
    while not stop.is_set():
        number += 1
        name = f"{prefix}-{number}"
        ledger.unknown.add(name)
        try:
            answer = rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body(name, 256))
            if answer.status not in (200, 201):
                return
            uuid = answer.value("PartitionUUID")
            ledger.acknowledged[name] = uuid
            if number % 3:
                ledger.acknowledged.pop(name)
                if rest.request("DELETE", f"/rest/api/uom/LogicalPartition/{uuid}").status != 204:
                    return
                ledger.deleted.add(name)
            ledger.unknown.discard(name)
        except (OSError, http.client.HTTPException):
            return


def _check(server: Server, ledger: Ledger) -> None:
    feed = logged_on(server).request("GET", "/rest/api/uom/LogicalPartition/quick/All").text
    there = dict(re.findall(r'"UUID":"([^"]+)","PartitionName":"([^"]+)"', feed))
    names = {name: uuid for uuid, name in there.items()}
    for name, uuid in ledger.acknowledged.items():
        assert names.get(name) == uuid, f"{name} was acknowledged and is gone"
    for name in ledger.deleted:
        assert name not in names, f"{name} was deleted and is back"
    strangers = set(names) - set(ledger.acknowledged) - ledger.unknown - {"novalink_212E3CA"}
    assert not strangers
    ids = re.findall(r'"PartitionID":(\d+)', feed)
    assert len(ids) == len(set(ids))


def _rounds(directory: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    data = directory / "data"
    ledger = Ledger()
    for number in range(count):
        server = start_server(data)
        _check(server, ledger)
        token = logged_on(server).token
        stop = threading.Event()
        workers = [
            threading.Thread(target=_work, args=(server, token, ledger, f"r{number}w{w}", stop)) for w in range(4)
        ]
        for worker in workers:
            worker.start()
        time.sleep(chance.uniform(0.0, 0.15))
        server.kill()
        stop.set()
        for worker in workers:
            worker.join()
    server = start_server(data)
    _check(server, ledger)
    assert ledger.acknowledged
    assert server.stop() == 0


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    _rounds(tmp_path, 10, int.from_bytes(os.urandom(4)))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    _rounds(tmp_path, 200, 1)


def test_sigterm_ends_cleanly(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    assert server.stop() == 0


def test_a_second_server_does_not_touch_the_first_ones_state(tmp_path: Path) -> None:
    first = start_server(tmp_path / "data")
    with pytest.raises(AssertionError, match="in use by another OpenLPAR"):
        start_server(tmp_path / "data")
    assert first.stop() == 0


def test_files_that_a_crash_left_of_a_deleted_server_go_at_the_next_start(tmp_path: Path) -> None:
    first = start_server(tmp_path / "data")
    first.kill()
    left, log = tmp_path / "data" / "vios" / "77", tmp_path / "data" / "vios" / "logs" / "77.trc"
    for place in (left / "cfgbackups", log.parent):
        place.mkdir(parents=True, exist_ok=True)
    log.write_text("lsmap -all")
    start_server(tmp_path / "data").stop()
    assert not left.exists() and not log.exists()

"""Frames through the virtual switch, beside relays that only copy datagrams from one socket to another.

One process sends a few frames and waits until it has them back: nothing is lost, and the carrier is never blocked. Sender and
carrier share the machine, so the rate that counts is the one of a second of the carrier's own processor time.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from perf.cases import Result

FRAMES = 200_000
WINDOW = 8
"""Frames under way: fewer than a datagram socket queues where nobody has raised the system's limit of 10."""
SIZE = 1514
BUDGET = 100_000

_RELAY = """
import os, socket, sys
a, b = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in "ab")
a.bind(sys.argv[1])
b.connect(sys.argv[2])
i, o = a.fileno(), b.fileno()
while True:
    os.write(o, os.read(i, 65536))
"""


def _frame(number: int) -> bytes:
    mac = b"\x4a\x51\0\0\0"
    return mac + b"\x02" + mac + b"\x01" + b"\x88\xb5" + number.to_bytes(4, "big") + bytes(SIZE - 18)


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _carried(start: Callable[[Path], subprocess.Popen[bytes]]) -> tuple[float, float]:
    """Frames per second, and per second of the carrier's processor time. start: makes the carrier from ``a.s`` to ``b.g``
    in a folder."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    sender, sink = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    sink.bind(str(folder / "b.g"))
    sink.settimeout(10)
    carrier = start(folder)
    try:
        while not (folder / "a.s").exists():
            time.sleep(0.01)
        sender.connect(str(folder / "a.s"))
        frame = bytes.fromhex("4a5100000002 4a5100000001 88b5") + bytes(SIZE - 14)
        used, begin = _cpu_s(carrier.pid), time.perf_counter()
        for _ in range(FRAMES // WINDOW):
            for _ in range(WINDOW):
                sender.send(frame)
            for _ in range(WINDOW):
                sink.recv(SIZE)
        return FRAMES / (time.perf_counter() - begin), FRAMES / (_cpu_s(carrier.pid) - used)
    finally:
        carrier.terminate()
        carrier.wait()
        sender.close()
        sink.close()
        shutil.rmtree(folder)


def _switch(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", "openlpar.vswitch", str(folder)])
    while not (folder / "control.sock").exists():
        time.sleep(0.01)
    ports = [
        {"name": name, "switch": "ETHERNET0", "pvid": 1, "mac": f"4A510000000{n}", "allowed_macs": "none"}
        for n, name in enumerate("ab", 1)
    ]
    request = {"id": 1, "do": "configure", "switches": [{"name": "ETHERNET0", "mode": "Veb"}], "ports": ports}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(str(folder / "control.sock"))
        control.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(control.makefile().readline())
    assert "ok" in answer, answer
    return process


def _relay(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _RELAY, str(folder / "a.s"), str(folder / "b.g")])


def _socat(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["socat", "-u", "-b", "65536", f"UNIX-RECV:{folder / 'a.s'}", f"UNIX-SENDTO:{folder / 'b.g'}"]
    )


def frames() -> tuple[list[Result], dict[str, str]]:
    """The rows, and by name of row what the peers reach."""
    rate, per_cpu = _carried(_switch)
    peers = {"10-line Python relay": _relay} | ({"socat": _socat} if shutil.which("socat") else {})
    notes = []
    for name, start in peers.items():
        other = _carried(start)[1]
        notes.append(f"{name} {other:,.0f}/s = {per_cpu / other:.2f}x")
    row = f"frames of {SIZE} B, per CPU second of the switch"
    results: list[Result] = [
        (row, per_cpu, "/s", BUDGET),
        (f"frames of {SIZE} B, sender and switch on one machine", rate, "/s", 0),
    ]
    return results, {row: "; ".join(notes)}


if __name__ == "__main__":
    rows, beside = frames()
    for case, value, unit, _ in rows:
        print(f"{case}: {value:,.0f} {unit}  {beside.get(case, '')}")

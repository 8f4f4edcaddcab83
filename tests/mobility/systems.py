"""Two systems that partitions can move between, as inventory files: the default one, and another one on the same SAN."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

POOL = "24" + "5a" * 16 + "A5" * 16
TIER = "26" + "5a" * 16 + "0123456789abcdef"


def gannet() -> str:
    """The default system; what it shares with others has UDIDs of its own."""
    text = resources.files("openlpar.systems").joinpath("gannet.yaml").read_text()
    text = re.sub(r"name: (hdisk[2-7]), capacity", r"name: \1, udid: 01SAN-\1, capacity", text)
    text = text.replace("- {name: pool1,", f"- {{name: pool1, udid: {POOL},")
    return text.replace("{parent: pool1, name: SYSTEM,", f"{{parent: pool1, name: SYSTEM, udid: {TIER},")


def osprey() -> str:
    """The other one: same disks of the SAN, same cluster, everything else its own."""
    text = gannet().replace("gannet", "osprey").replace("212E3CA", "212F4DB")
    return re.sub(r"mac: (..)(........)(..)", r"mac: \g<1>\g<2>0F", text.replace("mac: 36", "mac: 3A"))


def written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path

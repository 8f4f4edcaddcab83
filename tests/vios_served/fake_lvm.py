#!/usr/bin/env python3
"""A stand-in for LVM's program where no kernel has device-mapper: volumes are sparse files in the folder where it lies.

It knows the commands and options that ``vios.served.lvm`` uses, as lvcreate(8), lvextend(8), lvchange(8), lvremove(8) and lvs(8)
have them, and refuses all others; that LVM does the same is tried on LVM itself (``thin_pools``). It knows nothing of pools that
fill up, of activation, or of the kernel. The file ``busy`` holds names of volumes that are open, ``broken`` what every command
fails with.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

EXTENT = 4 << 20
PLACE = Path(__file__).parent
TABLE = PLACE / "table.json"
VALUED = {
    "-V",
    "--type",
    "--thinpool",
    "--addtag",
    "--deltag",
    "-n",
    "-k",
    "-L",
    "-a",
    "-o",
    "--units",
    "--reportformat",
}
PLAIN = {"-q", "-y", "-K", "--nosuffix"}


def fail(text: str) -> None:
    """A report says it in its own form, and nothing on standard error."""
    if "json" in sys.argv:
        log = [{"log_type": "warn", "log_message": "not read"}, {"log_type": "error", "log_message": text}]
        print(json.dumps({"report": [{"lv": []}], "log": log}))
    else:
        print("  WARNING: this one is not read.\n  " + text, file=sys.stderr)
    sys.exit(5)


def parsed(words: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    names = []
    rest = iter(words)
    for word in rest:
        if word in VALUED:
            options[word] = next(rest)
        elif word in PLAIN:
            options[word] = ""
        elif word.startswith("-"):
            fail(f"unrecognized option '{word}'")
        else:
            names.append(word)
    return options, names


def rounded(size: str) -> int:
    assert size.endswith("b"), "sizes are in bytes"
    return -(-int(size[:-1]) // EXTENT) * EXTENT


def made(table: dict[str, Any], name: str, size: int, tags: str) -> Path:
    if name in table:
        fail(f'Logical Volume "{name}" already exists in volume group "vg0"')
    path = PLACE / "dev" / name
    table[name] = {
        "lv_name": name, "lv_path": str(path), "lv_size": str(size), "lv_uuid": str(uuid.uuid4()), "lv_tags": tags,
        "segtype": "thin", "lv_attr": "Vwi-a-tz--",
    }  # fmt: skip
    return path


def main(command: str, words: list[str]) -> None:
    with open(PLACE / "calls", "a", encoding="utf-8") as calls:
        calls.write(" ".join([command, *words]) + "\n")
    if (PLACE / "broken").exists():
        fail((PLACE / "broken").read_text())
    table = json.loads(TABLE.read_text())
    options, names = parsed(words)
    name = names[0].removeprefix("vg0/").removeprefix("vg0") if names else ""
    if command != "lvs" and name and name not in table:
        fail(f'Failed to find logical volume "vg0/{name}"')
    if command == "lvs":
        if not names[0].startswith("vg0"):
            fail(f'Volume group "{names[0].partition("/")[0]}" not found')
        if name and name not in table:
            fail(f'Failed to find logical volume "vg0/{name}"')
        rows = [table[each] for each in table if not name or each == name]
        fields = options["-o"].split(",")
        print(json.dumps({"report": [{"lv": [{field: row[field] for field in fields} for row in rows]}]}))
    elif command == "lvcreate" and "-V" not in options:
        assert options["-k"] == "n" and options["--type"] == "thin"
        path = made(table, options["-n"], int(table[name]["lv_size"]), options["--addtag"])
        shutil.copyfile(table[name]["lv_path"], path)
    elif command == "lvcreate":
        assert options["--type"] == "thin" and table[options["--thinpool"]]["segtype"] == "thin-pool"
        size = rounded(options["-V"])
        with open(made(table, options["-n"], size, options["--addtag"]), "xb") as file:
            file.truncate(size)
    elif command == "lvextend":
        size = rounded(options["-L"])
        if size <= int(table[name]["lv_size"]):
            fail("New size given is not larger than existing size")
        os.truncate(table[name]["lv_path"], size)
        table[name]["lv_size"] = str(size)
    elif command == "lvchange":
        tags = set(filter(None, table[name]["lv_tags"].split(",")))
        tags |= {options["--addtag"]} if "--addtag" in options else set()
        table[name]["lv_tags"] = ",".join(sorted(tags - {options.get("--deltag")}))
    elif command == "lvremove":
        if (PLACE / "busy").exists() and name in (PLACE / "busy").read_text().split():
            fail(f"Logical volume vg0/{name} in use.")
        Path(table.pop(name)["lv_path"]).unlink()
    else:
        fail(f"no such command '{command}'")
    TABLE.write_text(json.dumps(table))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""What README and guides print is what the commands print. ``UPDATE_GOLDEN=1`` writes the present output into the pages."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.docs.transcripts import Session, alike
from tests.house.tree import ROOT

PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "reference" not in page.parts and re.search(r"^```console$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    written = page.read_text(encoding="utf-8")
    session = Session(tmp_path)
    try:
        now = session.played(written)
    finally:
        session.end()
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(now, encoding="utf-8")
        written = now
    assert now == written, "UPDATE_GOLDEN=1 writes the present output into the page; review the difference"


def test_every_guide_is_played_or_has_no_commands() -> None:
    assert {"README", "first-partition"} <= {page.stem for page in PAGES}


def test_chance_and_omissions_are_no_difference() -> None:
    assert alike("Lu Udid:955b26de3a4bd643b815b8383a51b718\n", "Lu Udid:b907e904a19bed47b1ab6c2c7895c8dd\n")
    assert alike("a\n…\nd\n", "a\nb\nc\nd\n") and alike("a\n…\n", "a\n")
    assert not alike("a\n…\nd\n", "a\nb\n") and not alike("a\n", "a\nb\n")

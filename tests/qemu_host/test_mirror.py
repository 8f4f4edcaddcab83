"""The mirror comes from the system's own sources of apt, in either style, and from nowhere else."""

from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import qemu_host as say
from openlpar.qemu_host import mirror
from openlpar.qemu_host.mirror import Mirror

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def found(tmp_path: Path, **files: str) -> Mirror:
    """files: name of a file of sources, with _ for the dot, to its text."""
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        (tmp_path / "sources.list.d" / name.replace("_", ".")).write_text(text)
    return mirror.find(tmp_path, {})


def test_deb822(tmp_path: Path) -> None:
    text = f"""\
Types: deb deb-src
# a comment, also in a stanza
URIs: https://security.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: https://mirror.example/debian
  https://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {KEYRING}
"""
    assert found(tmp_path, debian_sources=text) == Mirror("https://mirror.example/debian", {"Signed-By": KEYRING})


def test_one_line_style(tmp_path: Path) -> None:
    text = f"""\
# deb http://old.example/debian buster main
deb cdrom:[Debian 12]/ bookworm main
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by={KEYRING}] http://mirror.example/debian bookworm main contrib # the archive
"""
    assert found(tmp_path, debian_list=text) == Mirror("http://mirror.example/debian", {"Signed-By": KEYRING})


def test_debian_goes_before_those_who_borrow_its_names(tmp_path: Path) -> None:
    chosen = found(
        tmp_path,
        aaa_list="deb [signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.example trixie main\n",
        debian_list=f"deb [signed-by={KEYRING}] https://mirror.example/debian trixie main\n",
    )
    assert chosen.uri == "https://mirror.example/debian"


def test_source_is_written_for_other_suites(tmp_path: Path) -> None:
    text = "Types: deb\nURIs: file:/srv/debian\nSuites: sid\nComponents: main\nTrusted: yes\n"
    chosen = found(tmp_path, local_sources=text)
    assert chosen.source(["trixie", "trixie-backports"]) == (
        "Types: deb\nURIs: file:/srv/debian\nSuites: trixie trixie-backports\nComponents: main\nTrusted: yes\n"
    )


def test_key_that_is_written_out_keeps_its_lines(tmp_path: Path) -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJ\n -----END PGP PUBLIC KEY BLOCK-----"
    text = f"Types: deb\nURIs: https://mirror.example/debian\nSuites: stable\nComponents: main\nSigned-By:{key}\n"
    assert found(tmp_path, debian_sources=text).trust == {"Signed-By": key}


@pytest.mark.parametrize(
    "text",
    [
        "Types: deb\nURIs: https://a.example\nSuites: nodistro\nComponents: main\n",
        "Types: deb\nURIs: https://a.example\nSuites: bookworm\nComponents: stable\n",
        "Types: deb\nURIs: https://a.example\nSuites: bookworm\nComponents: main\nEnabled: no\n",
    ],
    ids=["another system", "another part", "switched off"],
)
def test_no_debian_archive(tmp_path: Path, text: str) -> None:
    with pytest.raises(Failure, match="name no Debian archive") as caught:
        found(tmp_path, other_sources=text)
    assert caught.value.message is say.NO_MIRROR


def test_environment_names_a_mirror(tmp_path: Path) -> None:
    chosen = mirror.find(tmp_path, {"OPENLPAR_DEBIAN_MIRROR": "https://mine.example/debian"})
    assert chosen.uri == "https://mine.example/debian"

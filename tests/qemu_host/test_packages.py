"""apt fetches from a small archive of our own: interrupted, tampered with, unsigned. Nothing outside the folder is touched."""

import gzip
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import qemu_host as say
from openlpar.qemu_host import packages
from openlpar.qemu_host.cache import Progress
from openlpar.qemu_host.mirror import Mirror
from openlpar.qemu_host.packages import Archive

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("apt-get", "apt-config", "dpkg-deb", "tar"))),
    reason="needs apt and dpkg, as the set-up does",
)


class Served(http.server.ThreadingHTTPServer):
    """A folder over HTTP, with ranges. cut: how many bytes of a package go out before the line breaks, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder = folder
        self.cut = 0
        self.ranges: list[str] = []


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Served

    def do_GET(self) -> None:
        file = self.server.folder / self.path.lstrip("/")
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        wanted = self.headers.get("Range", "")
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.server.ranges.append(f"{file.name}: {wanted}")
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Last-Modified", "Sat, 01 Nov 2025 00:00:00 GMT")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.server.cut and file.suffix == ".deb":
            self.wfile.write(data[start : self.server.cut])
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An archive of two packages, of which tool depends on data; data has files in /lib and /usr/lib and a setuid program."""
    folder = tmp_path / "archive"
    data = {"lib/one": b"1", "usr/lib/two": os.urandom(300_000), "usr/bin/setuid": b"x"}
    index = package(folder, "data", "", data) + package(folder, "tool", "Depends: data\n", {"usr/bin/tool": b"#!"})
    place = folder / "dists/trixie/main/binary-ppc64el"
    place.mkdir(parents=True)
    (place / "Packages.gz").write_bytes(gzip.compress(index))
    listed = "".join(
        f" {hashlib.sha256(raw).hexdigest()} {len(raw)} main/binary-ppc64el/{name}\n"
        for name, raw in (("Packages", index), ("Packages.gz", gzip.compress(index)))
    )
    release = (
        f"Suite: trixie\nCodename: trixie\nComponents: main\nArchitectures: ppc64el\nDate: {DATE}\nSHA256:\n{listed}"
    )
    (folder / "dists/trixie/Release").write_text(release)
    with Served(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


DATE = "Sat, 01 Nov 2025 00:00:00 UTC"


def package(archive: Path, name: str, fields: str, files: dict[str, bytes]) -> bytes:
    """Builds a package into the archive; returns its entry in the index."""
    tree = archive.parent / "trees" / name
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
        (tree / path).chmod(0o4755 if "setuid" in path else 0o644)
    control = (
        f"Package: {name}\nVersion: 1:2.0-1\nArchitecture: ppc64el\nMaintainer: nobody\n{fields}Description: a test\n"
    )
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(control)
    archive.mkdir(exist_ok=True)
    file = archive / f"{name}_2.0-1_ppc64el.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, file], check=True, capture_output=True)
    raw = file.read_bytes()
    entry = f"{control}Filename: {file.name}\nSize: {len(raw)}\nSHA256: {hashlib.sha256(raw).hexdigest()}\n\n"
    return entry.encode()


def archive(tmp_path: Path, served: Served, trust: str = "yes", said: io.StringIO | None = None) -> Archive:
    mirror = Mirror(f"http://127.0.0.1:{served.server_port}", {"Trusted": trust} if trust else {})
    return Archive(tmp_path / "state", mirror, "ppc64el", ("trixie",), Progress(said or io.StringIO()))


def test_package_comes_with_what_it_depends_on(tmp_path: Path, served: Served) -> None:
    said = io.StringIO()
    ours = archive(tmp_path, served, said=said)
    ours.update()
    debs, files = ours.fetch(["tool"])
    assert [(deb.name, deb.version) for deb in debs] == [("data", "1:2.0-1"), ("tool", "1:2.0-1")]
    assert "2 packages for ppc64el, 0 MB: 100 %\n" in said.getvalue()
    root = tmp_path / "root"
    packages.unpack(files, root)
    assert (root / "lib").is_symlink() and (root / "usr/lib/one").read_bytes() == b"1"
    assert (root / "usr/lib/two").stat().st_size == 300_000
    assert (root / "usr/bin/setuid").stat().st_mode & 0o7777 == 0o755, "nobody gains rights by a file of the cache"
    assert ours.fetch(["tool"])[0] == debs, "what lies there already still counts"


def test_interrupted_download_goes_on(tmp_path: Path, served: Served) -> None:
    ours = archive(tmp_path, served)
    ours.update()
    served.cut = 100_000
    with pytest.raises(Failure, match="The packages cannot be fetched") as caught:
        ours.fetch(["data"])
    assert caught.value.message is say.APT_FAILED
    served.cut = 0
    served.ranges.clear()
    _, files = ours.fetch(["data"])
    starts = [int(line.partition("bytes=")[2].rstrip("-")) for line in served.ranges]
    assert starts and min(starts) > 0, f"it began anew: {served.ranges}"
    packages.unpack(files, tmp_path / "root")
    original = tmp_path / "trees/data/usr/lib/two"
    assert (tmp_path / "root/usr/lib/two").read_bytes() == original.read_bytes()


def test_package_that_was_not_signed_is_refused(tmp_path: Path, served: Served) -> None:
    ours = archive(tmp_path, served)
    ours.update()
    file = served.folder / "data_2.0-1_ppc64el.deb"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(Failure, match=r"(?i)hash sum mismatch") as caught:
        ours.fetch(["data"])
    assert caught.value.message is say.APT_FAILED
    assert not list((tmp_path / "state/cache/archives").glob("*.deb"))


def test_file_that_somebody_put_into_the_cache_is_not_taken(tmp_path: Path, served: Served) -> None:
    ours = archive(tmp_path, served)
    ours.update()
    original = served.folder / "data_2.0-1_ppc64el.deb"
    planted = tmp_path / "state/cache/archives/data_1%3a2.0-1_ppc64el.deb"
    planted.write_bytes(bytes(original.stat().st_size))
    _, files = ours.fetch(["data"])
    assert files == [planted] and planted.read_bytes() == original.read_bytes()


def test_file_of_another_content_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "a.deb"
    file.write_bytes(b"something")
    assert packages.verified(file, hashlib.sha256(b"something").hexdigest()) == file
    with pytest.raises(Failure, match=r"a\.deb is not the one that the archive signed") as caught:
        packages.verified(file, "0" * 64)
    assert caught.value.message is say.BAD_CHECKSUM and not file.exists()


def test_index_without_a_signature_is_refused(tmp_path: Path, served: Served) -> None:
    with pytest.raises(Failure, match="not signed"):
        archive(tmp_path, served, trust="").update()


def test_package_that_does_not_exist(tmp_path: Path, served: Served) -> None:
    ours = archive(tmp_path, served)
    ours.update()
    with pytest.raises(Failure, match="Unable to locate package nonsense"):
        ours.fetch(["nonsense"])


def test_file_that_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_text("no package")
    with pytest.raises(Failure, match=r"a\.deb cannot be unpacked"):
        packages.unpack([tmp_path / "a.deb"], tmp_path / "root")


def test_host_without_apt(tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match="this host has no apt-get") as caught:
        archive(tmp_path, served).update()
    assert caught.value.message is say.NO_APT

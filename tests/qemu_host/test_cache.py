"""Things in the cache are whole or not there, and one run at a time writes."""

import io
import threading
from pathlib import Path

import pytest

from openlpar.qemu_host import cache
from openlpar.qemu_host.cache import Progress


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"OPENLPAR_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/openlpar"),
        ({"HOME": "/c"}, "/c/.cache/openlpar"),
    ],
)
def test_folder(environment: dict[str, str], place: str) -> None:
    assert cache.folder(environment) == Path(place)


def test_what_is_interrupted_is_not_there(tmp_path: Path) -> None:
    place = tmp_path / "thing"
    with pytest.raises(RuntimeError), cache.whole(place) as draft:
        (draft / "half").touch()
        assert not place.exists()
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_draft_of_a_run_that_died_is_not_taken_up(tmp_path: Path) -> None:
    (tmp_path / ".thing.draft").mkdir()
    (tmp_path / ".thing.draft" / "old").touch()
    with cache.whole(tmp_path / "thing") as draft:
        (draft / "new").touch()
    assert [path.name for path in (tmp_path / "thing").iterdir()] == ["new"]


def test_second_run_waits_for_the_first(tmp_path: Path) -> None:
    said = io.StringIO()
    order: list[str] = []
    waiting = threading.Event()

    class Told(Progress):
        def say(self, text: str) -> None:
            super().say(text)
            waiting.set()

    def second() -> None:
        with cache.locked(tmp_path, Told(said)):
            order.append("second")

    with cache.locked(tmp_path, Progress(io.StringIO())):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]
    assert said.getvalue() == "Another set-up is at work in this folder; waiting for it.\n"


def test_log_gets_few_lines_and_a_terminal_one_that_changes() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    log, terminal = io.StringIO(), Terminal()
    for stream in (log, terminal):
        progress = Progress(stream)
        for percent in (0.0, 10.0, 26.0, 27.0, 100.0):
            progress.part("3 packages", percent)
        progress.say("Done.")
    assert log.getvalue() == "3 packages: 25 %\n3 packages: 100 %\nDone.\n"
    assert terminal.getvalue().count("\r") == 5 and terminal.getvalue().endswith("\nDone.\n")

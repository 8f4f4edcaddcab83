"""A supervisor from start to end, with a fake QEMU."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu import link as links
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.launch import LOCK, PID, SOCKETS, CannotLaunch, Limits
from openlpar.hypervisor.qemu.link import Lost
from tests.qemu.conftest import QUICK, Core, alive, now, pid_in, until


async def test_life_of_a_partition(core: Core) -> None:
    await core.start()
    started = await core.until("started")
    assert started.data == {"pid": pid_in(core.run / PID), "incoming": False}
    assert (await core.link.request("status"))["qemu"] == "running"
    await core.direct(
        console="\x1b[0m\x1b[?25hC0000\rC08FF\rQuiescing Open Firmware ...\r\n\rLinux ppc64le\r\n#1 SMP Debian 6."
    )
    await core.until("linux", banner="Linux ppc64le #1 SMP Debian 6.")
    await core.direct(console="\r\nlpar1 login: ")
    await core.until("running", by="login")
    status = await core.link.request("status")
    assert (status["phase"], status["name"], status["ref_code"]["code"]) == ("running", "lpar1", "Linux ppc64le")
    await core.link.request("power_down")
    ended = await core.until("ended")
    assert ended.data == {"status": 0, "reason": "guest-shutdown", "output": []}
    assert core.find("shutdown", reason="guest-shutdown", guest=True)
    assert [notice.number for notice in core.notices] == list(range(1, len(core.notices) + 1))
    assert journal.read(core.run / journal.FILE) == core.notices
    await core.dismiss()
    assert not {*SOCKETS, PID} & set(os.listdir(core.run)), "sockets are removed"


async def test_codes_come_ten_a_second_at_most_and_the_last_one_always(core: Core) -> None:
    await core.start()
    await core.until("started")
    codes = [f"C0{number:03X}" for number in range(200)]
    for code in codes:
        await core.direct(console=f"{code}\r")
    await core.until("ref_code", code=codes[-1])
    heard = [notice for notice in core.notices if notice.kind == "ref_code"]
    assert len(heard) < len(codes) / 2
    assert all(later.at - earlier.at >= 90 for earlier, later in itertools.pairwise(heard))
    await core.direct(console="C0FFF\r", dead=3)
    await core.until("ended", status=3)
    assert core.find("ref_code", code="C0FFF"), "a pending code is not lost by the end"


async def test_quit_and_reset(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(console="\r\nReady! \r\n0 > ")
    await core.until("prompt", where="firmware")
    await core.link.request("reset")
    await core.until("reset", reason="host-qmp-system-reset", guest=False)
    await core.link.request("nmi")
    with pytest.raises(Refused, match="the partition runs"):
        await core.link.request("dismiss")
    await core.link.request("quit")
    assert (await core.until("ended")).data["reason"] == "it was told to end"


async def test_standstill_that_nobody_asked_for(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(event=["STOP", {}])
    await core.until("stopped", reason="running")  # what query-status says: the fake does not stand still
    await core.direct(event=["RESUME", {}])
    await core.until("resumed")
    assert core.kinds().count("resumed") == 1, "not the one at the start"


async def test_events_that_make_no_sense_stop_nothing(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(raw='{"event": "RESET", "data": [1], "timestamp": "noon"}\n{"event": ["RESET"]}\n')
    await core.until("reset", reason="", guest=False)
    await core.link.request("power_down")
    await core.until("ended", reason="guest-shutdown")


async def test_what_a_guest_gives_up_late_is_told(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(enlarged=True)
    answer = await core.link.request("resize_memory", mib=512)
    assert answer["real"] == 768 and "it still may" in answer["reason"]
    await core.direct(generous=True)
    await core.until("resized", memory_mib=512, cores=1)
    assert (await core.link.request("resize_memory", mib=512)) == {"real": 512, "reason": ""}


async def test_panic_tells_what_the_kernel_said(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(
        stderr="qemu-system-ppc64: OS terminated: OS panic: sysrq triggered crash",
        event=["GUEST_PANICKED", {"action": "poweroff"}],
    )
    await core.until("panicked", text="OS panic: sysrq triggered crash")
    assert (await core.link.request("status"))["phase"] == "panicked"


async def test_incoming_partition_goes_on_only_when_it_has_arrived(core: Core) -> None:
    await core.start("--incoming")
    assert (await core.link.request("status"))["phase"] == "starting"
    await core.direct(arrived="paused")
    await core.until("started", incoming=True)
    await core.until("running", by="restored")


async def test_termination_ends_qemu_and_says_so(core: Core) -> None:
    await core.start()
    await core.until("started")
    qemu, supervisor = pid_in(core.run / PID), pid_in(core.run / LOCK)
    os.kill(supervisor, signal.SIGTERM)
    assert (await core.until("ended")).data["reason"] == "the supervisor was told to end"
    await until(lambda: not alive(qemu) and not alive(supervisor))
    await core.link.gone.wait()


async def test_it_stays_until_somebody_has_taken_note_or_the_time_is_up(core: Core) -> None:
    await core.start("--dies", "Could not open disk", limits=Limits(start=5, kept=0.3))
    ended = await core.until("ended")
    assert ended.data["status"] == 1
    assert ended.data["reason"] == "QEMU ended with status 1: Could not open disk"
    async with asyncio.timeout(5):
        await core.link.gone.wait()


async def test_what_is_no_program_is_a_journalled_end(core: Core) -> None:
    await core.start(argv=["no-such-qemu"])
    ended = await core.until("ended")
    assert "QEMU could not be started" in ended.data["reason"]
    assert "no-such-qemu" in ended.data["reason"]


# ---- who may run, and who outlives whom -----------------------------------------------------------------------------


async def test_second_supervisor_is_refused(core: Core) -> None:
    await core.start()
    await core.until("started")
    with pytest.raises(CannotLaunch, match="another supervisor already runs"):
        await Core(core.run).start()
    second = subprocess.run(
        [sys.executable, "-m", "openlpar.hypervisor.qemu.supervisor", str(core.run)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "another supervisor already runs" in second.stderr
    assert (await core.link.request("status"))["phase"] == "firmware", "the first one is not disturbed"


@pytest.mark.parametrize(
    ("mode", "text", "reason"),
    [
        (0o755, "{}", "mode 0700"),
        (0o700, "{}", "argv"),
        (0o700, "no json", "launch.json"),
        (0o700, '{"argv": []}', "argv must be a list of words"),
        (0o700, '{"argv": ["true"], "limits": {"unknown": 1}}', "unknown"),
    ],
)
def test_folder_must_be_private_and_say_what_to_run(run: Path, mode: int, text: str, reason: str) -> None:
    (run / "launch.json").write_text(text)
    run.chmod(mode)
    command = [sys.executable, "-m", "openlpar.hypervisor.qemu.supervisor", str(run)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_folder_that_is_too_deep_is_refused_with_the_reason(run: Path) -> None:
    deep = run / ("x" * 100)
    with pytest.raises(CannotLaunch, match="path too long"):
        await Core(deep).start()


async def test_folder_in_which_nothing_ran_has_no_supervisor(run: Path) -> None:
    core = await Core(run).adopt()
    async with asyncio.timeout(5):
        await core.link.gone.wait()
    assert core.notices == []
    with pytest.raises(Lost, match="has ended"):
        await core.link.request("status")
    await core.link.close()


async def test_killed_supervisor_takes_qemu_along_and_the_core_writes_the_end(core: Core) -> None:
    await core.start()
    await core.until("started")
    qemu, supervisor = pid_in(core.run / PID), pid_in(core.run / LOCK)
    os.kill(supervisor, signal.SIGKILL)
    ended = await core.until("ended", status=None)
    assert not alive(qemu), "nobody may say ended while QEMU lives"
    assert "its supervisor was killed" in ended.data["reason"]
    await core.link.gone.wait()
    with pytest.raises(Lost, match="has ended"):
        await core.link.request("status")
    assert not {*SOCKETS, PID} & set(os.listdir(core.run))


async def test_killed_core_loses_nothing(core: Core) -> None:
    """The core dies without a word; its successor takes over where it stood."""
    program = (
        "import asyncio, sys, time; from pathlib import Path; from tests.qemu.conftest import Core\n"
        "async def main():\n"
        "    core = await Core(Path(sys.argv[1])).start(); await core.until('started')\n"
        "    print(core.notices[-1].number, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    first = subprocess.Popen([sys.executable, "-c", program, str(core.run)], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    number = int(first.stdout.readline())
    first.kill()
    first.wait()
    first.stdout.close()
    await core.direct(event=["RESET", {"guest": True, "reason": "guest-reset"}])
    await core.adopt(number)
    await core.until("reset", guest=True)
    assert core.notices[0].number == number + 1
    await core.link.request("power_down")
    await core.dismiss()
    again = await Core(core.run).adopt(core.notices[-2].number)
    await again.link.gone.wait()
    assert again.kinds() == ["ended"], "heard from the journal alone"
    await again.link.close()


async def test_notice_that_the_core_could_not_take_comes_again(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    refusals = [OverflowError("the store is full"), KeyError("x")]
    take = core.heard

    def heard(notice: Notice) -> None:
        if notice.kind == "started" and refusals:
            raise refusals.pop()
        take(notice)

    core.heard = heard  # type: ignore[method-assign]
    await core.start()
    await core.until("started")
    assert core.kinds() == ["launched", "started"]
    assert caplog.text.count("was not taken") == 2
    assert (await core.link.request("status"))["qemu"] == "running"


async def test_numbers_go_on_when_a_partition_is_started_again(core: Core) -> None:
    await core.start()
    await core.until("started")
    await core.link.request("quit")
    await core.dismiss()
    last = core.notices[-1].number
    core.notices.clear()
    await core.start(since=last)
    assert (await core.until("launched")).number == last + 1


# ---- the monitor fails ----------------------------------------------------------------------------------------------


async def test_hung_qemu_makes_requests_fail_in_time_and_can_still_be_ended(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(hung=True)
    with pytest.raises(Refused, match=r"QEMU did not answer system_powerdown within 2 s") as refusal:
        await core.link.request("power_down")
    assert refusal.value.unsure
    status = await core.link.request("status")
    assert (status["qemu"], status["phase"]) == ("", "firmware")
    assert "did not answer query-status" in status["problem"]
    await core.link.request("quit")
    assert (await core.until("ended")).data["status"] == -signal.SIGKILL


@pytest.mark.parametrize(
    "garbage", ["garbage\n", '{"event": 7}{]\n', "[1]\n", "\x00\xff\n", '{"error": "x"}\n', "[" * 30_000 + "\n"]
)
async def test_garbage_on_the_monitor_is_survived(core: Core, garbage: str) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(raw=garbage)
    await core.until("qmp_lost")
    await core.until("qmp_back")
    assert (await core.link.request("status"))["qemu"] == "running"
    await core.direct(event=["RESET", {"guest": True, "reason": "guest-reset"}])
    await core.until("reset", guest=True)


async def test_monitor_that_keeps_talking_garbage_is_given_up(core: Core) -> None:
    await core.start()
    await core.until_it_runs()
    for losses in range(1, 5):
        await core.direct(raw="garbage\n")
        await until(lambda losses=losses: core.kinds().count("qmp_lost") == losses)  # type: ignore[misc]
        await until(lambda losses=losses: core.kinds().count("qmp_back") == losses or "ended" in core.kinds())  # type: ignore[misc]
    assert "the connection to QEMU was lost" in (await core.until("ended")).data["reason"]


async def test_monitor_that_is_closed_for_good_ends_qemu(core: Core) -> None:
    await core.start()
    await core.until("started")
    while (await core.link.request("status"))[
        "qemu"
    ] != "running":  # it is let go a moment after it was said to be started
        await asyncio.sleep(0.005)
    await core.direct(eof=True)
    await core.until("qmp_lost", text="QEMU closed its monitor")
    with pytest.raises(Refused, match="there is no connection to QEMU"):
        await core.link.request("power_down")
    ended = await core.until("ended")
    assert ended.data["status"] == -signal.SIGKILL
    assert ended.data["reason"] == "the connection to QEMU was lost (QEMU closed its monitor); it was killed"


async def test_qemu_without_monitor_is_given_up(core: Core) -> None:
    await core.start("--silent", limits=Limits(start=0.5))
    ended = await core.until("ended")
    assert (
        ended.data["reason"] == "QEMU started, but could not be made to run: it did not open its monitor within 0.5 s"
    )


@pytest.mark.parametrize(("status", "reason"), [(7, "QEMU ended with status 7"), (-11, "QEMU was killed by SIGSEGV")])
async def test_qemu_that_dies_is_told_of_with_its_last_words(core: Core, status: int, reason: str) -> None:
    await core.start()
    await core.until_it_runs()
    await core.direct(stderr="assertion failed\nlast words", dead=status)
    ended = await core.until("ended", status=status)
    assert ended.data["reason"].startswith(reason)
    assert ended.data["output"] == ["assertion failed", "last words"]


async def test_qemu_log_is_bounded(core: Core) -> None:
    await core.start()
    await core.until("started")
    for _ in range(40):
        await core.direct(stderr="x" * 30_000)
    sizes = [path.stat().st_size for path in core.run.glob("qemu.log*")]
    assert len(sizes) == 2
    assert max(sizes) <= 256 << 10


# ---- the control socket ---------------------------------------------------------------------------------------------


async def test_requests_that_are_none(core: Core) -> None:
    await core.start()
    reader, writer = await asyncio.open_unix_connection(core.run / "control.sock")
    cases = {
        "no json": "a request is",
        "[]": "a request is",
        '{"id": 1}': "a request is",
        '{"id": 1, "do": "fly"}': "there is no request 'fly'",
        '{"id": 1, "do": ["x"]}': "there is no request",
        '{"id": 1, "do": "type"}': "missing a required argument: 'text'",
        '{"id": 1, "do": "status", "more": 1}': "unexpected keyword",
        '{"id": 1, "do": "watch", "since": "x"}': "watch once",
        '{"id": 1, "do": "resize_memory"}': "mib",
        '{"id": 1, "do": "agent_shutdown", "mode": "halt"}': "neither",
        '{"id": 1, "do": "agent_shutdown"}': "the guest agent",
    }
    for request, refusal in cases.items():
        writer.write(f"{request}\n".encode())
        assert refusal in json.loads(await reader.readline())["refused"], request
    writer.write(b"x" * (2 << 20) + b"\n")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b"", "a line beyond all measure ends the connection"
    writer.close()
    assert (await core.link.request("status"))["name"] == "lpar1"
    assert stat.S_IMODE((core.run / "control.sock").stat().st_mode) & 0o077 == 0


async def test_every_watcher_hears_everything_and_a_slow_one_holds_nobody_up(core: Core) -> None:
    await core.start()
    slow_reader, slow = await asyncio.open_unix_connection(core.run / "control.sock", limit=300_000)
    slow.write(b'{"id": 1, "do": "watch", "since": 0}\n')
    other = await Core(core.run).adopt()
    await core.until("started")
    piece = "x" * 60_000 + "\r\n"
    for _ in range(40):
        await core.direct(console=piece)
    await core.direct(console="the end\r\n", event=["RESET", {"guest": True, "reason": "guest-reset"}])
    for watcher in (core, other):
        await watcher.until("reset")
        await until(lambda watcher=watcher: watcher.text.endswith("the end\r\n"))  # type: ignore[misc]
    assert len(core.text) == 40 * len(piece) + len("the end\r\n"), "a watcher that reads misses nothing"
    await other.link.close()
    seen, shown, gaps = [], 0, []
    while "reset" not in seen or shown < len(core.text):  # now the slow one reads
        told = json.loads(await slow_reader.readline())
        seen.append(told.get("kind"))
        if "console" in told:
            gaps += [told["from"] - shown] * (told["from"] != shown)
            shown = told["from"] + len(told["console"])
    assert len(gaps) == 1 and gaps[0] > 0, "it gets what is kept, and can tell what is not"
    slow.close()


async def test_what_nobody_kept_is_told_to_who_comes_late(core: Core) -> None:
    await core.start()
    await core.until("started")
    for _ in range(10):
        await core.direct(console="x" * 60_000)
    await until(lambda: len(core.text) == 600_000)
    late = Core(core.run)
    late.link = await links.adopt(core.run, late.heard, late.shown, now)
    await core.direct(console="the end")
    await until(lambda: late.text.endswith("the end"))
    found = re.match(r"\r\n\[([0-9]+) characters were lost here\]\r\n(x+)the end$", late.text)
    assert found and int(found[1]) + len(found[2]) == 600_000
    await late.link.close()


async def test_nothing_is_leaked_by_those_who_come_and_go(core: Core) -> None:
    await core.start()
    await core.until("started")
    supervisor = pid_in(core.run / LOCK)
    descriptors = Path(f"/proc/{supervisor}/fd")
    before, ours = len(os.listdir(descriptors)), len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        visitor = await Core(core.run).adopt()
        await visitor.until("started")
        await visitor.link.request("status")
        await visitor.link.close()
    await core.direct(raw="garbage\n")
    await core.until("qmp_back")
    await until(lambda: len(os.listdir(descriptors)) == before)
    await until(lambda: len(os.listdir("/proc/self/fd")) == ours)
    assert (core.run / "supervisor.log").read_text() == ""


def test_quick_limits_are_quick() -> None:
    assert QUICK.kept == 3600, "a supervisor must not end by itself in these tests"

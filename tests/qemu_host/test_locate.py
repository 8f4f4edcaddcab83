"""Which QEMU is taken, and what can be done with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from openlpar.messages import qemu_host as say
from openlpar.qemu_host import kit, locate, probe, recipe
from openlpar.qemu_host.locate import Qemu, QemuMissing
from openlpar.qemu_host.users import LAST, Users
from tests.qemu_host.test_archive_formats import elf_file

PROGRAMS = ("qemu-system-ppc64", "qemu-storage-daemon", "qemu-img")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def distribution(folder: Path, version: str) -> str:
    """A PATH with programs that tell this version."""
    for name in PROGRAMS:
        program(folder / name, f"echo 'QEMU emulator version {version} (Debian 1:{version}+ds-1)'")
    return str(folder)


def unpacked(cache: Path, version: str) -> Path:
    """A cache whose loader tells this version, whatever it is to load."""
    root = recipe.qemu("amd64").place(cache)
    for name in PROGRAMS:
        elf_file(root / "usr/bin" / name, [], "/lib64/ld.so")
    program(root / "lib64/ld.so", f"echo 'QEMU emulator version {version}'")
    return root


@pytest.mark.parametrize(
    ("on_path", "cached", "chosen"),
    [
        ("11.2.0", "11.1.3", (11, 2, 0)),
        ("11.0.50", None, (11, 0, 50)),
        ("10.0.2", "11.1.3", (11, 1, 3)),
        ("7.2.22", None, (7, 2, 22)),
        (None, "11.1.3", (11, 1, 3)),
    ],
)
def test_new_enough_goes_before_ours_goes_before_old(
    tmp_path: Path, on_path: str | None, cached: str | None, chosen: tuple[int, ...]
) -> None:
    path = distribution(tmp_path / "bin", on_path) if on_path else str(tmp_path / "nothing")
    root = unpacked(tmp_path / "cache", cached) if cached else tmp_path
    found = locate.find(tmp_path / "cache", {"PATH": path}, "x86_64")
    assert found.version == chosen and found.version_text == ".".join(map(str, chosen))
    if found.environment:
        assert found.system[0] == str(root / "lib64/ld.so")
        assert found.system[-2:] == ("-L", str(root / "usr/share/qemu"))
        assert found.storage[-1] == str(root / "usr/bin/qemu-storage-daemon")
        assert found.environment == {"QEMU_MODULE_DIR": str(root / "usr/lib/x86_64-linux-gnu/qemu")}
    else:
        assert found.image == (str(tmp_path / "bin/qemu-img"),)


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(QemuMissing, match="neither on the path nor in the cache") as caught:
        locate.find(tmp_path, {"PATH": str(tmp_path)}, "x86_64")
    assert caught.value.message is say.NO_QEMU and "setup-qemu" in caught.value.remedy


def test_program_that_tells_no_version_is_no_qemu(tmp_path: Path) -> None:
    path = distribution(tmp_path / "bin", "broken")
    with pytest.raises(QemuMissing, match="does not tell a version"):
        locate.find(tmp_path, {"PATH": path}, "sparc64")


def test_replaced_program_is_asked_again(tmp_path: Path) -> None:
    path = distribution(tmp_path / "bin", "11.0.0")
    assert locate.find(tmp_path, {"PATH": path}).version == (11, 0, 0)
    distribution(tmp_path / "bin", "11.4.1")
    assert locate.find(tmp_path, {"PATH": path}).version == (11, 4, 1)


def test_kit_that_is_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(kit.KitMissing, match=r"The guest kit is not set up: there is no .*vmlinux") as caught:
        kit.guest_kit(tmp_path)
    assert caught.value.message is say.NO_KIT


def test_another_recipe_is_another_folder(tmp_path: Path) -> None:
    assert recipe.qemu("amd64").place(tmp_path) != recipe.qemu("arm64").place(tmp_path)
    assert recipe.images(tmp_path) == recipe.images(tmp_path)


def fake(tmp_path: Path, version: tuple[int, ...], ends: str = "exit 0") -> Qemu:
    program(tmp_path / "qemu", ends)
    line = (str(tmp_path / "qemu"),)
    return Qemu(version, line, line, line, line[0])


@pytest.mark.parametrize(
    ("version", "core_remove", "migration", "of_several"),
    [((7, 2, 22), False, False, False), ((10, 0, 2), False, True, False), ((11, 1, 3), True, True, True)],
)
def test_capabilities_by_version(
    tmp_path: Path, version: tuple[int, ...], core_remove: bool, migration: bool, of_several: bool
) -> None:
    can = probe.capabilities(fake(tmp_path, version))
    answers = (can.core_remove, can.live_migration, can.multi_processor_migration)
    assert tuple(map(bool, answers)) == (core_remove, migration, of_several)
    for answer in vars(can).values():
        if isinstance(answer, probe.Answer) and not answer:
            assert answer.reason and answer.remedy.endswith("."), "who is told no is told why and what to do"


def test_sandbox_that_qemu_refuses(tmp_path: Path) -> None:
    can = probe.capabilities(fake(tmp_path, (11, 1), "echo 'qemu: -sandbox support is not enabled' >&2; exit 1"))
    assert not can.seccomp and "-sandbox support is not enabled" in can.seccomp.reason


def proc(tmp_path: Path, mounts: str, groups: str) -> Path:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mounts").write_text(mounts)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    return tmp_path / "proc"


def test_cgroup_version_1(tmp_path: Path) -> None:
    (tmp_path / "cpu/mine").mkdir(parents=True)
    place = proc(tmp_path, f"cgroup {tmp_path}/cpu cgroup rw,cpu,cpuacct 0 0\n", "4:cpu,cpuacct:/mine\n0::/\n")
    answer, version, folder = probe.cgroup(place)
    assert (answer.possible, version, folder) == (True, 1, tmp_path / "cpu/mine")
    assert not list((tmp_path / "cpu/mine").iterdir()), "the trial is gone"


def test_cgroup_version_2(tmp_path: Path) -> None:
    group = tmp_path / "unified/user.slice"
    group.mkdir(parents=True)
    (group / "cgroup.controllers").write_text("cpu memory\n")
    (group / "cgroup.subtree_control").touch()
    place = proc(tmp_path, f"cgroup2 {tmp_path}/unified cgroup2 rw 0 0\n", "0::/user.slice\n")
    assert probe.cgroup(place)[1:] == (2, group)
    assert (group / "cgroup.subtree_control").read_text() == "+cpu", "what is below has the controller"


def test_cgroup_version_2_with_processes_of_its_own_leaves_the_division_to_the_one_above(tmp_path: Path) -> None:
    """Which has the controllers, as systemd delegates it, but does not hand them down yet."""
    group = tmp_path / "unified/openlpar.service/service"
    group.mkdir(parents=True)
    (group / "cgroup.controllers").touch()
    (group.parent / "cgroup.controllers").write_text("cpu memory\n")
    place = proc(tmp_path, f"cgroup2 {tmp_path}/unified cgroup2 rw 0 0\n", "0::/openlpar.service/service\n")
    answer, version, folder = probe.cgroup(place)
    assert (answer.possible, version, folder) == (False, 2, None)
    assert "DelegateSubgroup" in answer.remedy and str(group.parent) in answer.reason
    (group.parent / "cgroup.subtree_control").touch()
    assert probe.cgroup(place)[1:] == (2, group.parent)
    (group.parent / "of-others").mkdir()
    assert probe.cgroup(place)[1:] == (0, None), "they would get the controller as well"
    (group / "cgroup.controllers").write_text("cpu\n")
    assert probe.cgroup(place)[1:] == (2, group.parent), "they have it"


def test_a_mount_of_control_groups_that_this_user_may_not_see_is_none(tmp_path: Path) -> None:
    place = proc(tmp_path, f"cgroup2 {tmp_path}/{'x' * 300} cgroup2 rw 0 0\n", "0::/service\n")
    assert probe.cgroup(place)[1:] == (0, None)


def test_memory_and_processor_time_may_be_divided_in_different_places(tmp_path: Path) -> None:
    for folder in ("cpu", "memory/mine"):
        (tmp_path / folder).mkdir(parents=True)
    mounts = f"cgroup {tmp_path}/cpu cgroup rw,cpu 0 0\ncgroup {tmp_path}/memory cgroup rw,memory 0 0\n"
    place = proc(tmp_path, mounts, "4:memory:/mine\n3:cpu:/\n0::/\n")
    assert probe.cgroup(place)[1:] == (1, tmp_path / "cpu")
    assert probe.cgroup(place, "memory")[1:] == (1, tmp_path / "memory/mine")
    (tmp_path / "memory/mine").rmdir()
    (tmp_path / "memory").rmdir()
    answer = probe.cgroup(place, "memory")[0]
    assert not answer and "Delegate=cpu memory" in answer.remedy


def test_cgroup_without_processor_time(tmp_path: Path) -> None:
    (tmp_path / "unified").mkdir()
    place = proc(tmp_path, f"cgroup2 {tmp_path}/unified cgroup2 rw 0 0\n", "0::/\n")
    answer, version, folder = probe.cgroup(place)
    assert (answer.possible, version, folder) == (False, 0, None)


def test_kvm_and_tap_say_what_is_missing(tmp_path: Path) -> None:
    assert "x86_64" in probe._kvm("x86_64", tmp_path / "kvm").reason
    assert "modprobe kvm_hv" in probe._kvm("ppc64le", tmp_path / "kvm").remedy
    (tmp_path / "kvm").touch()
    assert probe._kvm("ppc64le", tmp_path / "kvm")
    assert "modprobe tun" in probe._tap(tmp_path / "tun").remedy
    (tmp_path / "tun").touch()
    assert "cannot be made" in probe._tap(tmp_path / "tun").reason


def test_users_of_partitions_need_root_numbers_and_a_qemu_that_all_can_reach(tmp_path: Path) -> None:
    place = proc(tmp_path, "", "")
    uid_map = tmp_path / "proc/self/uid_map"
    uid_map.write_text("0 0 4294967295\n")
    (tmp_path / "open").mkdir()
    (tmp_path / "closed").mkdir(mode=0o700)
    reached = Qemu((11, 1), ("/bin/sh",), (), (), "")
    assert probe._run_as(0, reached, place)
    assert "user 1000" in probe._run_as(1000, reached, place).reason
    hidden = replace(reached, system=("/bin/sh", str(tmp_path / "closed/qemu")))
    assert "closed to other users" in probe._run_as(0, hidden, place).reason
    assert "OPENLPAR_CACHE=" in probe._run_as(0, hidden, place).remedy
    uid_map.write_text("0 100000 65536\n")
    assert "knows no users" in probe._run_as(0, reached, place).reason


def test_no_two_partitions_are_the_same_user() -> None:
    ours, theirs = Users.of(Path("/a/qemu")), Users.of(Path("/b/qemu"))
    assert ours == Users.of(Path("/a/qemu")) != theirs
    assert len({ours.everybody, ours.number(1), ours.number(65535), theirs.number(1)}) == 4
    assert all(0x70000000 <= number <= LAST for number in (ours.number(1), ours.number(65535)))
    for wrong in (0, 65536, -1):
        with pytest.raises(ValueError, match="no partition"):
            ours.number(wrong)

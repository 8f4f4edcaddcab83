"""Tests of LVM and of control groups of version 2, run where the kernel has both: in a virtual machine, which is started once.

Which tests these are is said here; they are the same that run everywhere, where what they need is there.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from openlpar.messages import Failure
from openlpar.qemu_host import cache
from tests.real_kernel import machine

_WITHIN_S = 1800
pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(_WITHIN_S + 300)]

FILES = (
    "tests/qemu/test_entitlement.py",
    "tests/qemu/test_memory_caps.py",
    "tests/qemu_host/test_control_groups.py",
    "tests/vios_served/test_lvm_full.py",
    "tests/vios_served/test_lvm_served.py",
    "tests/vios_served/test_stores.py",
)
_OF_IT = "not stand-in and not [files]"
"""What is not of the kernel is tested on the host."""
CHECKOUT = Path(__file__).parents[2]
GROUP = "vg0"


def script() -> str:
    python, path = shlex.quote(sys.executable), shlex.quote(str(CHECKOUT))
    options = f"-p no:cacheprovider -n 0 --timeout {_WITHIN_S // 2} -o faulthandler_timeout={_WITHIN_S // 2}"
    return f"""
set -e
export PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run/t TMPDIR=/run/t PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
export OPENLPAR_CACHE={shlex.quote(str(cache.folder()))} OPENLPAR_TEST_VG={GROUP}
lvm pvcreate {machine.DISK}
lvm vgcreate {GROUP} {machine.DISK}
cd {path}
{python} -m pytest {options} -k {shlex.quote(_OF_IT)} --junitxml=/run/exchange/results.xml {" ".join(FILES)}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[ElementTree.Element]]:
    """Of the tests that ran there, by their file."""
    # The machine cannot write into the checkout, and compiles slowly.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "src", "tests"], cwd=CHECKOUT, check=False)
    folder = tmp_path_factory.mktemp("machine")
    try:
        outcome = machine.run(script(), folder, _WITHIN_S)
    except (machine.Unfit, Failure) as why:
        pytest.skip(str(why))
    assert outcome.status is not None, f"the machine ended early:\n{outcome.console[-3000:]}\n{outcome.said[-3000:]}"
    file = folder / "exchange" / "results.xml"
    assert file.exists(), outcome.said[-5000:]
    found: dict[str, list[ElementTree.Element]] = {}
    for case in ElementTree.parse(file).iter("testcase"):
        found.setdefault(case.get("classname", "").replace(".", "/") + ".py", []).append(case)
    return found


@pytest.mark.parametrize("file", FILES)
def test_all_that_is_tested_there_holds(file: str, results: Mapping[str, list[ElementTree.Element]]) -> None:
    cases = results.get(file, [])
    assert cases, "none of it was run"
    amiss = [f"{case.get('name')}: {each.tag}\n{each.text}" for case in cases for each in case]
    assert not amiss, "\n\n".join(amiss)

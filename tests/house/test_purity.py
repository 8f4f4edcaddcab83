"""The pure floors stay pure; time and chance come from outside."""

import ast
import sys

from tests.house import tree

PURE = ("uom", "messages", "ports", "ops")
DETERMINISTIC = ("uom", "messages", "ports", "ops", "engine", "hypervisor", "vios")
FORBIDDEN_CALLS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep",
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4", "os.urandom", "urandom",
}  # fmt: skip


def test_pure_floors_use_the_standard_library_alone() -> None:
    foreign = [
        f"{tree.place(path, line)}: {name}"
        for path in tree.modules(*PURE)
        for line, name in tree.imports(path)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names and top != "openlpar"
    ]
    tree.complain(f"{', '.join(PURE)} import no third-party package: put what needs one behind a port.", foreign)


def test_time_and_chance_are_passed_in() -> None:
    own = [
        f"{tree.place(path, node.lineno)}: {ast.unparse(node.func)}()"
        for path in tree.modules(*DETERMINISTIC)
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.Call) and _takes_time_or_chance(node)
    ]
    tree.complain("A run must be repeatable: take time from the Clock and chance from the Entropy passed in.", own)


def _takes_time_or_chance(call: ast.Call) -> bool:
    # The last two words decide: datetime.datetime.now and datetime.now are the same clock.
    words = ast.unparse(call.func).split(".")
    if words[0] in ("random", "secrets", "Random"):
        return words[-1] != "Random" or not call.args  # a generator with a given seed is repeatable
    return ".".join(words[-2:]) in FORBIDDEN_CALLS

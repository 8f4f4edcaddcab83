import sys

from tests.house import tree


def test_the_switch_needs_nothing_but_python() -> None:
    foreign = [
        f"{tree.place(path, line)}: {name}"
        for path in tree.modules("vswitch")
        for line, name in tree.imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("openlpar.vswitch")
    ]
    tree.complain(
        "The virtual switch goes on when everything around it is replaced: it imports nothing of it.", foreign
    )

"""Size and names: see "Names" in docs/explanation/architecture.md."""

import ast
import re

from tests.house import tree

LONGEST = 600
VAGUE = {"manager", "managers", "helper", "helpers", "util", "utils", "common", "data", "misc"}
VAGUE_VERB = re.compile(r"_*(handle|process)_")


def test_no_file_grows_past_600_lines() -> None:
    long = [
        f"{tree.place(path)}: {lines} lines"
        for path in [*tree.modules(), *sorted((tree.ROOT / "tests").rglob("*.py"))]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    ]
    tree.complain(f"A file past {LONGEST} lines holds two subjects: split it by noun, not into a rest.", long)


def test_no_tool_has_left_its_rests() -> None:
    rests = [tree.place(path) for path in tree.files() if path.suffix in {".orig", ".rej", ".swp"}]
    tree.complain("Left over by patch, merge or an editor: delete it.", rests)


def test_every_package_has_an_init() -> None:
    bare = sorted({tree.place(path.parent) for path in tree.modules() if not (path.parent / "__init__.py").exists()})
    tree.complain("Without __init__.py a package escapes mypy and the import contracts: say in it what it holds.", bare)


def test_modules_are_named_after_their_subject() -> None:
    vague = [
        tree.place(path)
        for path in tree.modules()
        if VAGUE & set(re.split(r"[_/.]", str(path.relative_to(tree.SOURCE))))
    ]
    tree.complain(f"These say nothing: {', '.join(sorted(VAGUE))}. Name a module after the noun it is about.", vague)


def test_functions_are_named_after_what_they_do() -> None:
    vague = [
        f"{tree.place(path, node.lineno)}: {node.name}"
        for path in tree.modules()
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and VAGUE_VERB.match(node.name)
    ]
    tree.complain("handle_ and process_ hide the verb: create, delete, update, power_on, attach, restore …", vague)


def test_classes_are_named_after_their_role() -> None:
    vague = [
        f"{tree.place(path, node.lineno)}: {node.name}"
        for path in tree.modules()
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils?)$", node.name)
    ]
    tree.complain(
        "A manager or helper could be anything: name the class after its role (Store, Engine, Clock …).", vague
    )

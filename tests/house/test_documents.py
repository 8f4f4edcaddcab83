"""What the documents say must be so, on any machine."""

import re
import tomllib

from tests.house import tree

MAKEFILE = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GUIDES = [tree.ROOT / "README.md", *sorted((tree.ROOT / "docs").rglob("*.md"))]

# In pieces, so that this file does not break its own rule.
MACHINE_PATHS = r"(?<![\w.~*-])/(?:root|tmp|work|opt/(?:pypi|wheels))\b/?"
REGISTRY_HOSTS = "|".join(
    (r"pypi\.(?:org|python)", r"pythonhosted\.", r"deb\.debian\.", r"registry\.npmjs", r"--(?:extra-)?index-url")
)


def test_make_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    missing = [
        f"{tree.place(path)}: make {target}"
        for path in GUIDES
        for target in re.findall(r"(?:^|`|\$ )make ([a-z-]+)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
        if target not in targets
    ]
    tree.complain("The Makefile has no such target: add it, or correct the page.", missing)


def test_every_make_target_says_what_it_makes() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    silent = [name for name in phony[1].split() if not re.search(rf"^{name}:.*## \S", MAKEFILE, re.MULTILINE)]
    tree.complain("`make help` shows the text after ##: give these one.", silent)


def test_installed_commands_in_the_documents_exist() -> None:
    scripts = {
        *PROJECT["project"]["scripts"],
        "python",
        "pip",
        "pytest",
        "ruff",
        "mypy",
        "mkdocs",
        "towncrier",
        "lint-imports",
    }
    missing = [
        f"{tree.place(path)}: .venv/bin/{name}"
        for path in GUIDES
        for name in re.findall(r"\.venv/bin/([\w-]+)", path.read_text(encoding="utf-8"))
        if name not in scripts
    ]
    tree.complain("No such command is installed: see [project.scripts] of pyproject.toml.", missing)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    pattern = re.compile(f"{MACHINE_PATHS}|{REGISTRY_HOSTS}")
    found = []
    for path in tree.files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{tree.place(path, n)}: {hit[0]}"
            for n, line in enumerate(text.splitlines(), 1)
            if (hit := pattern.search(line))
        ]
    tree.complain(
        "Paths and package hosts of one machine do not exist on the next: use tmp_path, the state folder, plain names.",
        found,
    )


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (tree.ROOT / "docs" / "decisions").glob("*.md") if path.name != "index.md")
    wrong = [name for n, name in enumerate(names, 1) if not re.fullmatch(rf"{n:04}-[a-z0-9-]+\.md", name)]
    tree.complain(
        "Decision records are NNNN-what-was-decided.md, counted from 0001; the first that is out of line:", wrong[:1]
    )


def test_change_fragments_are_well_named() -> None:
    kinds = [kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]]
    pattern = re.compile(rf"(\d+|\+[a-z0-9-]+)\.({'|'.join(kinds)})(\.\d+)?\.md")
    wrong = [
        tree.place(path)
        for path in sorted((tree.ROOT / "changes").iterdir())
        if path.name != "README.md" and not (pattern.fullmatch(path.name) and path.read_text(encoding="utf-8").strip())
    ]
    tree.complain(
        f"A fragment is ISSUE.KIND.md, not empty, KIND one of {', '.join(kinds)}: see changes/README.md.", wrong
    )

"""Drives the client, which lives in an environment of its own: see ``scenarios/__main__.py``."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.conftest import BIN, PASSWORD, USER, Server

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-pypowervm" / "bin" / "python"


OWN_CLOCKS = {"clocks": "stepped", "clusters": "immediate", "metrics": "stepped"}
"""Modules whose scenarios need a server of their own, to the clock it needs."""
OTHER_SITES = ("journeys", "keys", "mobility", "recordings")
"""Modules whose scenarios need two servers, or one with a recorded system."""


def scenarios() -> list[str]:
    """``module.function`` of every scenario. Read, not imported: the client is not in our environment."""
    found = []
    for path in sorted((HERE / "scenarios").glob("[a-z]*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [argument.arg for argument in node.args.args]
                if arguments == ["site"]:
                    found.append(f"{path.stem}.{node.name}")
    return found


def scenarios_of_one_server() -> list[str]:
    """Those that any server will do for, one after the other: each leaves it as it was."""
    return [name for name in scenarios() if name.partition(".")[0] not in {*OWN_CLOCKS, *OTHER_SITES}]


@dataclass
class Client:
    """A process that runs scenarios one after the other."""

    process: subprocess.Popen[str]
    scratch: Path

    @classmethod
    def start(cls, scratch: Path) -> Self:
        # The requests library lets a CA bundle or a proxy of the environment overrule what the client says.
        foreign = ("PROXY", "CA_BUNDLE", "PYTHONPATH")
        environment = {name: value for name, value in os.environ.items() if not name.upper().endswith(foreign)}
        # It verifies no certificate here, yet loads the machine's trust store for every request: 30 ms.
        environment |= {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
        environment |= {"NO_PROXY": "*", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        with (scratch / "client.log").open("a") as log:
            process = subprocess.Popen(
                [str(PYTHON), "-m", "scenarios"],
                cwd=HERE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
            )
        return cls(process, scratch)

    def run(self, scenario: str, mode: str, server: Server, **more: str) -> dict[str, Any]:
        """The result of one scenario against a server. mode: "file" or "password"; more: what else the scenario is told."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wish = {
            "scenario": scenario,
            "mode": mode,
            "http": server.http,
            "https": server.https,
            "admin": server.admin,
            "user": USER,
            "password": PASSWORD,
            "scratch": str(self.scratch),
            "data": str(server.data),
            "commands": str(BIN),
            **more,
        }
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client did not start:\n{(self.scratch / 'client.log').read_text()[-4000:]}"
        result: dict[str, Any] = json.loads(line)
        return result

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)

"""Files of fault rules: YAML or JSON, a list of mappings, or a mapping with such a list under ``faults``."""

from __future__ import annotations

import json
from typing import Any

from openlpar.cli.openlpar.written import text_of
from openlpar.messages import simulation as say


def read_rules(path: str) -> list[dict[str, Any]]:
    """The rules as they were written. Raises Failure."""
    content = _parsed(text_of(path), path)
    rules = content.get("faults") if isinstance(content, dict) else content
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise say.BAD_RULE.error(cause=f"{path} does not hold a list of rules")
    return rules


def _parsed(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        import yaml
    except ModuleNotFoundError:
        raise say.BAD_RULE.error(cause=f"{path} is not JSON, and YAML needs the package PyYAML") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise say.BAD_RULE.error(cause=f"{path}: {' '.join(str(wrong).split())}") from wrong

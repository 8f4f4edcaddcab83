"""rules: what devices are to be set to, and setting them so.

Operations and what they do are IBM's, and what is said of a deployment is in public samples; how lists look is not, and what -n
and -F do is recalled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from openlpar.vios.padmin import device_rules
from openlpar.vios.padmin.command import Command, find
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.device_rules import DEFAULT, FILE, RuleSet
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, Values, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

_COLUMNS = (Column("type", "Type", 28), Column("attribute", "Attribute", 18), Column("value", "Value", 16))
_NO_DIFFERENCE = "There is no difference."
_DEPLOYED = "A manual post-operation is required for the changes to take effect, please reboot the system."
_NEEDS = {"import": "file", "add": "attr", "modify": "attr", "delete": "attr"}
"""Operation to the option without which it cannot do anything."""


class Rules(Command, name="rules", group="Device"):
    """Manages rules for the settings of devices, and sets devices by them."""

    operation = Value("-o", "Operation", "list, diff, capture, deploy, import, add, modify or delete")
    default = Flag("-d", "the default rules, not the current ones")
    system = Flag("-s", "with list: what the devices are set to; with diff: these, which are compared without -d too")
    kind = Value("-t", "class/subclass/type", "rules of this type of device only")
    device = Value("-l", "DeviceName", "rules of the type of this device only")
    attr = Values("-a", "Attribute=Value", "attributes with the values that they are to have")
    file = Value("-f", "RulesFile", "a file of rules to import")
    number = Flag("-n", "with diff: only how many there are")
    force = Flag("-F", "with import: also rules from a server with a newer level")

    @form(operation, may(default), may(system), may(one(kind, device)), may(attr), may(file), may(number), may(force))
    def manage(self) -> Iterator[str]:
        operations: dict[str, Callable[[], Iterator[str]]] = {
            "list": self._list,
            "diff": self._diff,
            "capture": self._capture,
            "deploy": self._deploy,
            "import": self._import,
            "add": lambda: self._change(there=False),
            "modify": lambda: self._change(there=True),
            "delete": self._delete,
        }
        chosen = operations.get(self.operation)
        if chosen is None:
            raise Refusal(
                Status.SYNTAX,
                f'Operation "{self.operation}" is not valid. The operations are: {", ".join(operations)}.',
            )
        if self.operation in _NEEDS and _NEEDS[self.operation] not in self.given:
            word = next(option.word for option in self.options if option.name == _NEEDS[self.operation])
            raise Refusal(Status.SYNTAX, f"Operation {self.operation} needs {word}.")
        yield from chosen()

    def _list(self) -> Iterator[str]:
        rules = self._meant()
        if self.system:
            rules = device_rules.captured(self.server, rules)
        rows = [{"type": kind, "attribute": name, "value": value} for (kind, name), value in sorted(rules.items())]
        yield from listing(_COLUMNS, rows)

    def _diff(self) -> Iterator[str]:
        """The system with the default rules (-s -d) or the current ones (-s, or neither), or both kinds of rules (-d)."""
        if self.default and not self.system:
            columns: tuple[Column, ...] = (*_COLUMNS, Column("default", "Default", 16))
            rows = [
                {"type": kind, "attribute": name, "value": value, "default": DEFAULT.get((kind, name), "")}
                for (kind, name), value in sorted(self._of_type(self._current()).items())
                if DEFAULT.get((kind, name)) != value
            ]
        else:
            columns = (Column("device", "Device", 12), *_COLUMNS, Column("rule", "Rule", 16))
            rows = [
                {
                    "device": device.name,
                    "type": device.type,
                    "attribute": attribute.name,
                    "value": attribute.value,
                    "rule": value,
                }
                for device, attribute, value in device_rules.deviations(self.server, self._meant())
            ]
        if self.number:
            yield str(len(rows))
            return
        yield from listing(columns, rows) if rows else [_NO_DIFFERENCE]

    def _capture(self) -> Iterator[str]:
        rules = device_rules.captured(self.server, device_rules.current(self.server) or DEFAULT)
        device_rules.keep(self.server, rules)
        yield f"{len(rules)} rules were captured in {FILE}."

    def _deploy(self) -> Iterator[str]:
        if not self.default and device_rules.current(self.server) is None:
            yield from self._capture()
            yield "There were no current rules. Change them with 'rules -o modify', then deploy them again."
            return
        wanted: dict[str, list[str]] = {}
        for device, attribute, value in device_rules.deviations(self.server, self._meant()):
            wanted.setdefault(device.name, []).append(f"{attribute.name}={value}")
        for name, words in wanted.items():
            list(find("chdev")(self.server, ["-dev", name, "-attr", *words, "-perm"]).run())
        yield _DEPLOYED if wanted else _NO_DIFFERENCE

    def _import(self) -> Iterator[str]:
        content = self.server.home.read(self.file)
        imported, level = device_rules.read(self.file, content), device_rules.level_in(self.file, content)
        if _newer(level, self.server.level) and not self.force:
            raise Refusal(
                Status.INCOMPLETE,
                f'"{self.file}" is from level {level}; this server has {self.server.level}. Add -F to import it nevertheless.',
            )
        for (kind, name), value in imported.items():
            device_rules.check(self.server, kind, name, value)
        device_rules.keep(self.server, {**(device_rules.current(self.server) or DEFAULT), **imported})
        yield f"{len(imported)} rules were imported."

    def _change(self, *, there: bool) -> Iterator[str]:
        rules, kind = dict(self._current()), self._type()
        for name, value in assignments(self.attr).items():
            device_rules.check(self.server, kind, name, value)
            if there and (kind, name) not in rules:
                raise no_such("Rule", f"{kind} {name}", "Add it with 'rules -o add'.")
            if not there and (kind, name) in rules:
                raise Refusal(
                    Status.SYNTAX, f"Rule \"{kind} {name}\" exists already. Change it with 'rules -o modify'."
                )
            rules[kind, name] = value
        device_rules.keep(self.server, rules)
        yield from ()

    def _delete(self) -> Iterator[str]:
        rules, kind = dict(self._current()), self._type()
        for name in (word.partition("=")[0] for word in self.attr):
            if rules.pop((kind, name), None) is None:
                raise no_such("Rule", f"{kind} {name}", "'rules -o list' lists the rules.")
        device_rules.keep(self.server, rules)
        yield from ()

    def _current(self) -> RuleSet:
        rules = device_rules.current(self.server)
        if rules is None:
            raise Refusal(Status.NOT_FOUND, "There are no current rules. Make them with 'rules -o capture'.")
        return rules

    def _meant(self) -> RuleSet:
        """The default or the current rules; of one type when that is asked for."""
        return self._of_type(DEFAULT if self.default else self._current())

    def _of_type(self, rules: RuleSet) -> RuleSet:
        kind = self._type() if self.kind or self.device else ""
        return {rule: value for rule, value in rules.items() if kind in ("", rule[0])}

    def _type(self) -> str:
        if not self.kind and not self.device:
            raise Refusal(Status.SYNTAX, f"Operation {self.operation} needs -t or -l.")
        if self.kind:
            device_rules.check_type(self.server, self.kind)
            return self.kind
        kind = find_device(self.server, self.device).type
        if not kind:
            known = ", ".join(device_rules.types(self.server))
            raise Refusal(
                Status.INCOMPLETE, f"There are no rules about devices like {self.device}, only about {known}."
            )
        return kind


def _newer(level: str, other: str) -> bool:
    """Whether one level is above another; one that is not known is not."""
    one, two = ([int(part) for part in text.split(".") if part.isdecimal()] for text in (level, other))
    return bool(two) and one > two

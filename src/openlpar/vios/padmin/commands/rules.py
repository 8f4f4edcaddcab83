"""rules: what devices are to be set to, and setting them so.

Operations and what they do are IBM's; how lists look is not in public samples.
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
_DEVIATIONS = (
    Column("device", "Device", 12),
    *_COLUMNS[:2],
    Column("value", "System", 16),
    Column("rule", "Rule", 16),
)
_NEEDS = {"import": ("file",), "add": ("attr",), "modify": ("attr",), "delete": ("attr",)}
"""Operation to the options without which it cannot do anything."""


class Rules(Command, name="rules", group="Device"):
    """Manages rules for the settings of devices, and sets devices by them."""

    operation = Value("-o", "Operation", "list, diff, capture, deploy, import, add, modify or delete")
    default = Flag("-d", "the default rules, not the current ones")
    system = Flag("-s", "with list: what the devices are set to")
    kind = Value("-t", "class/subclass/type", "rules of this type of device only")
    device = Value("-l", "DeviceName", "rules of the type of this device only")
    attr = Values("-a", "Attribute=Value", "attributes with the values that they are to have")
    file = Value("-f", "RulesFile", "a file of rules to import")

    @form(operation, may(one(default, system)), may(one(kind, device)), may(attr), may(file))
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
        if self.operation in _NEEDS and not any(self.given.get(name) for name in _NEEDS[self.operation]):
            words = " or ".join(option.word for option in self.options if option.name in _NEEDS[self.operation])
            raise Refusal(Status.SYNTAX, f"Operation {self.operation} needs {words}.")
        yield from chosen()

    def _list(self) -> Iterator[str]:
        rules = self._meant()
        if self.system:
            rules = device_rules.captured(self.server, rules)
        rows = [{"type": kind, "attribute": name, "value": value} for (kind, name), value in sorted(rules.items())]
        yield from listing(_COLUMNS, rows)

    def _diff(self) -> Iterator[str]:
        rows = [
            {
                "device": device.name,
                "type": device_rules.type_of(device),
                "attribute": attribute.name,
                "value": attribute.value,
                "rule": value,
            }
            for device, attribute, value in device_rules.deviations(self.server, self._meant())
        ]
        yield from listing(_DEVIATIONS, rows) if rows else ["Every device is set as the rules say."]

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
            yield from find("chdev")(self.server, ["-dev", name, "-attr", *words, "-perm"]).run()
        if not wanted:
            yield "Every device is set as the rules say."

    def _import(self) -> Iterator[str]:
        imported = device_rules.read(self.file, self.server.home.read(self.file))
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
        rules = DEFAULT if self.default else self._current()
        kind = self._type() if self.kind or self.device else ""
        return {rule: value for rule, value in rules.items() if kind in ("", rule[0])}

    def _type(self) -> str:
        if not self.kind and not self.device:
            raise Refusal(Status.SYNTAX, f"Operation {self.operation} needs -t or -l.")
        if self.kind:
            device_rules.check_type(self.kind)
            return self.kind
        kind = device_rules.type_of(find_device(self.server, self.device))
        if not kind:
            types = ", ".join(device_rules.TYPES)
            raise Refusal(
                Status.INCOMPLETE, f"There are no rules about devices like {self.device}, only about {types}."
            )
        return kind

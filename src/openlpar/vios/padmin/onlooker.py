"""Running commands for somebody who may only look."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from openlpar.ports.io_server import Operator
from openlpar.ports.records import Record
from openlpar.uom.core import Element
from openlpar.vios.padmin.refusal import may_only_look

E = TypeVar("E", bound=Element)


class Onlooker:
    """An ``Operator`` that answers as another one does, and refuses every change."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def shown(self, obj: E) -> E:
        return self._operator.shown(obj)

    def reaches_outside(self, partition: str) -> bool:
        return self._operator.reaches_outside(partition)

    def take_back(self) -> None:
        """There is nothing: what was done before him stays."""

    def create(self, element: E, parent: str | None) -> NoReturn:
        raise may_only_look()

    def update(self, element: E, group: str = "None") -> NoReturn:
        raise may_only_look()

    def delete(self, element: Element) -> NoReturn:
        raise may_only_look()

    def perform(self, operation: str, target: str, /, **parameters: str) -> NoReturn:
        raise may_only_look()

    def keep(self, record: Record) -> NoReturn:
        raise may_only_look()

    def forget(self, record: Record) -> NoReturn:
        raise may_only_look()

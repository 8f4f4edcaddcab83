"""alert: when a shared storage pool is said to run out of space."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import bare_id

_USUAL = Decimal(35)
_COLUMNS = (
    Column("PoolName", "PoolName", 20),
    Column("PoolID", "PoolID", 65),
    Column("ThresholdPercent", "ThresholdPercent", 0),
)


class Alert(Command, name="alert", group="Shared Storage Pool"):
    """Manages the threshold of a shared storage pool: the percentage of it that is to stay free."""

    set_ = Flag("-set", "sets the threshold")
    unset = Flag("-unset", "sets it to the usual one again")
    show = Flag("-list", "the threshold")
    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    spname = Value("-spname", "StoragePool", "the storage pool; may be left out, there is only one")
    value = Value("-value", "Percent", "free space below which the pool is said to run out, 1 to 99")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    _where = (may(clustername), may(spname))

    @form(set_, *_where, value)
    def change(self) -> Iterator[str]:
        if not (self.value.isascii() and self.value.isdigit()):
            raise Refusal(Status.SYNTAX, f'Value "{self.value}" is not valid. Use a number from 1 to 99.')
        self._set(Decimal(self.value))
        yield from ()

    @form(unset, *_where)
    def reset(self) -> Iterator[str]:
        self._set(_USUAL)
        yield from ()

    def _set(self, percent: Decimal) -> None:
        pool = self.server.the_pool(self.clustername, self.spname)
        self.server.operator.update(pool.evolve(alert_threshold=percent))

    @form(show, *_where, may(fmt))
    def list_all(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.spname)
        row = {
            "PoolName": pool.name,
            "PoolID": bare_id(pool.udid),
            "ThresholdPercent": f"{pool.alert_threshold.normalize():f}",
        }
        return listing(_COLUMNS, [row], delimiter=self.fmt)

"""What the commands for the parts of a shared storage pool have in common: which pool they mean, and how they report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.uom.shared_storage_pool import SharedStoragePool, Tier
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, report
from openlpar.vios.padmin.options import Flag, Value, Values, all_of, may, one
from openlpar.vios.padmin.refusal import Refusal, Status


class PoolCommand(Command):
    """Base of commands that work on the pool of the server's cluster."""

    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    sp = Value("-sp", "StoragePool", "the storage pool; may be left out, there is only one")

    where = (may(clustername), may(sp))

    def pool(self) -> SharedStoragePool:
        return self.server.the_pool(self.clustername, self.sp)


class PoolReport(PoolCommand):
    """Base of those that list parts of the pool as well."""

    verbose = Flag("-verbose", "everything about each")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    header = Flag("-header", "with a line of field names (with -fmt)")

    layout = (may(one(verbose, field)), may(all_of(fmt, may(header))))

    def reported(self, rows: Sequence[Row], usual: Sequence[Column], everything: Sequence[Column]) -> Iterator[str]:
        return report(
            rows,
            usual,
            everything,
            title=f"POOL_NAME: {self.pool().name}",
            verbose=self.verbose,
            fields=self.field,
            delimiter=self.fmt,
            header=self.header,
        )

    def chosen_tiers(self, pool: SharedStoragePool, name: str) -> list[Tier]:
        """The tier of this name, or all of them."""
        return [self.server.tier(pool, name)] if name else self.server.tiers(pool)


def assignment(text: str, *names: str) -> tuple[str, str]:
    """Name and value of ``name=value``. Raises Refusal for other names."""
    name, equals, value = text.partition("=")
    if not equals or not value or name.lower() not in names:
        wanted = " or ".join(f"{each}=VALUE" for each in names)
        raise Refusal(Status.SYNTAX, f'Attribute "{text}" is not valid. Use {wanted}.')
    return name.lower(), value


def placed(words: Sequence[str], otherwise: str = "") -> dict[str, list[str]]:
    """Names with the disks behind them: ``FG1:hdisk3 hdisk4 FG2: hdisk5``. otherwise: the name of disks without one before them."""
    found: dict[str, list[str]] = {}
    name = otherwise
    for word in words:
        before, colon, disk = word.rpartition(":")
        name = before if colon else name
        disks = found.setdefault(name, [])
        if disk:
            disks.append(disk)
    return found

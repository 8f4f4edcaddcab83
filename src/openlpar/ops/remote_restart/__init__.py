"""Restarting the partitions of a dead server on another one ("simplified remote restart").

A partition that is capable of it is entrusted to one other system, its refuge, which keeps its description and nothing else
(``Entrusted``); the source keeps a ``Deposit``, written before the refuge is told. On an administrator's word that the source is
dead the refuge makes the partition its own, in one transaction. A source that comes back holds what it has entrusted (``held``)
until the refuge has either given up its claim for good or said that the partition is its own; then the source gives it up
(``give_up``).
``engine.remote_restart`` leads all that has to be asked.
"""

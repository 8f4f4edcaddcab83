"""Moving partitions between systems.

A migration is a saga over two systems, each of which keeps a ``Migration`` record. The source asks the target to prepare a place
(``arrival``), lets its hypervisor send what runs, and then writes down that it has given the partition away: from then on the
partition is the target's, which takes it over, and only after that the source removes what is left (``departure``). Whoever is
killed finds the record when it comes back and asks the other side; ``engine.mobility`` leads from phase to phase.
"""

"""What this server offers beyond a NovaLink, by dated names that clients, documents and tests refer to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """announced: clients of the REST API are told of it at logon (``X-OpenLPAR-Features``)."""

    name: str
    since: str
    summary: str
    announced: bool = False


FEATURES: tuple[Feature, ...] = (
    Feature("quick-all", "2026-11", "quick/All and quick properties of whole feeds", announced=True),
    Feature("vios-command", "2026-11", "commands of the padmin shell over REST", announced=True),
    Feature("console", "2026-11", "interactive consoles of partitions over REST", announced=True),
    Feature("simulated-guest", "2026-11", "a login and a small shell on the console of a simulated partition"),
    Feature("fault-rules", "2026-11", "operations fail, wait or crash the service by rules"),
    Feature("clock-step", "2026-11", "a clock that can be stepped from outside"),
    Feature("behaviour", "2026-11", "the stages of simulated partitions can be read and replaced"),
    Feature("inventory-digest", "2026-11", "one number for the whole inventory, to compare before and after"),
    Feature("mobility", "2026-11", "partitions move between two servers that know each other"),
    Feature("real-mobility", "2026-11", "partitions in QEMU move while they run, between servers on one machine"),
    Feature("workloads", "2026-11", "simulated partitions are busy by rules, and their metrics follow"),
    Feature("prometheus", "2026-11", "what partitions use, and how the service is, for Prometheus"),
    Feature("co-management", "2026-11", "an HMC beside the NovaLink takes and gives back the master role"),
    Feature("rmc-reasons", "2026-11", "each partition's RMC connection with the reason why it is not active"),
    Feature(
        "backups", "2026-11", "hourly and daily backups by the clock, listed and with findings when one is missing"
    ),
    Feature(
        "clock-begin",
        "2026-11",
        "a stepped clock that begins at a given time, so that a run does not depend on the day",
    ),
    Feature("scenarios", "2026-11", "files that script a day in the life of a server, and what has to come of it"),
    Feature(
        "san", "2026-11", "arrays with volumes that are masked to servers and partitions, over Fibre Channel and iSCSI"
    ),
    Feature("inventory-dump", "2026-11", "the running system as an inventory file"),
)

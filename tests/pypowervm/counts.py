"""How many requests each task of the client takes: none may come to take more unasked (``requests.json``)."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.pypowervm.clients import HERE, scenarios

REQUESTS = HERE / "requests.json"
_SAMPLES = "how many samples there are to fetch depends on the time of day at which it begins"
UNCOUNTED = {
    "clocks.a_partition_boots_by_stages": "threads of the client watch its jobs: how often depends on the machine",
    "events.the_listener_survives_the_loss_of_its_session": "either of its threads may be the one that logs on again",
    "metrics.a_partition_has_processor_memory_network_and_storage_of_its_own": _SAMPLES,
    "metrics.a_partition_that_is_off_uses_nothing": _SAMPLES,
    "metrics.short_term_metrics_come_every_five_seconds": _SAMPLES,
    "metrics.the_feed_leads_to_the_samples_of_all_sources": _SAMPLES,
    "metrics.the_host_s_cycles_add_up": _SAMPLES,
    "recordings.served_as_recorded": "it depends on what was recorded",
    "transactions.eight_threads_of_feed_tasks_lose_no_change": "how often threads meet depends on the machine",
}
COUNTED = set(scenarios()) - set(UNCOUNTED)


def check(result: dict[str, Any], mode: str) -> None:
    """result: of a scenario that held. With UPDATE_REQUESTS in the environment its count is noted instead."""
    scenario = result["scenario"]
    if scenario in UNCOUNTED:
        return
    table = json.loads(REQUESTS.read_text()) if REQUESTS.exists() else {}
    if os.environ.get("UPDATE_REQUESTS"):
        table = {name: counts for name, counts in table.items() if name in COUNTED}
        table.setdefault(scenario, {})[mode] = result["requests"]
        REQUESTS.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
        return
    known = table.get(scenario, {}).get(mode)
    assert result["requests"] == known, (
        f"{scenario} took {result['requests']} requests, not {known}: if that is as it should be, "
        "run `UPDATE_REQUESTS=1 pytest -n 0 tests/pypowervm`"
    )

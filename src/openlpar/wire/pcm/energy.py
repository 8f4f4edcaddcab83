"""Energy metrics: power and temperatures, raw, processed and aggregated.

Names and shapes are those of IBM's published JSON specifications for energy monitoring. Values come from ``uom.energy``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from openlpar.uom.energy import Load
from openlpar.uom.metering import Rates, Survey
from openlpar.wire.pcm import names, processed

VERSION = "1.0.0"
CATEGORY = "fsp"
# Name of a list -> what IPMI calls such a sensor's entity, how many there are, and its temperature.
_SENSORS: dict[str, tuple[str, Callable[[Load], int], Callable[[Load], float]]] = {
    "inletTemperatures": ("64", lambda load: 1, lambda load: load.inlet_c),
    "cpuTemperatures": ("65", lambda load: load.sockets, lambda load: load.processor_c),
    "baseboardTemperatures": ("66", lambda load: 1, lambda load: load.board_c),
}


def load_of(survey: Survey, busy: float) -> Load:
    """busy: processors at work."""
    return Load(survey.units / 100, survey.memory_mib, busy)


def loads(rates: Rates) -> list[Load]:
    """One, or of the average, the least and the most."""
    return [load_of(rates.survey, busy) for busy in processed.utilized(rates)]


def raw_document(at: int, survey: Survey, loads: Sequence[Load], seconds: int) -> dict[str, Any]:
    """What the service processor tells at a time. loads: of all readings that are kept, this one last; seconds: that they cover."""
    now, watts = loads[-1], [load.watts for load in loads]
    return {
        "timeStamp": names.stamp(at),
        "status": 0,
        "errorInfo": [],
        "timeBasedCycles": 0,
        "utilInfo": {
            "version": VERSION,
            "metricType": "Raw",
            "monitoringType": "Raw",
            "mtms": survey.mtms,
            "name": survey.system,
        },
        "powerEnergyReading": {
            "currentPowerReading": _rounded(now.watts),
            "minimumPowerReading": _rounded(min(watts)),
            "maximumPowerReading": _rounded(max(watts)),
            "averagePowerReading": _rounded(sum(watts) / len(watts)),
            "ipmiTimeStamp": names.stamp(at),
            "reportingPeriod": seconds,
            "powerReadingState": "active",
        },
        "thermalEnergyReading": _sensors([now], "temperatureData", lambda values: values[0]),
    }


def system_document(samples: Sequence[Rates], seconds: int) -> dict[str, Any]:
    """samples: at least one; seconds: between two of them."""
    return processed.document(samples, seconds, "ManagedSystem", (sample(one) for one in samples), VERSION)


def sample(rates: Rates) -> dict[str, Any]:
    found = loads(rates)
    return {
        "energyUtil": {
            "powerUtil": {"powerReading": [_rounded(load.watts) for load in found]},
            "thermalUtil": _sensors(found, "temperatureReading", list),
        },
        "sampleInfo": processed.sample_info(rates),
    }


def _sensors(found: Sequence[Load], name: str, shown: Callable[[list[float]], Any]) -> dict[str, Any]:
    return {
        kind: [
            {
                "entityId": entity,
                "entityInstance": str(number),
                name: shown([_rounded(temperature(load)) for load in found]),
            }
            for number in range(1, count(found[0]) + 1)
        ]
        for kind, (entity, count, temperature) in _SENSORS.items()
    }


def _rounded(value: float) -> float:
    return round(value, 1)

"""The simulated hypervisor: partitions go through stages that are data (``behaviour.yaml``)."""

from openlpar.hypervisor.sim.simulated import Simulated

__all__ = ["Simulated"]

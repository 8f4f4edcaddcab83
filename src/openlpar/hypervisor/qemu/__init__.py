"""The hypervisor whose partitions are real: one QEMU for each, under a supervisor of its own."""

"""Consoles of partitions: one session each; what is typed goes to the hypervisor, which tells what is shown."""

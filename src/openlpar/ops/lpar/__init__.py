"""Logical partitions (and the parts of Virtual I/O Servers that are partitions)."""

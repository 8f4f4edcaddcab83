"""Virtual Fibre Channel: port names of partitions, carried by ports of Virtual I/O Servers (NPIV)."""

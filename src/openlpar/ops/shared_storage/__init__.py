"""Storage shared by Virtual I/O Servers: cluster, shared storage pool, tier, logical unit."""

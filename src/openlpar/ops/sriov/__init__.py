"""SR-IOV: adapters that divide themselves into logical ports, and the logical ports of partitions."""

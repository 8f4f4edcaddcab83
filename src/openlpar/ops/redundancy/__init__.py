"""What partitions have twice, and what they would lose with one thing: paths to disks, Fibre Channel ports, ways to the outside."""

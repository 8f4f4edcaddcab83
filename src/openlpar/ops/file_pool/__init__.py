"""File storage pools of Virtual I/O Servers, and the files in them that partitions have as disks."""

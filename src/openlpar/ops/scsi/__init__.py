"""Virtual SCSI: disks, logical units and media that Virtual I/O Servers lend to partitions."""

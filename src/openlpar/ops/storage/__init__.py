"""Storage of a Virtual I/O Server: volume groups, virtual disks, physical volumes, media repository, optical media."""

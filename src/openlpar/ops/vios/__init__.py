"""Virtual I/O Servers as a resource: how they are shown and changed, and their jobs that are not about storage."""

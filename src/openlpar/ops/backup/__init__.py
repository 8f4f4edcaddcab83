"""Backups of the partition configuration and of the Virtual I/O Servers."""

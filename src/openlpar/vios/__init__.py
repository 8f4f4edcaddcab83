"""Who serves I/O: the Virtual I/O Server and its command line."""

"""Who serves I/O: the Virtual I/O Servers, their devices and their padmin command line."""

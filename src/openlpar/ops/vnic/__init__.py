"""Virtual NICs: partition adapters that logical ports of the Virtual I/O Servers back."""

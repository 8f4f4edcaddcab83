"""Virtual Ethernet: switches, the networks on them, adapters, and bridges to the outside."""

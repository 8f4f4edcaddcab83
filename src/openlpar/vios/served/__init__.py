"""Virtual I/O Servers whose disks hold data: files on the host, served to guests by QEMU's storage daemon."""

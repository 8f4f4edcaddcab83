"""What this host has to run real partitions with: QEMU, and the kernel, initial RAM disk and disks that a guest starts from.

``kit.guest_kit()`` finds them, ``setup.set_up()`` gets them (``make setup-qemu``), ``doctor`` tells what is there and what
the host allows. Everything lies in a cache folder outside the checkout; nothing needs root, nothing touches the system.
"""

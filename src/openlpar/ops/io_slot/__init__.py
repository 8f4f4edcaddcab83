"""Physical I/O slots: which partition has which, and what a change of its I/O needs of a running one."""

"""What a terminal is told to do beside showing text (ECMA-48)."""

CLEARED = "\x1b[2J\x1b[H"
"""An empty screen, and the cursor in its first line."""

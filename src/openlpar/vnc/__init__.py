"""A terminal as a screen that any VNC viewer can open: ``terminal`` (what is on it), ``glyphs`` (how it looks), ``keys`` (what is
typed), ``rfb`` (the protocol, RFC 6143). It knows nothing of partitions: text comes in, keys go out.
"""

"""OpenLPAR: an open NovaLink, the management stack of a Power server."""

__version__ = "0.1.0"

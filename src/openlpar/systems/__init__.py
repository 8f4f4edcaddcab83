"""Managed systems that come with the package, as inventory files (format: ``wire.inventory``).

``gannet.yaml`` is the default system.
"""

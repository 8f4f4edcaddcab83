"""Health and the simulation over JSON, below ``/admin``: faults, clock, behaviour, digest, dump, audit, features, coverage."""

from openlpar.faces.admin.service import make_admin

__all__ = ["make_admin"]

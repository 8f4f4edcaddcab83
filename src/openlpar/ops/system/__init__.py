"""The managed system as a resource, and the jobs it takes."""

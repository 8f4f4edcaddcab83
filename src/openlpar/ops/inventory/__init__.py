"""Described objects made into a managed system: what was left out is filled in, what does not fit is refused."""

"""Shared processor pools."""

"""Measuring: preferences, readings, what is made of them, and workloads."""

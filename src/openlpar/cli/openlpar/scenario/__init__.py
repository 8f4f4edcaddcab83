"""Scenarios: files that script a day in the life of a server. What may stand in one, who reads it, who plays it."""

"""Setting the simulation: fault rules. Not operations, because a rule that strikes every operation must remain removable."""

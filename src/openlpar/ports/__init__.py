"""What the inside of the house needs from its edges, as protocols."""

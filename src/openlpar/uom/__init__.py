"""What exists: every element type of the PowerVM Unified Object Model, one module per noun; ``catalogue`` has them all."""

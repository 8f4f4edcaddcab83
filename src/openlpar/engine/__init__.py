"""How it is done: queue, locks, undo, jobs, schedule, events."""

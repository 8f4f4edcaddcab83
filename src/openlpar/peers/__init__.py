"""The other systems: who they are is kept in a file, and they are asked over their REST service."""

"""Where the state is kept."""

"""Facts and pure functions: what nothing else is asked for."""

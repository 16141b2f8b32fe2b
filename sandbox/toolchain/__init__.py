"""The pinned programs the sandbox runs: where each comes from, how it is made, where it is found."""

"""The graph of a stack: all that its program registers, without engine, account or cluster."""

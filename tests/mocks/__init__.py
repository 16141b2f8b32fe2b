"""A recording monitor: what a program registers, without engine, cluster or cloud."""

"""Identities of models in a cloud: each reads its own artifacts, and nothing else."""

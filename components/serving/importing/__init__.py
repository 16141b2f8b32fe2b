"""Manifests that run today, read into declarations without losing a field."""

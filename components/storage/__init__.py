"""Artifact stores: where models' files are kept."""

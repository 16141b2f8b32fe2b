"""Clusters: what runs the platform."""

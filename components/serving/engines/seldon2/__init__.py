"""Seldon Core 2: Models, Pipelines of them, and an Experiment where several predictors share the requests."""

from components.serving.engines.seldon2.build import build

__all__ = ["build"]

"""KServe: an InferenceService for a model and what stands before and beside it, an InferenceGraph for several."""

from components.serving.engines.kserve.build import build

__all__ = ["build"]

"""Declarations of an engine's own kinds, which stand beside models: a Server, a Pipeline, a ServingRuntime, ..."""

from components.serving.spec.kserve_kinds import InferenceGraph, ServingRuntime
from components.serving.spec.seldon2_kinds import Kind

OwnKind = Kind | InferenceGraph | ServingRuntime


def engine_of(declared: OwnKind) -> str:
    """The engine that knows the kind."""
    return "seldon2" if isinstance(declared, Kind) else "kserve"


def serves(declared: OwnKind) -> bool:
    """Whether models run on it, so that it is there before them; what is made of models comes after them."""
    return isinstance(declared, ServingRuntime) or type(declared).__name__ == "Server"

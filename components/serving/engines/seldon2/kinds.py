"""Seldon Core 2's own kinds: the manifest of each from its declaration."""

from components.serving.engines.context import Manifest
from components.serving.engines.seldon2 import words
from components.serving.spec.seldon2_kinds import Kind


def manifest(declaration: Kind, namespace: str) -> Manifest:
    """The object.

    Args:
        declaration: a Model, Pipeline, Experiment or Server.
        namespace: empty leaves it out.
    """
    metadata = {
        "name": declaration.name,
        "namespace": namespace,
        "labels": declaration.labels,
        "annotations": declaration.annotations,
    }
    return {
        "apiVersion": words.API_VERSION,
        "kind": type(declaration).__name__,
        "metadata": {key: value for key, value in metadata.items() if value},
        "spec": declaration.written(),
    }

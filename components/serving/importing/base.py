"""What reading a manifest gives: a declaration, or why there is none; and what the engine itself would have changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.serving.engines.context import BuildContext, EngineFacts, NodeContext

# What a server sets, and nobody declares.
SERVER_SET = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
              "resourceVersion", "selfLink", "uid")  # fmt: skip


class NoPlace(Exception):
    """A field of a manifest has no place in a declaration.

    Args:
        path: of the field, `spec.predictors[0].engineResources`.
        why: what becomes of it at the engine, or why it is not taken over.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What the rebuilt object has otherwise, and the rule of the engine that makes both mean the same.

    Attributes:
        path: of the field.
        rule: why it is equivalent: the engine's own defaulting or conversion.
    """

    path: str
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A manifest as a declaration.

    Attributes:
        declaration: a `ModelDeployment`, or an engine's own kind.
        context: with which the builder gives the manifest back: the images and URIs that it names.
        engine: its name.
        differences: where the builder's object is known to differ, and why that is the same.
    """

    declaration: Any
    context: BuildContext
    engine: str
    differences: tuple[Difference, ...] = field(default=())


def bare_context(namespace: str, engine: str, nodes: Mapping[str, NodeContext]) -> BuildContext:
    """A context that adds nothing of a stack.

    Args:
        namespace: of the manifest; empty when it has none.
        engine: its name.
        nodes: what its nodes run.
    """
    return BuildContext(namespace=namespace, engine=engine, nodes=nodes, facts=EngineFacts(keda=True))

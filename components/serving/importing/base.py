"""What reading a manifest gives: a declaration, or why there is none; and what the engine itself would have changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.serving.engines.context import BuildContext, EngineFacts, NodeContext

# What a server sets, and nobody declares.
SERVER_SET = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
              "resourceVersion", "selfLink", "uid")  # fmt: skip
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Why an imported declaration may have a trap.
ACKNOWLEDGED = "imported: it runs like this today"


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


class Rejected(Exception):
    """The engine itself would not take the manifest.

    Args:
        path: of the field.
        rule: id of the rule, or what refuses it: `CRD`.
        why: what is wrong.
    """

    def __init__(self, path: str, rule: str, why: str) -> None:
        super().__init__(path, rule, why)
        self.path = path
        self.rule = rule
        self.why = why


class SeveralProblems(Exception):
    """Everything that stands against a manifest.

    Args:
        problems: at least one, in the order of the manifest.
    """

    def __init__(self, problems: "list[NoPlace | Rejected]") -> None:
        super().__init__(*problems)
        self.problems = problems


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


def declared_part(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest without what a server sets: status, and its part of the metadata."""
    whole = {key: value for key, value in manifest.items() if key != "status"}
    if isinstance(metadata := whole.get("metadata"), dict):
        kept = {key: value for key, value in metadata.items() if key not in SERVER_SET}
        annotations = kept.get("annotations")
        if isinstance(annotations, dict) and LAST_APPLIED in annotations:
            kept["annotations"] = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
            if not kept["annotations"]:
                del kept["annotations"]
        whole["metadata"] = kept
    return whole

"""What a lock says of what declarations name: the keys of its entries, and what is run of each."""

import re
from typing import Any

from components.serving.spec import (
    Artifact,
    ArtifactReference,
    BuiltImage,
    HuggingFace,
    Image,
    MlflowModel,
    ModelDeployment,
    Uri,
)
from stacks.built import tagged
from stacks.locks import LockFile

Elsewhere = HuggingFace | MlflowModel | Uri
"""Files that are not in the stack's store."""

ALIAS = "models:/"
"""How the reference of a registered model begins."""
COMMIT = re.compile(r"[0-9a-f]{40}")
"""A revision of a hub that never means anything else."""


def image_key(image: Image | BuiltImage) -> str:
    """The key of an image in a lock."""
    return f"image:{image.context if isinstance(image, BuiltImage) else image.reference}"


def artifact_key(artifact: ArtifactReference) -> str:
    """The key of an artifact in a lock."""
    return f"artifact:{artifact.name if isinstance(artifact, Artifact) else reference_of(artifact)}"


def reference_of(artifact: Elsewhere) -> str:
    """What a declaration says of such files, as one word."""
    match artifact:
        case HuggingFace():
            return f"hf://{artifact.repo}:{artifact.revision}"
        case MlflowModel():
            return f"{ALIAS}{artifact.model}@{artifact.alias}"
        case Uri():
            return artifact.uri


def may_change(artifact: ArtifactReference) -> bool:
    """Whether a lock has to say which files are meant: a commit never changes, and a volume is nobody's to lock."""
    match artifact:
        case HuggingFace():
            return COMMIT.fullmatch(artifact.revision) is None
        case Uri():
            return not artifact.uri.startswith("pvc://")
    return True


def is_tag(image: Image) -> bool:
    """Whether an image is named by something that may mean another one tomorrow."""
    return "@sha256:" not in image.reference


def run_reference(image: Image | BuiltImage, lock: LockFile, where: str | None = None) -> str:
    """The reference that is run: the lock's, or as declared; a folder's image by the content of the folder.

    Args:
        image: as declared.
        lock: of the stack.
        where: the stack's registry, where it says one.
    """
    entry = lock.entries.get(image_key(image))
    if entry:
        return entry.immutable
    if isinstance(image, Image):
        return image.reference
    return tagged(image.context, where) if where else image.context


def locked_uri(artifact: ArtifactReference | None, lock: LockFile) -> str | None:
    """Where the lock says that the files are which an engine fetches; None where it says nothing."""
    entry = lock.entries.get(artifact_key(artifact)) if isinstance(artifact, MlflowModel | Uri) else None
    return entry.immutable if entry else None


def pinned(model: ModelDeployment, lock: LockFile) -> ModelDeployment:
    """The declaration with the commits that the lock names in place of the hub's branches."""

    def artifact(it: Any) -> Any:
        entry = lock.entries.get(artifact_key(it)) if isinstance(it, HuggingFace) else None
        return it.model_copy(update={"revision": entry.immutable.rpartition(":")[2]}) if entry else it

    def node(it: Any) -> Any:
        changes = {"children": tuple(node(child) for child in it.children)}
        return it.model_copy(update=changes | ({} if it.kind == "builtin" else {"artifact": artifact(it.artifact)}))

    def watcher(it: Any) -> Any:
        return it and it.model_copy(update={"artifact": artifact(it.artifact)})

    if not any(key.startswith("artifact:hf://") for key in lock.entries):
        return model
    predictors = tuple(
        predictor.model_copy(update={"graph": node(predictor.graph), "explainer": watcher(predictor.explainer)})
        for predictor in model.predictors
    )
    detectors = tuple(watcher(detector) for detector in model.detectors)
    return model.model_copy(update={"predictors": predictors, "detectors": detectors})

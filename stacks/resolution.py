"""What each model of a stack really runs: images and artifacts, as the stack's lock says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from catalog.errors import SlipwayError
from catalog.places import state_dir
from components.serving.engines.context import detector_key, explainer_key, node_key
from components.serving.engines.servers import SERVERS
from components.serving.engines.servers import image as server_image
from components.serving.spec import (
    Artifact,
    ArtifactReference,
    BuiltImage,
    Image,
    MlflowModel,
    ModelDeployment,
    ModelServer,
    Node,
    Resources,
)
from stacks import locks
from stacks.built import registry
from stacks.locks import LockEntry, LockFile
from stacks.references import (
    ALIAS,
    artifact_key,
    image_key,
    is_tag,
    locked_uri,
    may_change,
    reference_of,
    run_reference,
)
from stacks.settings import STACKS, Engine, Settings

FETCH_IMAGE = BuiltImage(context="sandbox/images/artifact-fetch")
MLSERVER_IMAGE = BuiltImage(context="sandbox/images/mlserver")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A node of a graph, an explainer or a detector, as it is declared.

    Attributes:
        key: of it in a builder's context.
        path: of it in the declaration.
        kind: what of these it is.
        image: of its container; None leaves it to the engine.
    """

    key: str
    path: str
    kind: Literal["node", "explainer", "detector"]
    image: Image | BuiltImage | None
    artifact: ArtifactReference | None
    resources: Resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What a part of a model runs.

    Attributes:
        image: of its container; None leaves it to the engine.
        fetch_image: of the container that gets the artifact; None where the engine gets it, or nothing.
        artifact: the locked artifact, None without one.
        store_artifact: its name in the store.
        uri: where the lock says that the files are which the engine fetches; None where it says nothing.
        mutable: the image runs as declared, without a lock.
    """

    key: str
    resources: Resources
    image: str | None
    fetch_image: str | None
    artifact: LockEntry | None
    store_artifact: str | None
    uri: str | None
    mutable: bool


def lock_path(stack: str, settings: Settings) -> Path:
    """Where the lock of a stack is; the sandbox's is state, because its images are built there."""
    if settings.cluster.kind == "sandbox":
        return state_dir() / "locks" / f"{stack}.json"
    return STACKS / "locks" / f"{stack}.json"


def read_lock(stack: str, settings: Settings) -> LockFile:
    """The lock of a stack; an absent one is empty.

    Raises:
        SlipwayError: it is not readable.
    """
    return locks.read(lock_path(stack, settings))


def parts(model: ModelDeployment, engine: str) -> Iterator[Part]:
    """Everything of a model that runs a container, the first predictor's root first."""
    for path, predictor, node in model.nodes():
        if node.kind != "builtin":
            key = node_key(model, predictor, node)
            yield Part(
                key=key,
                path=path,
                kind="node",
                image=_image(node, engine),
                artifact=node.artifact,
                resources=node.resources,
            )
    for at, predictor in enumerate(model.predictors):
        if it := predictor.explainer:
            yield Part(
                key=explainer_key(predictor),
                path=f"predictors[{at}].explainer",
                kind="explainer",
                image=it.image,
                artifact=it.artifact,
                resources=it.resources,
            )
    for at, detector in enumerate(model.detectors):
        yield Part(
            key=detector_key(detector.name),
            path=f"detectors[{at}]",
            kind="detector",
            image=detector.image,
            artifact=detector.artifact,
            resources=detector.resources,
        )


def is_verified(part: Part, engine: str) -> bool:
    """Whether a first step of ours gets the part's artifact out of the store, and compares every file with its digest.

    The operator of Seldon Core 1 leaves a place for it in the pods of a graph, and none in those of an explainer; the
    other engines fetch by themselves.
    """
    kinds: dict[str, tuple[str, ...]] = {Engine.PLAIN: ("node", "explainer", "detector"), Engine.SELDON1: ("node",)}
    return isinstance(part.artifact, Artifact) and part.kind in kinds.get(engine, ())


def _image(node: Node, engine: str) -> Image | BuiltImage | None:
    """The image of a node: the declared one; on plain Kubernetes else the one of its format's server."""
    if node.kind == "builtin":
        return None
    if node.image or not isinstance(node, ModelServer) or engine != Engine.PLAIN:
        return node.image
    if node.format not in SERVERS:
        return None
    reference = server_image(node)
    return Image(reference=reference) if reference else MLSERVER_IMAGE


def image_reference(model: ModelDeployment, engine: str = Engine.PLAIN) -> Image | BuiltImage | None:
    """The image that serves the model's first predictor; None where the engine has one of its own."""
    return next(parts(model, engine)).image


def artifact_names(model: ModelDeployment) -> tuple[str, ...]:
    """The artifacts of the store that the model reads, each once, the first predictor's root first."""
    found = [part.artifact.name for part in parts(model, "") if isinstance(part.artifact, Artifact)]
    return tuple(dict.fromkeys(found))


def artifact_reference(model: ModelDeployment) -> Artifact | None:
    """The first artifact of the store that the model reads, None for one that reads none."""
    names = artifact_names(model)
    return Artifact(name=names[0]) if names else None


def readers(model: ModelDeployment) -> dict[str, str]:
    """The store's users that the model needs, one an artifact: names of artifacts by names of readers."""
    return {reader_name(model, artifact): artifact for artifact in artifact_names(model)}


def reader_name(model: ModelDeployment, artifact: str) -> str:
    """The name of the reader of an artifact: the model's own for its first, which no second may share."""
    first = artifact_names(model)[0]
    # No name of a model has a dot, so that no two models' readers have one name.
    return model.name if artifact == first else f"{model.name}.{artifact}"


def lock_errors(stack: str, settings: Settings, lock: LockFile, *, simulated: bool) -> Iterator[SlipwayError]:
    """What the stack's models name, its lock does not say, and may not run so.

    Args:
        stack: its name.
        settings: of the stack.
        lock: of the stack.
        simulated: no pod runs there, so that no image has to be built.
    """
    for error in _all_unlocked(stack, settings, lock):
        if _refused(error, settings, simulated=simulated):
            yield error


def counted(stack: str, settings: Settings, lock: LockFile) -> list[SlipwayError]:
    """What runs as it is declared, because the stack only counts what its lock does not say."""
    return [e for e in _all_unlocked(stack, settings, lock) if not _refused(e, settings, simulated=False)]


def _all_unlocked(stack: str, settings: Settings, lock: LockFile) -> Iterator[SlipwayError]:
    for model in settings.declarations():
        yield from unlocked(model, settings.engine_of(model.name), stack, lock)


def unwritten(settings: Settings, error: SlipwayError) -> bool:
    """Whether what no lock says cannot even be written down: locks are demanded, or of an alias no place is known.

    Args:
        settings: of the stack.
        error: from `unlocked`.
    """
    return settings.locks == "required" or (error.rule == "LOCK-1" and error.value.startswith(ALIAS))


def _refused(error: SlipwayError, settings: Settings, *, simulated: bool) -> bool:
    """Whether nothing can run so: an artifact has no other version, and an image is pulled from somewhere."""
    match error.rule:
        case "LOCK-1":
            return True
        case "LOCK-2":
            return not simulated and (settings.locks == "required" or registry(settings) is None)
    return settings.locks == "required"


def unlocked(model: ModelDeployment, engine: str, stack: str, lock: LockFile) -> Iterator[SlipwayError]:
    """Everything that a declaration names on an engine and the lock of a stack does not say, each once."""
    path = f"models.{model.name}"
    named = [part.artifact for part in parts(model, "") if part.artifact and may_change(part.artifact)]
    for artifact in dict.fromkeys(named):
        if artifact_key(artifact) in lock.entries:
            continue
        if isinstance(artifact, Artifact):
            yield SlipwayError(
                f"{path}.artifact", artifact.name, "the lock of this stack does not say which version to run",
                f"push one: slipway artifact push {artifact.name} PATH -s {stack}", rule="LOCK-1",
            )  # fmt: skip
        else:
            alias = isinstance(artifact, MlflowModel)
            why = "nothing but the lock says where its files are" if alias else "it may mean other files tomorrow"
            yield SlipwayError(
                f"{path}.artifact", reference_of(artifact), why, f"lock it: slipway lock {model.name} -s {stack}",
                rule="LOCK-1" if alias else "LOCK-4",
            )  # fmt: skip
    for image in images(model, engine):
        if image_key(image) in lock.entries:
            continue
        if isinstance(image, BuiltImage):
            yield SlipwayError(
                f"{path}.image", image.context, "it is built from this folder, and the lock does not say its digest",
                f"build it: slipway image push {image.context} -s {stack}", rule="LOCK-2",
            )  # fmt: skip
        elif is_tag(image):
            yield SlipwayError(
                f"{path}.image", image.reference, "a tag may mean another image tomorrow",
                f"lock it: slipway lock {model.name} --images -s {stack}", rule="LOCK-3",
            )  # fmt: skip


def resolve(model: ModelDeployment, engine: str, lock: LockFile, where: str | None = None) -> list[Resolved]:
    """What every part of the model runs; what `lock_errors` finds missing has no artifact, and its image as declared.

    Args:
        model: the declaration.
        engine: name of the engine.
        lock: of the stack.
        where: the stack's registry, for images that are built and not locked.
    """
    found = []
    for part in parts(model, engine):
        name = part.artifact.name if isinstance(part.artifact, Artifact) else None
        resolved = Resolved(
            key=part.key,
            resources=part.resources,
            image=run_reference(part.image, lock, where) if part.image else None,
            fetch_image=run_reference(FETCH_IMAGE, lock, where) if is_verified(part, engine) else None,
            artifact=lock.entries.get(f"artifact:{name}") if name else None,
            store_artifact=name,
            uri=locked_uri(part.artifact, lock),
            mutable=isinstance(part.image, Image) and is_tag(part.image) and image_key(part.image) not in lock.entries,
        )
        found.append(resolved)
    return found


def images(model: ModelDeployment, engine: str) -> list[Image | BuiltImage]:
    """Every image of a model that the stack knows, each once."""
    every = list(parts(model, engine))
    named = [part.image for part in every if part.image]
    fetching = [FETCH_IMAGE] if any(is_verified(part, engine) for part in every) else []
    return list(dict.fromkeys([*named, *fetching]))

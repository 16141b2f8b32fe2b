"""What each model of a stack really runs: images and artifacts, as the stack's lock says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import state_dir
from components.serving.spec import Artifact, BuiltImage, Format, Image, ModelDeployment, ModelServer
from components.versions import VLLM_IMAGE
from stacks import locks
from stacks.locks import LockEntry, LockFile
from stacks.settings import STACKS, Settings

FETCH_IMAGE = BuiltImage(context="sandbox/images/artifact-fetch")
MLSERVER_IMAGE = BuiltImage(context="sandbox/images/mlserver")


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What a model runs.

    Attributes:
        image: of the serving container.
        fetch_image: of the container that gets the artifact, None without an artifact in the store.
        artifact: the locked artifact, None without one.
        mutable: references that run as declared, without a lock.
    """

    image: str
    fetch_image: str | None
    artifact: LockEntry | None
    mutable: tuple[str, ...] = ()


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


def image_reference(model: ModelDeployment) -> Image | BuiltImage:
    """The image that serves the model."""
    node = model.predictors[0].graph
    if node.kind == "builtin":
        raise TypeError("a built-in node has no image")
    if node.image:
        return node.image
    if not isinstance(node, ModelServer):
        raise TypeError("a container has an image")
    match node.format:
        case Format.SKLEARN:
            return MLSERVER_IMAGE
        case Format.VLLM:
            return Image(reference=VLLM_IMAGE)
        case other:
            raise TypeError(f"no image is known for {other}")


def artifact_reference(model: ModelDeployment) -> Artifact | None:
    """The artifact of the store that the model reads, None for one that reads none."""
    node = model.predictors[0].graph
    if isinstance(node, ModelServer) and isinstance(node.artifact, Artifact):
        return node.artifact
    return None


def lock_errors(stack: str, settings: Settings, lock: LockFile, *, simulated: bool) -> Iterator[SlipwayError]:
    """What the stack's models name and its lock does not say.

    Args:
        stack: its name.
        settings: of the stack.
        lock: of the stack.
        simulated: no pod runs there, so that no image has to be built.
    """
    for model in settings.declarations():
        path = f"models.{model.name}"
        artifact = artifact_reference(model)
        if artifact and f"artifact:{artifact.name}" not in lock.entries:
            yield SlipwayError(
                f"{path}.artifact", artifact.name, "the lock of this stack does not say which version to run",
                f"push one: slipway artifact push {artifact.name} PATH -s {stack}",
            )  # fmt: skip
        for image in _images(model):
            if isinstance(image, BuiltImage) and not simulated and f"image:{image.context}" not in lock.entries:
                yield SlipwayError(
                    f"{path}.image", image.context, "it is built from this folder and not built yet",
                    f"build it: slipway image push {image.context} -s {stack}",
                )  # fmt: skip
            elif isinstance(image, Image) and settings.locks == "required" and _mutable(image, lock):
                yield SlipwayError(
                    f"{path}.image", image.reference, "a tag may mean another image tomorrow, and locks are required",
                    f"lock it: slipway lock {model.name} --images -s {stack}",
                )  # fmt: skip


def resolve(model: ModelDeployment, lock: LockFile) -> Resolved:
    """What the model runs; call it only where `lock_errors` finds nothing."""
    image = image_reference(model)
    artifact = artifact_reference(model)
    mutable = (image.reference,) if isinstance(image, Image) and _mutable(image, lock) else ()
    return Resolved(
        image=_run(image, lock),
        fetch_image=_run(FETCH_IMAGE, lock) if artifact else None,
        artifact=lock.entries[f"artifact:{artifact.name}"] if artifact else None,
        mutable=mutable,
    )


def _images(model: ModelDeployment) -> list[Image | BuiltImage]:
    return [image_reference(model), *([FETCH_IMAGE] if artifact_reference(model) else [])]


def _key(image: Image | BuiltImage) -> str:
    return f"image:{image.context if isinstance(image, BuiltImage) else image.reference}"


def _mutable(image: Image, lock: LockFile) -> bool:
    return "@sha256:" not in image.reference and _key(image) not in lock.entries


def _run(image: Image | BuiltImage, lock: LockFile) -> str:
    entry = lock.entries.get(_key(image))
    if entry:
        return entry.immutable
    return image.reference if isinstance(image, Image) else image.context

"""Images of folders: built here with buildah, or with the user's own tool, and pushed to where a stack pulls from."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import CLONE, state_dir
from delivery import image_push, image_tools
from delivery import lock as locking
from delivery.image import CONTAINERFILE, Kind, write_containerfile
from delivery.lock import Change
from delivery.resolve import AbsentError, today
from delivery.resolve import image as tags
from runner.images import SHIPPED
from sandbox.images.build import cannot_build, directory, ensure_images
from sandbox.images.image import Image
from sandbox.images.push import push as push_to_sandbox
from sandbox.images.store import Store
from sandbox.images.user import ensure_user_image
from sandbox.node import endpoints
from stacks.built import image_name, registry, tagged
from stacks.locks import LockEntry
from stacks.resolution import lock_path
from stacks.settings import Settings, from_file, stack_file

Progress = Callable[[str, str, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """An image that is there.

    Attributes:
        digest: of its manifest; of an image in the storage of another tool, its id there.
        where: it is.
        bytes: that a node pulls, where its registry says it.
    """

    digest: str
    where: str
    bytes: int | None = None


def build(folder: Path, kind: Kind | None, progress: Progress) -> Built:
    """Builds a folder; one without a Containerfile gets one.

    Raises:
        SlipwayError: there is nothing to build, or nothing to build with, or the build failed.
    """
    _prepared(folder, kind, progress)
    name = image_name(folder.resolve().name)
    if not (why := cannot_build()):
        made = _own(folder, name, progress)
        return Built(digest=made.digest, where=str(directory()))
    tool = image_tools.found(why)
    tag = f"localhost/{name}"
    return Built(digest=tool.build(folder, tag, partial(_line, progress, name)), where=f"{tool.name}, as {tag}")


def push(stack: str, folder: Path, kind: Kind | None, progress: Progress) -> tuple[Built, list[Change]]:
    """Builds a folder of this repository, puts the image where a stack pulls from, and locks the stack to it.

    Raises:
        SlipwayError: no declaration can name the folder; the stack's registry cannot be reached; as `build`.
    """
    settings = from_file(stack_file(stack))
    context = _context(folder)
    _prepared(folder, kind, progress)
    built = (
        _to_sandbox(context, progress) if settings.cluster.kind == "sandbox" else _to_cloud(context, settings, progress)
    )
    entry = LockEntry(reference=context, immutable=built.where, digest=built.digest, date=today(), bytes=built.bytes)
    return built, locking.changes(lock_path(stack, settings), {locking.image_key(context): entry})


def _context(folder: Path) -> str:
    """The folder as declarations name it."""
    if not folder.is_dir():
        raise SlipwayError(str(folder), "", "there is no such directory", "give the directory of the program")
    path = folder.resolve()
    if not path.is_relative_to(CLONE):
        why = "it is outside of this repository, so no declaration can name it"
        raise SlipwayError(str(folder), "", why, "move it here, or only build it: slipway image build")
    return path.relative_to(CLONE).as_posix()


def _prepared(folder: Path, kind: Kind | None, progress: Progress) -> None:
    """The folder has a Containerfile."""
    if (there := folder / CONTAINERFILE).is_file():
        if kind:
            why = "the folder says itself how it is built, so that no kind has to be chosen"
            raise SlipwayError("--kind", kind, why, f"leave it out, or remove {there}")
        return
    written = write_containerfile(folder, kind)
    progress("image", f"{written} is written; it is yours: change it, and keep it in version control", 0.0)


def _own(folder: Path, name: str, progress: Progress) -> Image:
    """The image of a folder, in the cache."""
    path = folder.resolve()
    context = path.relative_to(CLONE).as_posix() if path.is_relative_to(CLONE) else ""
    if shipped := SHIPPED.get(context):
        return ensure_images(progress)[shipped]
    return ensure_user_image(folder, name, progress)


def _to_sandbox(context: str, progress: Progress) -> Built:
    if why := cannot_build():
        raise SlipwayError(
            "images", "", f"{why}: the sandbox runs no pods here", "as root on Linux: slipway sandbox up"
        )
    there = endpoints.load(state_dir())
    made = _own(CLONE / context, image_name(context), progress)
    push_to_sandbox(made, Store(directory()), there.registry)
    return Built(digest=made.digest, where=made.reference(there.in_node_registry))


def _to_cloud(context: str, settings: Settings, progress: Progress) -> Built:
    """A tag is the content of the folder and never changes: what is there under it already is taken."""
    where = registry(settings)
    if where is None:
        why = "the stack does not say to which registry its images go"
        raise SlipwayError("store.kind", settings.store.kind, why, "give it a store of its cloud, which has one")
    tag = tagged(context, where)
    try:
        found = tags.resolve(tag)
        progress("image", f"{tag} is in the registry", 0.0)
        return Built(digest=found.digest, where=found.immutable, bytes=found.bytes)
    except AbsentError:
        progress("image", f"{tag} is not in the registry yet", 0.0)
    begun = time.monotonic()
    if why := cannot_build():
        tool, log = image_tools.found(why), partial(_line, progress, context)
        tool.build(CLONE / context, tag, log)
        digest = tool.push(tag, log)
    else:
        made, store = _own(CLONE / context, image_name(context), progress), Store(directory())
        image_push.push(tag, made.digest, {digest: store.blob(digest) for digest in made.blobs})
        digest = made.digest
    progress("image", f"{tag} is pushed", time.monotonic() - begun)
    size = None
    with suppress(SlipwayError):  # it is pushed, whatever the registry answers now
        size = tags.resolve(tag).bytes
    return Built(digest=digest, where=f"{tags.named(tag)}@{digest}", bytes=size)


def _line(progress: Progress, name: str, line: str) -> None:
    progress(f"image {name}", line, 0.0)

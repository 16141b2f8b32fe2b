"""The lock of a stack: what its models name, resolved, written, and shown as changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from catalog.errors import SeveralErrors, SlipwayError
from catalog.plain import nearest
from components.serving.spec import BuiltImage, ModelDeployment
from components.storage.spec import S3Store
from delivery import lock as locking
from delivery.lock import Change
from delivery.resolve import content
from delivery.resolve.sources import Sources
from providers.slipway_s3 import store as s3
from runner.artifacts import sandbox_store
from stacks.locks import LockEntry
from stacks.references import artifact_key, image_key, is_tag, may_change
from stacks.resolution import artifact_names, images, lock_path, parts
from stacks.settings import Settings, from_file, stack_file

_AT_ONCE = 8


def lock(stack: str, model: str | None, *, with_images: bool) -> list[Change]:
    """Asks what everything means now that a stack's models name, and writes it into the lock; all of it or nothing.

    Args:
        stack: its name.
        model: one model only.
        with_images: images, too.

    Raises:
        SeveralErrors: whatever could not be resolved; nothing is written then.
    """
    settings = from_file(stack_file(stack))
    sandbox = settings.cluster.kind == "sandbox"
    sources = sources_of(settings)
    wanted: dict[str, Callable[[], LockEntry]] = {}
    for one in chosen(settings, stack, model):
        engine = settings.engine_of(one.name)
        for part in parts(one, engine):
            if part.artifact and may_change(part.artifact):
                wanted[artifact_key(part.artifact)] = partial(sources.artifact, part.artifact)
        for image in images(one, engine) if with_images else ():
            # What a sandbox builds, it locks by itself.
            if (not sandbox) if isinstance(image, BuiltImage) else is_tag(image):
                wanted[image_key(image)] = partial(sources.image, image)
    return locking.changes(lock_path(stack, settings), _asked(wanted))


def from_path(stack: str, model: str, path: Path) -> list[Change]:
    """Locks the artifact of a model by the content of files on this machine; nobody is asked.

    Raises:
        SlipwayError: the stack has no such model, or it reads more or less than one artifact; the files cannot be one.
    """
    settings = from_file(stack_file(stack))
    name = _artifact(settings, stack, model)
    entries = {locking.artifact_key(name): content.resolve(name, path)}
    return locking.changes(lock_path(stack, settings), entries)


def sources_of(settings: Settings) -> Sources:
    """Whom a stack asks; a sandbox has keys of its own."""
    store = settings.store
    if settings.cluster.kind == "sandbox" and isinstance(store, S3Store):
        return Sources(settings, lambda: s3.connect(sandbox_store(store.region)))
    return Sources(settings)


def chosen(settings: Settings, stack: str, name: str | None) -> list[ModelDeployment]:
    """The stack's models, or one of them.

    Raises:
        SlipwayError: the stack has no such model.
    """
    models = list(settings.declarations())
    if name is None:
        return models
    if found := [model for model in models if model.name == name]:
        return found
    raise SlipwayError("MODEL", name, f"stack {stack} has no such model", nearest(name, settings.models, needed=True))


def _asked(wanted: dict[str, Callable[[], LockEntry]]) -> dict[str, LockEntry]:
    """The entries by their keys, asked for side by side.

    Raises:
        SeveralErrors: those that could not be had.
    """

    def ask(resolve: Callable[[], LockEntry]) -> LockEntry | SlipwayError:
        try:
            return resolve()
        except SlipwayError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(zip(wanted, pool.map(ask, wanted.values()), strict=True))
    if errors := [each for each in found.values() if isinstance(each, SlipwayError)]:
        raise SeveralErrors(errors)
    return {key: entry for key, entry in found.items() if isinstance(entry, LockEntry)}


def _artifact(settings: Settings, stack: str, name: str) -> str:
    """The artifact that is meant by a model's name, or by its own."""
    by_model = {m.name: artifact_names(m) for m in settings.declarations()}
    every = {artifact for artifacts in by_model.values() for artifact in artifacts}
    if len(by_model.get(name, ())) == 1:
        return by_model[name][0]
    if name in every:
        return name
    if name in by_model:
        why = f"it reads {', '.join(by_model[name]) or 'no artifact of the store'}"
        raise SlipwayError(
            "MODEL", name, why, "give the name of one artifact" if by_model[name] else "leave out --from"
        )
    known = ", ".join(sorted({*by_model, *every})) or "none"
    raise SlipwayError("MODEL", name, f"stack {stack} has no such model or artifact", f"give one of: {known}")

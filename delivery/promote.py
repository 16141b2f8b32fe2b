"""A promotion: what a model runs in one stack, written into the lock of another; its files copied where missing."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SeveralErrors, SlipwayError
from components.serving.spec import Artifact, ArtifactReference, BuiltImage, Image, MlflowModel, ModelDeployment
from delivery.artifact import prefix
from delivery.files import MANIFEST, digest, refusal, scan
from delivery.resolve.gcs import Bucket as GcsBucket
from delivery.resolve.s3 import Bucket as S3Bucket
from stacks.locks import LockEntry, LockFile
from stacks.references import artifact_key, image_key, is_tag, may_change
from stacks.resolution import images, parts

Push = Callable[[str, Path], object]
"""Puts the files at a path into the target's store, as an artifact of that name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """What a promotion comes to.

    Attributes:
        entries: of the target's lock.
        left: keys that the source's lock does not have, and the target does not demand.
        artifacts: names of the store's artifacts among the entries.
    """

    entries: dict[str, LockEntry]
    left: tuple[str, ...]
    artifacts: tuple[str, ...]


def needed(model: ModelDeployment, engine: str) -> dict[str, ArtifactReference | Image | BuiltImage]:
    """Everything that a lock may say of a model on an engine, by the keys of its entries."""
    named = [part.artifact for part in parts(model, engine) if part.artifact and may_change(part.artifact)]
    run = [image for image in images(model, engine) if isinstance(image, BuiltImage) or is_tag(image)]
    return {artifact_key(a): a for a in named} | {image_key(i): i for i in run}


def plan(model: ModelDeployment, engine: str, source: LockFile, names: tuple[str, str], *, required: bool) -> Promotion:
    """What is copied from one lock to the other.

    Args:
        model: the declaration.
        engine: name of the target's engine.
        source: the lock that is copied from.
        names: of both stacks, the source first.
        required: the target runs nothing that its lock does not name.

    Raises:
        SeveralErrors: what the source's lock does not have and the target cannot do without.
    """
    wanted = needed(model, engine)
    absent = {k: it for k, it in wanted.items() if k not in source.entries or _is_here_alone(k, source.entries[k])}
    if errors := [_missing(key, it, names) for key, it in absent.items() if required or _is_vital(it)]:
        raise SeveralErrors(errors)
    return Promotion(
        entries={key: source.entries[key] for key in wanted if key not in absent},
        left=tuple(absent),
        artifacts=tuple(it.name for key, it in wanted.items() if isinstance(it, Artifact) and key not in absent),
    )


def _is_here_alone(key: str, entry: LockEntry) -> bool:
    """An image in a sandbox's registry is for that sandbox."""
    return key.startswith("image:") and entry.immutable.startswith(("127.0.0.1:", "localhost:"))


def _is_vital(it: ArtifactReference | Image | BuiltImage) -> bool:
    """Nothing but a lock says which files these are."""
    return isinstance(it, Artifact | MlflowModel)


def _missing(key: str, it: ArtifactReference | Image | BuiltImage, names: tuple[str, str]) -> SlipwayError:
    if isinstance(it, Artifact):
        fix = f"slipway artifact push {it.name} PATH -s {names[0]}"
    elif isinstance(it, BuiltImage):
        fix = f"slipway image push {it.context} -s {names[0]}"
    else:
        fix = f"slipway lock --images -s {names[0]}" if isinstance(it, Image) else f"slipway lock -s {names[0]}"
    return SlipwayError(key, "", f"{names[0]} has no lock of it that {names[1]} could run", f"first: {fix}")


def carry(name: str, entry: LockEntry, source: S3Bucket | GcsBucket, target: S3Bucket | GcsBucket, push: Push) -> bool:
    """Copies an artifact to the target's store, unless it is there; every file is verified on the way.

    Returns:
        Whether it had to be copied.

    Raises:
        SlipwayError: a store cannot be reached, read or written, or the source does not have these files.
    """
    document = f"{prefix(name, entry.digest)}{MANIFEST}"
    if target.has(document):
        return False
    with tempfile.TemporaryDirectory(prefix="slipway-promote-") as folder:
        place = Path(folder) / "files"
        place.mkdir()
        listing = Path(folder) / MANIFEST
        source.fetch(document, None, listing)
        for path, version in _files(listing.read_bytes(), f"{source.uri}/{document}"):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            source.fetch(f"{prefix(name, entry.digest)}{path}", version, place / path)
        _same(digest(found.file for found in scan(place)), entry, source.uri)
        push(name, place)
    return True


def _files(document: bytes, where: str) -> Iterator[tuple[str, str]]:
    """Path and version id of every file of an artifact."""
    try:
        rows = [(str(row["path"]), str(row["version_id"])) for row in json.loads(document)["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SlipwayError(where, "", "it is not readable", "find out who wrote it, delete it, push again") from error
    for path, version in rows:
        if why := refusal(path):
            raise SlipwayError(where, path, why, "find out who wrote it, delete it, push again")
        yield path, version


def _same(found: str, entry: LockEntry, where: str) -> None:
    if found != entry.digest:
        why = f"the files there have the digest {found}, and the lock says another"
        raise SlipwayError(
            f"{where}/{entry.immutable}", entry.digest, why, "push the artifact again where it comes from"
        )

"""The newest artifact in a store: the `artifact.json` that was written last, proved by the digest of its prefix."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from catalog.errors import SlipwayError
from delivery import artifact
from delivery.files import MANIFEST, File, digest
from delivery.resolve import missing, today
from stacks.locks import LockEntry


def newest(name: str, objects: Iterable[tuple[str, datetime]], read: Callable[[str], bytes], bucket: str) -> LockEntry:
    """The entry of the artifact that was pushed last.

    Args:
        name: of the artifact.
        objects: key and time of every object below `models/<name>/`.
        read: gives the content of an object by its key.
        bucket: as messages name it, `s3://models`.

    Raises:
        SlipwayError: no push has ended there, or what is there is not what it says.
    """
    home = f"models/{name}/"
    written = [
        (when, key) for key, when in objects if key.endswith(f"/{MANIFEST}") and key.removeprefix(home).count("/") == 1
    ]
    if not written:
        why = f"there is no artifact below {bucket}/{home}"
        raise missing(f"artifact:{name}", why, f"push one: slipway artifact push {name} PATH")
    _, key = max(written)
    named = key.removeprefix(home).partition("/")[0]
    try:
        files = [File(row["path"], row["size"], row["sha256"]) for row in json.loads(read(key))["files"]]
    except (ValueError, KeyError, TypeError):
        files = []
    if not files or digest(files) != named:
        raise SlipwayError(
            f"{bucket}/{key}", "", "the files it names do not have the digest of its prefix",
            "find out who wrote it, delete it, push again",
        )  # fmt: skip
    return LockEntry(
        reference=home,
        immutable=artifact.prefix(name, named),
        digest=named,
        date=today(),
        bytes=sum(file.size for file in files),
    )

"""What a stack runs of what its declarations name: the lock file, `stacks/locks/<stack>.json`."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from catalog.errors import SlipwayError
from catalog.plain import Plain, errors_of

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class LockEntry(Plain):
    """What a mutable reference means in this stack.

    Attributes:
        reference: what the declaration says.
        immutable: what is run: a prefix in the store, an image with its digest.
        digest: of the content.
        date: when it was locked, ISO 8601.
        bytes: size of its files, where it is known.
        version: of it, as its source counts; MLflow does.
    """

    reference: str
    immutable: str
    digest: Digest
    date: str
    bytes: Annotated[int | None, Field(ge=0)] = None
    version: str | None = None


class LockFile(Plain):
    """The whole file; keys are `artifact:<name or reference>` and `image:<folder or reference>`."""

    format: Literal[1] = 1
    entries: dict[str, LockEntry] = {}


def read(path: Path) -> LockFile:
    """Reads a lock file; one that is not there is empty.

    Raises:
        SlipwayError: the file is not readable as a lock.
    """
    if not path.exists():
        return LockFile()
    try:
        return LockFile.model_validate(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        why = str(error)
        if isinstance(error, ValidationError):
            first = errors_of(error, "")[0]
            why = f"{first.path}: {first.why}"
        raise SlipwayError(
            str(path), "", f"no lock file: {why}", "restore it from version control, or delete it and lock again"
        ) from error

"""An artifact of the store by the content of files on this machine; nobody is asked."""

from pathlib import Path

from delivery import artifact
from delivery.files import digest, scan
from delivery.resolve import today
from stacks.locks import LockEntry


def resolve(name: str, path: Path) -> LockEntry:
    """The entry that these files have once they are pushed.

    Raises:
        SlipwayError: something at `path` cannot be an artifact.
    """
    files = [source.file for source in scan(path)]
    found = digest(files)
    return LockEntry(
        reference=f"models/{name}/",
        immutable=artifact.prefix(name, found),
        digest=found,
        date=today(),
        bytes=sum(file.size for file in files),
    )

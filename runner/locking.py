"""The lock of a stack: what its models name, resolved, written, and shown as changes."""

from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from delivery import lock as locking
from delivery.resolve import content
from stacks.locks import LockEntry, read
from stacks.resolution import artifact_names, lock_path
from stacks.settings import Settings, from_file, stack_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An entry of a lock before and after; None: it is not there."""

    key: str
    before: LockEntry | None
    after: LockEntry | None


def from_path(stack: str, model: str, path: Path) -> list[Change]:
    """Locks the artifact of a model by the content of files on this machine; nobody is asked.

    Raises:
        SlipwayError: the stack has no such model, or it reads more or less than one artifact; the files cannot be one.
    """
    settings = from_file(stack_file(stack))
    name = _artifact(settings, stack, model)
    return _write(stack, settings, {locking.artifact_key(name): content.resolve(name, path)})


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


def _write(stack: str, settings: Settings, entries: dict[str, LockEntry]) -> list[Change]:
    path = lock_path(stack, settings)
    before = read(path).entries
    locking.update(path, entries)
    after = read(path).entries
    return [Change(key=key, before=before.get(key), after=after[key]) for key in sorted(entries)]

"""A promotion between two stacks: the lock of one, the files of both."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.errors import SlipwayError
from delivery import lock as locking
from delivery.lock import Change, artifact_key
from delivery.promote import Promotion, carry, plan
from runner.artifacts import put, target
from runner.locking import chosen, sources_of
from stacks.built import registry
from stacks.resolution import lock_path, read_lock
from stacks.settings import Settings, from_file, stack_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What a promotion did.

    Attributes:
        changes: of the target's lock.
        said: one line on each artifact and image whose files may not be where the target reads them.
    """

    changes: list[Change]
    said: list[str]


def promote(model: str, source: str, into: str) -> Done:
    """Copies what a model runs from the lock of one stack into that of another.

    Raises:
        SlipwayError: there is no such stack, or one of them has no such model; both are the same; the files that are
            promoted are not what the lock says.
        SeveralErrors: what the source's lock does not have and the target cannot do without; nothing is written then.
    """
    if source == into:
        raise SlipwayError("--to", into, "it is the stack that is promoted from", "give another one")
    settings = {name: from_file(stack_file(name)) for name in (source, into)}
    for name in (source, into):
        (declared,) = chosen(settings[name], name, model)
    required = settings[into].locks == "required"
    found = plan(
        declared,
        settings[into].engine_of(model),
        read_lock(source, settings[source]),
        (source, into),
        required=required,
    )
    said = [*_carried(found, settings[source], settings[into], into), *_images(found, settings, source, into)]
    said += [f"{key}: {source} has no lock of it that {into} could run; {into} runs it as before" for key in found.left]
    return Done(changes=locking.changes(lock_path(into, settings[into]), found.entries), said=said)


def _carried(found: Promotion, source: Settings, into: Settings, name: str) -> Iterator[str]:
    """Copies the artifacts as far as both stores can be reached; says how it went."""
    for each in found.artifacts:
        entry = found.entries[artifact_key(each)]
        key = artifact_key(each)
        try:
            reads = sources_of(into).bucket()
            copied = carry(
                each,
                entry,
                sources_of(source).bucket(),
                reads,
                lambda artifact, path: put(artifact, path, target(into)),
            )
            yield f"{key}: {'copied to' if copied else 'already in'} {reads.uri}"
        except SlipwayError as error:
            if error.value == entry.digest:  # other files than the lock says
                raise
            yield f"{key}: not known whether the store of {name} has it: {error.path}: {error.why}"


def _images(found: Promotion, settings: dict[str, Settings], source: str, into: str) -> Iterator[str]:
    """Images stay where they are: the target's nodes must be able to pull them from there."""
    where = registry(settings[source])
    for key, entry in found.entries.items():
        if where and where != registry(settings[into]) and entry.immutable.startswith(f"{where}/"):
            yield f"{key}: it stays in the registry of {source}; the nodes of {into} must be able to pull from {where}"

"""What no pod compares with the lock."""

from collections.abc import Iterator

from catalog.errors import SlipwayError
from components.serving.spec import Artifact
from stacks.resolution import is_verified, parts
from stacks.settings import Settings


def unverified(settings: Settings) -> Iterator[SlipwayError]:
    """The artifacts of the store that an engine fetches by itself: nothing compares what its pods read."""
    for model in settings.declarations():
        engine = settings.engine_of(model.name)
        for part in parts(model, engine):
            if isinstance(part.artifact, Artifact) and not is_verified(part, engine):
                yield SlipwayError(
                    f"models.{model.name}.{part.path}.artifact", part.artifact.name,
                    f"{engine} fetches it by itself, and no pod compares it with the digest of the lock",
                    "where that matters: plain, or seldon1 for a node of the graph",
                )  # fmt: skip

"""How large the files of a stack's models are, as its lock says it, and which models do not fit for that."""

from collections.abc import Iterable, Iterator

from catalog.errors import SlipwayError
from components.serving.rules import all_rules
from components.serving.rules.common_graph import artifacts
from components.serving.rules.fit import Placed, Sizes
from components.serving.spec import ModelDeployment
from stacks.locks import LockFile
from stacks.references import artifact_key
from stacks.settings import Settings


def sizes(models: Iterable[ModelDeployment], lock: LockFile) -> Sizes:
    """Bytes of what the models read, where the lock knows them."""
    found = {}
    for model in models:
        for _, artifact in artifacts(model):
            entry = lock.entries.get(artifact_key(artifact)) if artifact else None
            if artifact and entry and entry.bytes is not None:
                found[artifact] = entry.bytes
    return found


def errors(settings: Settings, lock: LockFile) -> Iterator[SlipwayError]:
    """FIT-2 by the size of files: the lock's, else the declared one; without files, the settings were asked already."""
    models = list(settings.declarations())
    known = sizes(models, lock)
    for model in models:
        placed = Placed(model=model, pools=settings.cluster.pools, sizes=known)
        yield from all_rules.one("FIT-2", f"models.{model.name}", placed)

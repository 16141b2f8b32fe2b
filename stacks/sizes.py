"""How large the files and images of a stack's models are, as its lock says it, and which models do not fit for that."""

from collections.abc import Iterable, Iterator, Mapping

from catalog.errors import SlipwayError
from components.serving.rules import all_rules
from components.serving.rules.common_graph import artifacts
from components.serving.rules.fit import Placed, Sizes
from components.serving.rules.room import Fleet
from components.serving.spec import ModelDeployment
from stacks.locks import LockFile
from stacks.references import artifact_key, image_key
from stacks.resolution import parts
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
    """What goes by the size of files: the lock's, else the declared one; all else, the settings were asked already."""
    facts = all_rules.facts_of(settings.engines)
    for model in settings.declarations():
        known = placed(model, settings, lock, settings.engine_of(model.name))
        for rule in ("FIT-2", "FIT-12"):
            yield from all_rules.one(rule, f"models.{model.name}", known, facts)
    yield from all_rules.one("FIT-10", "models", together(settings, lock), facts)


def placed(model: ModelDeployment, settings: Settings, lock: LockFile, engine: str) -> Placed:
    """A model on a stack's pools, with everything that the lock knows of its size."""
    images = {}
    for part in parts(model, engine):
        entry = lock.entries.get(image_key(part.image)) if part.image else None
        if entry and entry.bytes is not None:
            images[part.path] = entry.bytes
    return Placed(model=model, pools=settings.cluster.all_pools, sizes=sizes([model], lock), images=images)


def together(settings: Settings, lock: LockFile, engines: Mapping[str, str] | None = None) -> Fleet:
    """All models of a stack on its pools, with the sizes that the lock knows.

    Args:
        settings: of the stack.
        lock: of the stack.
        engines: of some of them by name, instead of the stack's.
    """
    models = tuple(settings.declarations())
    return Fleet(
        models=models,
        pools=settings.cluster.all_pools,
        sizes=sizes(models, lock),
        engines={model.name: settings.engine_of(model.name).value for model in models} | dict(engines or {}),
        is_protected=settings.lifecycle.protect,
    )

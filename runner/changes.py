"""What KServe does not take of a change: its objects as a run has made them, beside those that the stack declares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.errors import SlipwayError
from components.serving.engines.context import Manifest
from components.serving.engines.registry import ENGINES
from components.serving.importing import kserve
from components.serving.importing.base import NoPlace, SeveralProblems
from components.serving.rules import all_rules
from components.serving.rules.kserve_change import Change, RuntimeChange
from components.serving.spec.kserve_kinds import ServingRuntime
from stacks.contexts import Site, context, own_objects
from stacks.locks import LockFile
from stacks.models import OBJECTS
from stacks.references import pinned
from stacks.settings import Engine, Settings

_SERVICE = "InferenceService"
_KINDS = frozenset({_SERVICE, "ServingRuntime", "ClusterServingRuntime"})
_Key = tuple[str, str, str]


def made(state: Mapping[str, Any]) -> list[Manifest]:
    """The manifests that the rules of a change look at, out of the latest state of a stack."""
    inputs = (resource.get("inputs") or {} for resource in state.get("resources") or ())
    return [each for each in inputs if each.get("kind") in _KINDS and isinstance(each.get("metadata"), dict)]


def errors(settings: Settings, lock: LockFile, before: Iterable[Manifest]) -> Iterator[SlipwayError]:
    """What the webhooks of KServe refuse of going from what runs to what is declared.

    Args:
        settings: of the stack.
        lock: of the stack.
        before: from `made`; what cannot be read as a declaration is left to KServe.
    """
    known = {_key(manifest): manifest for manifest in before}
    if not known:
        return
    facts = all_rules.facts_of(settings.engines)
    for path, manifest in _declared(settings, lock, known):
        old, new = _read(known.get(_key(manifest))), _read(manifest)
        if old and new:
            about = Change if manifest["kind"] == _SERVICE else RuntimeChange
            yield from all_rules.check(path, about(before=old, after=new), Engine.KSERVE.value, facts)


def _declared(settings: Settings, lock: LockFile, known: Mapping[_Key, Manifest]) -> Iterator[tuple[str, Manifest]]:
    """The objects of the stack that are there already, each with the path of its declaration."""
    takeovers, site = settings.takeovers(), _site(settings)
    for model in settings.declarations():
        if settings.engine_of(model.name) == Engine.KSERVE:
            given = context(model, settings, lock, site, model.team, takeovers[model.name])
            for manifest in ENGINES[given.engine].build(pinned(model, lock), given).values():
                if _key(manifest) in known:
                    yield f"models.{model.name}", manifest
    for name, said in sorted(settings.objects.items()):
        if isinstance(OBJECTS[name], ServingRuntime):
            for manifest in own_objects(OBJECTS[name], said.team, settings.engines).values():
                yield f"objects.{name}", manifest


def _site(settings: Settings) -> Site:
    """As much of the place as the rules look at: where files are."""
    store = settings.store
    return Site(
        pools=(), gateway=("", ""), gateway_cidrs=(), store_cidrs=(), endpoint="", bucket=store.bucket, region="",
        scheme=store.scheme,
    )  # fmt: skip


def _read(manifest: Manifest | None) -> Any:
    try:
        return kserve.read(manifest).declaration if manifest else None
    except (NoPlace, SeveralProblems):
        return None


def _key(manifest: Manifest) -> _Key:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace") or "", metadata.get("name") or ""

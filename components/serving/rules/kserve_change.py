"""What KServe demands of a change, and of several runtimes beside each other: rules on more than one declaration."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding
from components.serving.rules.kserve_view import NO_PREDICTOR, UPSTREAM, kserve, mode, storage_uri
from components.serving.spec import ModelDeployment, Predictor
from components.serving.spec.kserve_kinds import ServingRuntime

_RUNTIME = f"{UPSTREAM}pkg/webhook/admission/servingruntime/servingruntime_webhook.go"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A model as it runs, and as it shall run."""

    before: ModelDeployment
    after: ModelDeployment


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeChange:
    """A runtime as it is installed, and as it shall be."""

    before: ServingRuntime
    after: ServingRuntime


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtimes:
    """The runtimes of one namespace, or those of the cluster."""

    together: tuple[ServingRuntime, ...]


@kserve("KS-17", about=Change)
def renamed(change: Change, _facts: EngineFacts) -> Iterator[Finding]:
    """The stable predictor's name changes with its files alone."""
    old, new = change.before.predictors[0], change.after.predictors[0]
    if _name(old) != _name(new) and _uri(old) == _uri(new):
        yield Finding(
            path="predictors[0].name", value=_name(new), why="KServe's webhook wants another storage URI with it",
            fix="keep the name, or give the new version's artifact",
        )  # fmt: skip


def _name(predictor: Predictor) -> str:
    own = (predictor.kserve or NO_PREDICTOR).name
    return own if own is not None else predictor.name


def _uri(predictor: Predictor) -> str | None:
    model = predictor.graph.children[0] if predictor.graph.children else predictor.graph
    return storage_uri(model)


@kserve("KS-19", about=Change)
def same_mode(change: Change, facts: EngineFacts) -> Iterator[Finding]:
    """The mode of an InferenceService stays as it was made."""
    old, new = mode(change.before, facts), mode(change.after, facts)
    if old != new:
        yield Finding(
            path="kserve.deployment_mode", value=new, why=f"it runs in {old} mode, and KServe's webhook keeps it there",
            fix="give the model a new name, move the requests, and remove the old one",
        )  # fmt: skip


@kserve("KS-R02", _RUNTIME, about=Runtimes)
def different_priorities(runtimes: Runtimes, _facts: EngineFacts) -> Iterator[Finding]:
    """Runtimes that could be chosen for the same format, version and protocol have different priorities."""
    for one, other in combinations(runtimes.together, 2):
        if one.disabled or other.disabled or one.model_mesh.multi_model != other.model_mesh.multi_model:
            continue
        if not set(one.protocol_versions or ()) & set(other.protocol_versions or ()):
            continue
        for form in one.supported_model_formats or ():
            for same in other.supported_model_formats or ():
                key = (form.name.lower(), form.version, form.priority)
                chosen = form.auto_select and same.auto_select and form.priority is not None
                if chosen and key == (same.name.lower(), same.version, same.priority):
                    yield Finding(
                        path=f"{other.name}.supported_model_formats", value=f"{same.name} {same.priority}",
                        why=f"{one.name} has the same priority for it", fix="give one of them a higher number",
                    )  # fmt: skip


@kserve("KS-R03", _RUNTIME, about=RuntimeChange)
def kept_worker(change: RuntimeChange, _facts: EngineFacts) -> Iterator[Finding]:
    """A runtime for several nodes stays one."""
    if change.before.worker is not None and change.after.worker is None:
        yield Finding(
            path="worker", value="", why="KServe's webhook does not let it be removed",
            fix="keep it, or make a runtime of another name",
        )  # fmt: skip

"""Seldon Core 2's manifests as declarations: a Model of a known format as a ModelDeployment, others as their kind."""

import json
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from catalog.plain import errors_of
from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.parts import parts, requirements
from components.serving.importing.base import (
    Difference,
    Imported,
    NoPlace,
    Rejected,
    SeveralProblems,
    bare_context,
    declared_part,
)
from components.serving.importing.reading import Notes, Reading, present
from components.serving.importing.verdict import changes
from components.serving.spec import (
    Format,
    ModelDeployment,
    ModelServer,
    Parameter,
    PayloadLogging,
    Predictor,
    Resources,
    Scaling,
    Uri,
)
from components.serving.spec.seldon2 import ModelOptions, Seldon2Node
from components.serving.spec.seldon2_kinds import Experiment, Kind, Model, Pipeline, Server

KINDS: dict[str, type[Kind]] = {kind.__name__: kind for kind in (Model, Pipeline, Experiment, Server)}
REFUSED = dict.fromkeys(
    ("ServerConfig", "SeldonConfig", "SeldonRuntime"), "it belongs to the installation of Seldon Core 2"
)
_META = "not what a declaration says: it belongs to this one object on the server"
_EMPTY = "empty: the operator takes it as if it were not there"
_TEXT = "a quantity: the operator reads a number and its text alike"
# A team's name is that of its namespace; an object without one lands here.
_TEAM = "default"


def read(manifest: dict[str, Any]) -> Imported:
    """Reads a Model, Pipeline, Experiment or Server.

    Raises:
        NoPlace: a kind of Seldon Core 2 that no declaration stands for, or a version that is not known.
        SeveralProblems: fields without a place.
    """
    name = str(manifest.get("kind"))
    if name not in KINDS:
        raise NoPlace("kind", f"{name} is not imported: {REFUSED.get(name, 'it is not known')}")
    if manifest.get("apiVersion") != words.API_VERSION:
        raise NoPlace("apiVersion", f"only {words.API_VERSION} is known")
    notes = Notes()
    whole = Reading(declared_part(manifest), "", notes)
    whole.take("apiVersion"), whole.take("kind")
    common, namespace = _metadata(whole.child("metadata"))
    spec = whole.child("spec").rest()
    whole.done()
    declaration = _kind(KINDS[name], spec, common, notes)
    if declaration is None or notes.problems:
        raise SeveralProblems(notes.problems)
    notes.differences += [
        Difference(path=path, rule=_EMPTY)
        for path, value in changes(spec, declaration.written(), "spec")
        if value in ([], {})
    ]
    facts = _facts(declaration)
    plain = _deployment(declaration, namespace or _TEAM) if isinstance(declaration, Model) else None
    return Imported(
        declaration=plain or declaration,
        context=replace(bare_context(namespace, words.ENGINE, {}), facts=facts),
        engine=words.ENGINE,
        differences=tuple(notes.differences),
    )


def _metadata(metadata: Reading) -> tuple[dict[str, Any], str]:
    """Name, labels and annotations; and the namespace."""
    name, namespace = metadata.take("name"), metadata.said("namespace") or ""
    if name is None:
        metadata.reject("name", "CRD", "required: requests go to it by its name")
    common = {key: metadata.said(key) or {} for key in ("labels", "annotations")}
    for key in metadata.rest():
        metadata.refuse(key, _META)
    return {"name": name or "", **common}, namespace


def _kind(kind: type[Kind], spec: dict[str, Any], common: dict[str, Any], notes: Notes) -> Kind | None:
    """A spec as a declaration of its kind; None, and noted, where it cannot be."""
    fields = _without_nulls(spec)
    if isinstance(size := fields.get("memory"), int | float) and not isinstance(size, bool):
        fields["memory"] = str(size)
        notes.differences.append(Difference(path="spec.memory", rule=_TEXT))
    try:
        return kind.model_validate_json(json.dumps(fields | common), by_alias=True, by_name=False)
    except ValidationError as error:
        for one in errors_of(error, "spec", kind):
            missing = one.why == "field required"
            why = f"{one.why}: {one.fix}"
            notes.problems.append(Rejected(one.path, "CRD", why) if missing else NoPlace(one.path, why))
        return None


def _without_nulls(value: Any) -> Any:
    """What the API server takes for absent is left out; a null in a list is none."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _facts(declaration: Kind) -> EngineFacts:
    """The cluster that this runs on: it has a Server with what a Model requires."""
    if not isinstance(declaration, Model):
        return EngineFacts(keda=True)
    needs = (*declaration.needs, *((words.EXPLAIN,) if declaration.explainer else ()))
    if declaration.server is None and any(set(needs) <= set(has) for has in words.SERVERS.values()):
        return EngineFacts(keda=True)
    name = declaration.server or "imported"
    has = dict.fromkeys((*words.SERVERS.get(name, ()), *needs))
    return EngineFacts(keda=True, seldon2_servers={name: tuple(has)})


def _deployment(model: Model, team: str) -> ModelDeployment | None:
    """A Model as a deployment of one model; None where that would not be the same again."""
    form = words.format_of(model.needs)
    if form is None:
        return None
    try:
        deployment = ModelDeployment(
            name=model.name,
            team=team,
            predictors=(Predictor(graph=_node(model, form)),),
            safe_defaults=False,
            labels=model.labels,
            annotations=model.annotations,
            **present(scaling=_scaling(model)),
        )
    except ValidationError:
        return None
    return deployment if [part.made for part in parts(deployment)] == [model] else None


def _node(model: Model, form: Format) -> ModelServer:
    node = ModelServer(
        format=form,
        artifact=Uri(uri=model.storage_uri),
        parameters=tuple(Parameter(name=one.name, value=one.value) for one in model.parameters),
        **present(
            resources=Resources(memory=model.memory) if model.memory else None,
            logging=PayloadLogging() if model.logger else None,
        ),
    )
    said = {field: getattr(model, field) for field in ModelOptions.model_fields}
    if _scaling(model):
        said |= dict.fromkeys(("replicas", "min_replicas", "max_replicas"))
    if model.logger:
        said["logger_percent"] = model.logger.percent
    if model.requirements != requirements(node):
        said["requirements"] = model.requirements
    slot = present(**said)
    return node.model_copy(update={"seldon2": Seldon2Node(**slot)}) if slot else node


def _scaling(model: Model) -> Scaling | None:
    """The replicas in the words that all engines have; None where only the slot can say them."""
    match (model.replicas, model.min_replicas, model.max_replicas):
        case (int(number), None, None) if number > 1:
            return Scaling(min_replicas=number)
        case (None, int(least), int(most)) if least > 0:
            return Scaling(min_replicas=least, max_replicas=most)
        case _:
            return None

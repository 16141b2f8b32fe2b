"""What depends on the engine in the same way for each: names once it has joined them, slots that it does not read."""

from collections.abc import Iterator
from itertools import product

from components.serving.engines.context import EngineFacts
from components.serving.engines.plain.workload import names as plain_names
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.seldon2_view import views
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Kind

LIMIT = 63
ENGINES = ("plain", "seldon1", "seldon2", "kserve")
_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names"
_JOINS = {
    "plain": _NAMES,
    "seldon1": "seldon-core operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go",
    "seldon2": _NAMES,
    "kserve": "kserve v0.20.0 pkg/constants/constants.go, config/configmap/inferenceservice.yaml domainTemplate",
}


def joined(model: ModelDeployment, engine: str) -> Iterator[tuple[str, str]]:
    """The names that an engine makes of a declaration's, each with the path of what is too long in it."""
    match engine:
        case "plain":
            yield from plain_names(model)
        case "seldon1":
            for at, predictor in enumerate(model.predictors):
                yield f"predictors[{at}].name", f"{model.name}-{predictor.name}"
                if predictor.explainer:
                    yield f"predictors[{at}].explainer", f"{model.name}-{predictor.name}-explainer"
                for path, node in predictor.nodes(f"predictors[{at}]"):
                    yield f"{path}.name", f"{model.name}-{predictor.name}-{model.node_name(node)}"
        case "kserve":
            parts = ["predictor", *(["explainer"] if any(p.explainer for p in model.predictors) else [])]
            for part in parts:
                # The first label of the host, as the shipped domainTemplate joins it.
                yield "name", f"{model.name}-{part}-{model.team}"
        case "seldon2":
            for view in views(model, Kind):
                yield view.where, view.made.name


def _fits(engine: str) -> Check:
    def fits(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
        for path, name in joined(model, engine):
            if len(name) > LIMIT:
                yield Finding(
                    path=path,
                    value=name,
                    why=f"once {engine} has joined it, it has {len(name)} characters, and a name has at most {LIMIT}",
                    fix="shorten the names that it is joined from",
                )

    fits.__doc__ = f"Names that {engine} joins have at most {LIMIT} characters."
    return fits


def _reads(engine: str, other: str) -> Check:
    def reads(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
        for path in slots(model, other):
            yield Finding(
                path=path,
                value=other,
                why=f"{engine} serves it here, and does not read what is {other}'s",
                fix=f"remove it, or let {other} serve the model",
            )

    reads.__doc__ = f"What only {other} reads is not in a declaration that {engine} serves."
    return reads


def slots(model: ModelDeployment, engine: str) -> Iterator[str]:
    """The paths at which a declaration says something to one engine alone."""
    if getattr(model, engine, None) is not None:
        yield engine
    for at, predictor in enumerate(model.predictors):
        path = f"predictors[{at}]"
        if getattr(predictor, engine, None) is not None:
            yield f"{path}.{engine}"
        if getattr(predictor.explainer, engine, None) is not None:
            yield f"{path}.explainer.{engine}"
        for below, node in predictor.nodes(path):
            if getattr(node, engine, None) is not None:
                yield f"{below}.{engine}"
    for at, detector in enumerate(model.detectors):
        if getattr(detector, engine, None) is not None:
            yield f"detectors[{at}].{engine}"


for _at, _engine in enumerate(ENGINES, start=40):
    # Seldon Core 1 makes a digest of a name that is too long: it works, and nobody finds it again.
    rule(f"C-{_at}", source=_JOINS[_engine], engine=_engine, trap=_engine == "seldon1")(_fits(_engine))
for _at, (_engine, _other) in enumerate(((a, b) for a, b in product(ENGINES, ENGINES) if a != b), start=50):
    rule(f"C-{_at}", source="components.serving.spec", engine=_engine, trap=True)(_reads(_engine, _other))

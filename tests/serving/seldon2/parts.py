"""Small declarations for Seldon Core 2, and what stands around them."""

from typing import Any

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.spec import (
    Detector,
    Explainer,
    Exposure,
    Format,
    HeaderMatch,
    Method,
    ModelDeployment,
    ModelServer,
    Predictor,
    Uri,
)
from components.serving.spec.seldon2_kinds import Candidate, Experiment, Model, Pipeline, Server, Step

FILES = Uri(uri="s3://models/iris/")
FACTS = EngineFacts(seldon2_autoscaling=True)


def node(**fields: Any) -> ModelServer:
    """A model of scikit-learn's."""
    return ModelServer(**{"format": Format.SKLEARN, "artifact": FILES} | fields)


def chain(*names: str, **last: Any) -> ModelServer:
    """Nodes one after the other."""
    first, *rest = names
    return node(name=first, children=(chain(*rest, **last),)) if rest else node(name=first, **last)


def predictor(**fields: Any) -> Predictor:
    """A predictor of one model."""
    return Predictor(**{"graph": node()} | fields)


def deployment(*predictors: Predictor, **fields: Any) -> ModelDeployment:
    """A declaration; without predictors it has one."""
    return ModelDeployment(**{"name": "iris", "team": "science", "predictors": predictors or (predictor(),)} | fields)


def of(graph: ModelServer, **fields: Any) -> ModelDeployment:
    """A declaration of one predictor with this graph."""
    return deployment(predictor(graph=graph), **fields)


def explainer(**fields: Any) -> Explainer:
    """An explainer of Alibi's."""
    return Explainer(**{"method": Method.ANCHOR_TABULAR, "artifact": FILES} | fields)


def detector(**fields: Any) -> Detector:
    """A detector of drift."""
    return Detector(**{"name": "drift", "watches": "drift", "artifact": FILES} | fields)


def model(**fields: Any) -> Model:
    """A Model."""
    return Model(**{"name": "iris", "storage_uri": FILES.uri, "requirements": ("mlserver", "sklearn")} | fields)


def pipeline(*steps: Step | str, **fields: Any) -> Pipeline:
    """A Pipeline of steps, or of their names."""
    made = tuple(Step(name=step) if isinstance(step, str) else step for step in steps)
    return Pipeline(**{"name": "p", "steps": made} | fields)


def experiment(*names: str, **fields: Any) -> Experiment:
    """An Experiment with equal shares."""
    made = tuple(Candidate(name=name, weight=50) for name in names)
    return Experiment(**{"name": "e", "candidates": made} | fields)


def server(**fields: Any) -> Server:
    """A Server."""
    return Server(**{"name": "mlserver", "server_config": "mlserver"} | fields)


def context(namespace: str = "science", **fields: Any) -> BuildContext:
    """A context that adds nothing of a stack."""
    return BuildContext(**{"namespace": namespace, "engine": "seldon2", "nodes": {}, "facts": FACTS} | fields)


def split_by_header() -> ModelDeployment:
    """Two predictors, one of them also chosen by a header."""
    return deployment(
        predictor(name="stable", traffic=90),
        predictor(name="canary", traffic=10),
        exposure=Exposure(headers=(HeaderMatch(name="x-canary", value="yes", predictor="canary"),)),
    )

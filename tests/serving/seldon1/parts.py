"""Small declarations for Seldon Core 1."""

from typing import Any

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.spec import Builtin, Container, Image, ModelDeployment, ModelServer, Predictor, Uri
from components.serving.spec.seldon1 import Ambassador, Seldon1, Seldon1Component, Seldon1Node, Seldon1Predictor

ALL = EngineFacts(keda=True, prometheus="http://prometheus.test:9090")


def server(**fields: Any) -> ModelServer:
    """A scikit-learn model."""
    return ModelServer(**{"format": "sklearn", "artifact": Uri(uri="s3://models/iris")} | fields)


def own(name: str | None = None, *children: Any, **fields: Any) -> Container:
    """A container of the user's own."""
    return Container(**{"name": name, "image": Image(reference=f"{name or 'own'}:1"), "children": children} | fields)


def ab_test(*children: Any, **fields: Any) -> Builtin:
    return Builtin(implementation="random_ab_test", name="ab", children=children, **fields)


def predictor(graph: Any = None, name: str = "default", **fields: Any) -> Predictor:
    return Predictor(name=name, graph=graph or server(), **fields)


def model(*predictors: Any, **fields: Any) -> ModelDeployment:
    """A deployment of predictors, or of one with this graph; one scikit-learn model without."""
    given = tuple(p if isinstance(p, Predictor) else predictor(p) for p in predictors) or (predictor(),)
    return ModelDeployment(**{"name": "iris", "team": "science", "predictors": given} | fields)


def slot(**fields: Any) -> Seldon1Predictor:
    return Seldon1Predictor(**fields)


def component(*containers: Any, **fields: Any) -> Seldon1Component:
    return Seldon1Component(containers=containers, **fields)


def unit(**fields: Any) -> Seldon1Node:
    return Seldon1Node(**fields)


def ambassador(**fields: Any) -> Seldon1:
    return Seldon1(ambassador=Ambassador(**fields))


def context(**fields: Any) -> BuildContext:
    return BuildContext(**{"namespace": "science", "engine": "seldon1", "nodes": {}, "facts": ALL} | fields)

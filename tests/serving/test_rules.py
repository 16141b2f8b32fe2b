"""Every rule, both ways."""

import pytest
from pydantic import ValidationError

from catalog.machines import Accelerator
from catalog.plain import errors_of
from components.clusters.spec import NodePool
from components.serving.engines.context import EngineFacts
from components.serving.rules.base import RULES
from components.serving.rules.fit import Placed
from components.serving.rules.placement import team_declared
from components.serving.spec import Accelerators, Container, Image, ModelDeployment, Predictor, Resources, Team


def model(accelerators: Accelerators | None = None, **fields) -> ModelDeployment:
    node = Container(image=Image(reference="a:1"), resources=Resources(accelerators=accelerators))
    return ModelDeployment(**{"name": "m", "team": "t", "predictors": (Predictor(graph=node),)} | fields)


def pool(kind: Accelerator, count: int, nodes: int = 1) -> NodePool:
    return NodePool(accelerator=kind, count=count, nodes=nodes)


def test_team_declared():
    assert list(team_declared("p", model(), {"t": Team(owner="o")})) == []
    (error,) = team_declared("p", model(), {"tt": Team(owner="o")})
    assert (error.path, error.value, error.fix) == ("p", "t", "did you mean tt?")


@pytest.mark.parametrize(
    ("wanted", "pools", "why"),
    [
        (None, {}, None),
        (Accelerators(kind=Accelerator.L4), {"a": pool(Accelerator.L4, 1)}, None),
        (Accelerators(kind=Accelerator.L4), {}, "no pool of the cluster has this accelerator"),
        (Accelerators(kind=Accelerator.H100), {"a": pool(Accelerator.L4, 1)}, "no pool of the cluster has this"),
        (
            Accelerators(kind=Accelerator.L4, count=4),
            {"a": pool(Accelerator.L4, 1, 9)},
            "the largest node with it has 1",
        ),
        (Accelerators(kind=Accelerator.L4, count=4), {"a": pool(Accelerator.L4, 4)}, None),
    ],
)
def test_accelerator_offered(wanted, pools, why):
    errors = list(RULES["FIT-1"].check(Placed(model=model(wanted), pools=pools), EngineFacts()))
    assert len(errors) == (1 if why else 0)
    if why:
        assert why in errors[0].why


@pytest.mark.parametrize(
    ("fields", "path", "why"),
    [
        ({"name": "Upper"}, "name", "pattern"),
        ({"name": "m" * 64}, "name", "pattern"),
        ({"predictors": ()}, "predictors", "at least 1 item"),
        ({"exposure": {"path": "no-slash"}}, "exposure.path", "pattern"),
        ({"replicas": 3}, "replicas", "no such key"),
        ({"rollout": {"deadline_seconds": 1}}, "rollout.deadline_seconds", "greater than or equal to 10"),
    ],
)
def test_declarations_are_checked(fields, path, why):
    with pytest.raises(ValidationError) as caught:
        model(**fields)
    errors = {e.path: e for e in errors_of(caught.value, "", ModelDeployment)}
    assert why in errors[path].why


@pytest.mark.parametrize("memory", ["0", "1GiB", "lots", "-1Gi", ""])
def test_quantities_are_checked(memory):
    with pytest.raises(ValidationError):
        Resources(memory=memory)
    assert Resources(memory="1.5Gi").memory == "1.5Gi"

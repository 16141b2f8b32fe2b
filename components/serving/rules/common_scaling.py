"""How many replicas, whatever the engine."""

from collections.abc import Callable, Iterator

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Check, Finding, rule
from components.serving.spec import ModelDeployment, Predictor, Scaling

_HPA = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/"
# Extended resources under which device plugins offer accelerators.
_DEVICES = ("nvidia.com/", "aws.amazon.com/neuron", "google.com/tpu", "amd.com/gpu")


def _rule(number: int, source: str = _HPA, *, trap: bool = False) -> Callable[[Check], Check]:
    return rule(f"C-{number:02}", source=source, trap=trap)


def scalings(model: ModelDeployment) -> Iterator[tuple[str, Scaling]]:
    """Every scaling that a declaration says, with its path."""
    yield "scaling", model.scaling
    for at, predictor in enumerate(model.predictors):
        if predictor.scaling:
            yield f"predictors[{at}].scaling", predictor.scaling


@_rule(20)
def least_below_most(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The least number of replicas is not above the most."""
    for path, scaling in scalings(model):
        if scaling.max_replicas is not None and scaling.min_replicas > scaling.max_replicas:
            yield Finding(
                path=f"{path}.min_replicas",
                value=f"{scaling.min_replicas} > {scaling.max_replicas}",
                why="the least number of replicas is above the most",
                fix="raise max_replicas, or lower min_replicas",
            )


@_rule(21)
def numbers_are_possible(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The least number of replicas is at least 0, the most at least 1."""
    for path, scaling in scalings(model):
        if scaling.min_replicas < 0:
            yield Finding(
                path=f"{path}.min_replicas",
                value=str(scaling.min_replicas),
                why="there are no fewer replicas than none",
                fix="give 0 or more",
            )
        if scaling.max_replicas is not None and scaling.max_replicas < 1:
            yield Finding(
                path=f"{path}.max_replicas",
                value=str(scaling.max_replicas),
                why="an autoscaler that may start none serves nobody",
                fix="give 1 or more",
            )


@_rule(22)
def targets_are_positive(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The target of a metric is above zero."""
    for path, scaling in scalings(model):
        for at, metric in enumerate(scaling.metrics):
            if metric.target <= 0:
                yield Finding(
                    path=f"{path}.metrics[{at}].target",
                    value=str(metric.target),
                    why="what is measured is divided by it",
                    fix="give a number above 0",
                )


@_rule(23)
def metrics_move_something(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Metrics and behavior come with a range of replicas that they can move in."""
    for path, scaling in scalings(model):
        if (scaling.metrics or scaling.behavior) and not scaling.autoscaled:
            yield Finding(
                path=f"{path}.max_replicas",
                value="",
                why=f"the number is fixed at {scaling.min_replicas}, so that the metrics move nothing",
                fix="give max_replicas, or leave metrics and behavior out",
            )


@_rule(24, "kserve#1247, kserve#5611", trap=True)
def none_left_on_an_accelerator(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A model on an accelerator keeps at least one replica: a node with one takes minutes, and requests do not wait."""
    for at, predictor in enumerate(model.predictors):
        scaling = model.scaling_of(predictor)
        if scaling.autoscaled and scaling.min_replicas == 0 and _accelerated(predictor, at):
            where = f"predictors[{at}].scaling" if predictor.scaling else "scaling"
            yield Finding(
                path=f"{where}.min_replicas",
                value="0",
                why="with no replica left, the first request waits for a node, an image and the model, or fails",
                fix="give min_replicas=1",
            )


def _accelerated(predictor: Predictor, at: int) -> bool:
    return any(node.resources.accelerators for _, node in predictor.nodes(f"predictors[{at}]"))


@_rule(25, "https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/", trap=True)
def accelerators_are_declared(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An accelerator is asked for by `accelerators`, which says its kind and how many, not by its resource alone."""
    for path, _predictor, node in model.nodes():
        named = {**node.resources.requests, **node.resources.limits}
        said = node.container.get("resources") or {}
        for kind in ("requests", "limits"):
            named |= said.get(kind) or {}
        for name in sorted(named):
            if name.startswith(_DEVICES) and node.resources.accelerators is None:
                yield Finding(
                    path=f"{path}.resources",
                    value=name,
                    why="which accelerator it is stays unknown, so that neither place nor memory can be checked",
                    fix="give resources.accelerators with its kind and count",
                )

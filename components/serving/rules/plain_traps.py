"""What Kubernetes takes and then does otherwise than it was meant."""

from collections.abc import Callable, Iterator
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.engines.plain.pods import DRAIN_SECONDS
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.plain import ENGINE
from components.serving.spec import ModelDeployment, Node
from components.serving.spec.scaling import Cpu, Memory


def _trap(number: int, source: str) -> Callable[[Check], Check]:
    return rule(f"PL-T{number:02}", source=source, engine=ENGINE, trap=True)


@_trap(1, "pulumi-kubernetes#2491, #2569")
def two_set_the_number(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A Deployment says no number of replicas where an autoscaler sets it: each update would undo what that has set."""
    for at, predictor in enumerate(model.predictors):
        slot = predictor.graph.plain
        if model.scaling_of(predictor).autoscaled and slot and "replicas" in slot.deployment:
            yield Finding(
                path=f"predictors[{at}].graph.plain.deployment.replicas",
                value=str(slot.deployment["replicas"]),
                why="the autoscaler sets the number, and every update sets it back",
                fix="leave it out",
            )


@_trap(2, "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination")
def time_to_drain(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A pod that is going has more time than it waits before it stops."""
    for path, _predictor, node in model.nodes():
        seconds = node.pod.get("terminationGracePeriodSeconds")
        if model.safe_defaults and seconds is not None and seconds <= DRAIN_SECONDS:
            yield Finding(
                path=f"{path}.pod.terminationGracePeriodSeconds",
                value=str(seconds),
                why=f"it waits {DRAIN_SECONDS} s for the proxies first, and is killed with its requests",
                fix=f"give more than {DRAIN_SECONDS} and the longest request together",
            )


@_trap(
    3, "https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods"
)
def policies_hold(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A pod has a network of its own, to which network policies apply."""
    for path, _predictor, node in model.nodes():
        if node.pod.get("hostNetwork"):
            yield Finding(
                path=f"{path}.pod.hostNetwork",
                value="true",
                why="network policies are not applied to pods in the node's network: everybody reaches it",
                fix="leave it out",
            )


@_trap(4, "https://kubernetes.io/docs/tasks/run-application/configure-pdb/")
def nodes_can_be_emptied(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A disruption budget lets some pod go."""
    for at, predictor in enumerate(model.predictors):
        slot = predictor.graph.plain
        if slot and _never(slot.budget, model.scaling_of(predictor).min_replicas):
            yield Finding(
                path=f"predictors[{at}].graph.plain.budget",
                value=", ".join(f"{key}: {value}" for key, value in sorted(slot.budget.items())),
                why="no pod may ever go, so that no node with one can be drained or renewed",
                fix="let one go: maxUnavailable 1, with two replicas or more",
            )


def _never(budget: dict[str, Any], replicas: int) -> bool:
    stays, goes = budget.get("minAvailable"), budget.get("maxUnavailable")
    if goes is not None:
        return goes in (0, "0%")
    return stays == "100%" or (isinstance(stays, int) and stays >= max(replicas, 1))


@_trap(5, "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details")
def share_of_something(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Where a share of the cores or the memory sets the number, they are requested."""
    for at, predictor in enumerate(model.predictors):
        scaling = model.scaling_of(predictor)
        if model.safe_defaults or not scaling.autoscaled or _says_metrics(predictor.graph):
            continue
        for metric in scaling.metrics or (Cpu(),):
            if isinstance(metric, Cpu | Memory) and metric.kind not in _requested(predictor.graph):
                yield Finding(
                    path=f"predictors[{at}].graph.resources.requests",
                    value="",
                    why=f"the autoscaler measures a share of the requested {metric.kind}, none is, and it does nothing",
                    fix=f"request {metric.kind}",
                )


def _says_metrics(node: Node) -> bool:
    return bool(node.plain and node.plain.autoscaler.get("metrics"))


def _requested(node: Node) -> set[str]:
    said = node.container.get("resources") or {}
    named = {*node.resources.requests, *node.resources.limits}
    named |= {*(said.get("requests") or {}), *(said.get("limits") or {})}
    return named | {name for name in ("cpu", "memory") if getattr(node.resources, name)}

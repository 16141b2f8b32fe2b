"""What KServe's webhook demands of replicas, metrics, loggers, several nodes and canaries."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.quantity import quantity
from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve import marks
from components.serving.rules.base import Finding
from components.serving.rules.kserve_view import (
    NO_NODE,
    NO_PREDICTOR,
    UPSTREAM,
    Part,
    autoscaler,
    kserve,
    mode,
    of_pod,
    own,
    parts,
    resources_of,
    storage_uri,
    variable,
)
from components.serving.spec import ModelDeployment, Predictor
from components.serving.spec.kserve_parts import Logger

_COMPONENT = f"{UPSTREAM}pkg/apis/serving/v1beta1/component.go"
_MODES = ("all", "request", "response")
_PLAIN_RESOURCES = {"cpu", "memory", "storage", "ephemeral-storage"}
GPU_TYPES = {"nvidia.com/gpu", "amd.com/gpu", "intel.com/gpu", "habana.ai/gaudi"}
SIZES = ("PIPELINE_PARALLEL_SIZE", "TENSOR_PARALLEL_SIZE")


@kserve("KS-06", _COMPONENT)
def replicas(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """No number of replicas or of concurrent requests is below zero, and the least is not above the most."""
    for part in parts(model, facts):
        found = part.extension
        least, most = found.get("minReplicas", 1), found.get("maxReplicas", 0)
        for name, value in (("minReplicas", least), ("maxReplicas", most)):
            if value < 0:
                yield Finding(path=part.at, value=str(value), why=f"{name} is below zero", fix="give 0 or more")
        if least > most != 0:
            yield Finding(
                path=part.at, value=f"{least} > {most}", why="the least number of replicas is above the most",
                fix="raise the most, or lower the least",
            )  # fmt: skip
        if found.get("containerConcurrency", 0) < 0:
            yield Finding(
                path=f"{part.at}.container_concurrency", value=str(found["containerConcurrency"]),
                why="it is below zero", fix="give 0, which is without a limit, or more",
            )  # fmt: skip


@kserve("KS-07", _COMPONENT)
def logger(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A logger says its mode, and a logger's storage has a path, parameters and a key."""
    for part in parts(model, facts):
        declared = _logger(part, model)
        if declared is None:
            continue
        if declared.get("mode") not in _MODES:
            yield Finding(
                path=f"{part.path}.kserve.logger.mode", value=str(declared.get("mode") or ""),
                why="KServe's webhook demands a mode, though its text says that all is the default",
                fix=f"give one of {', '.join(_MODES)}",
            )  # fmt: skip
        storage = declared.get("storage")
        missing = [key for key in ("path", "parameters", "key") if storage is not None and storage.get(key) is None]
        if missing:
            yield Finding(
                path=f"{part.path}.kserve.logger.storage", value="", why=f"it lacks {', '.join(missing)}",
                fix="give path, parameters and key",
            )  # fmt: skip


def _logger(part: Part, model: ModelDeployment) -> Mapping[str, Any] | None:
    slot: Logger | None = (part.node.kserve or NO_NODE).logger
    if slot is not None:
        return slot.written()
    declared = getattr(part.node, "logging", None) or (model.logging if part.kind == "predictor" else None)
    return None if declared is None else {"mode": declared.mode} | declared.options


@kserve("KS-12")
def knative_scaling(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """In Knative mode there is no deployment strategy, and the metric is concurrency or rps, of at least 1."""
    if mode(model, facts) == "Standard" or _knative_hpa(model):
        return
    for part in _scaled(model, facts):
        found = part.extension
        if "deploymentStrategy" in found:
            yield Finding(
                path=f"{part.at}.deployment_strategy", value="", why="Knative replaces pods in its own way",
                fix="remove it, or use Standard mode",
            )  # fmt: skip
        metric = found.get("scaleMetric", "concurrency")
        if metric not in ("concurrency", "rps"):
            yield Finding(
                path=f"{part.at}.scaling", value=metric, why="Knative's own autoscaler knows concurrency and rps",
                fix=f"give one of them, or kserve=KServe(knative_class='{marks.KNATIVE_HPA}')",
            )  # fmt: skip
        if metric == "rps" and found.get("scaleTarget", 1) < 1:
            yield Finding(
                path=f"{part.at}.scaling", value=str(found["scaleTarget"]), why="the target of rps is below 1",
                fix="give 1 or more",
            )  # fmt: skip


def _knative_hpa(model: ModelDeployment) -> bool:
    if marks.annotations_of(model).get(marks.KNATIVE_CLASS) == marks.KNATIVE_HPA:
        return True
    metrics = model.scaling_of(model.predictors[0]).metrics
    return model.safe_defaults and any(metric.kind in ("cpu", "memory") for metric in metrics)


def _scaled(model: ModelDeployment, facts: EngineFacts) -> Iterator[Part]:
    return (part for part in parts(model, facts) if part.kind != "canary")


@kserve("KS-13")
def hpa_scaling(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """An HPA's metric is cpu or memory, with a target from 1 to 100; a list of metrics has none but resources."""
    standard = mode(model, facts) == "Standard"
    if marks.class_of(model) != "hpa" if standard else not _knative_hpa(model):
        return
    for part in _scaled(model, facts):
        found = part.extension
        metric, target = found.get("scaleMetric", "cpu"), found.get("scaleTarget")
        if metric not in ("cpu", "memory"):
            yield Finding(
                path=f"{part.at}.scaling", value=metric, why="an HPA knows cpu and memory here",
                fix="give one of them, or use Knative mode, or a Prometheus query with KEDA",
            )  # fmt: skip
        # The webhook means the upper bound for cpu alone; as it is written it holds for both.
        if target is not None and not 1 <= target <= 100:
            yield Finding(
                path=f"{part.at}.scaling", value=str(target), why="KServe's webhook takes targets from 1 to 100",
                fix="give percent of what is requested",
            )  # fmt: skip
        for at, one in enumerate(found.get("autoScaling", {}).get("metrics") or ()):
            if one["type"] != "Resource" or "resource" not in one:
                yield Finding(
                    path=f"{part.at}.kserve.auto_scaling.metrics[{at}]", value=one["type"],
                    why="an HPA of KServe's takes resources alone",
                    fix="give type Resource with its resource, or kserve=KServe(autoscaler_class='keda')",
                )  # fmt: skip


@kserve("KS-14")
def keda_scaling(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """With KEDA there is no scale metric, and every metric of the list has a query or a target of its kind."""
    if autoscaler(model, facts) != "keda":
        return
    for part in _scaled(model, facts):
        if "scaleMetric" in part.extension:
            yield Finding(
                path=f"{part.at}.kserve.scale_metric", value=part.extension["scaleMetric"],
                why="KServe's webhook takes none with KEDA", fix="put it into auto_scaling.metrics",
            )  # fmt: skip
        for at, one in enumerate(part.extension.get("autoScaling", {}).get("metrics") or ()):
            why = _resource(one) if one["type"] == "Resource" else _query(one)
            if why:
                yield Finding(
                    path=f"{part.at}.kserve.auto_scaling.metrics[{at}]", value=one["type"], why=why,
                    fix="give what KServe's webhook asks for, or scale by another metric",
                )  # fmt: skip


def _resource(one: Mapping[str, Any]) -> str | None:
    resource = one.get("resource")
    if resource is None or resource.get("name") not in ("cpu", "memory"):
        return "a resource metric names cpu or memory"
    target = resource.get("target") or {}
    kind = target.get("type")
    if resource["name"] == "cpu" and kind != "Utilization":
        return "the target of cpu is of type Utilization"
    if kind not in ("Utilization", "AverageValue"):
        return "the target of memory is of type Utilization or AverageValue"
    if kind == "Utilization":
        return None if 1 <= target.get("averageUtilization", 0) <= 100 else "averageUtilization is from 1 to 100"
    value = target.get("averageValue")
    return None if value is not None and quantity(str(value)) >= 2**20 else "averageValue of memory is at least 1Mi"


def _query(one: Mapping[str, Any]) -> str | None:
    found = one.get("external" if one["type"] == "External" else "podmetric")
    if found is None:
        return "the metric of this type is missing"
    if not found["metric"].get("query"):
        return "the query is empty"
    target = found["target"]
    if target.get("value") is None:
        return "the target's value is missing"
    if target.get("type") == "Utilization":
        return None if 1 <= target.get("averageUtilization", 0) <= 100 else "averageUtilization is from 1 to 100"
    return "averageValue is missing" if target.get("type") == "AverageValue" and "averageValue" not in target else None


@kserve("KS-15")
def several_nodes(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A model on several nodes has one container a worker, its files on a volume or in an image, and no autoscaler."""
    for part in parts(model, facts):
        worker = (part.predictor.kserve or NO_PREDICTOR).worker
        if part.kind != "predictor" or worker is None:
            continue
        path = f"{part.at}.kserve.worker"
        workers = [container for _, container in of_pod({"containers": worker.pod.get("containers", ())}, "")]
        for why, fix in _workers(model, part, workers):
            yield Finding(path=path, value="", why=why, fix=fix)
        for name in ("pipeline_parallel_size", "tensor_parallel_size"):
            size = getattr(worker, name)
            if size is not None and size < 1:
                yield Finding(path=f"{path}.{name}", value=str(size), why="it is below 1", fix="give 1 or more")


def _workers(model: ModelDeployment, part: Part, workers: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    if len(workers) > 1:
        yield "a worker has one container", "leave one"
    known = GPU_TYPES | set(json.loads(marks.annotations_of(model).get(marks.GPU_TYPES, "[]")))
    asked = resources_of(own(part.node), part.node) if not part.custom else set()
    for container in workers:
        asked |= resources_of(container)
    if unknown := sorted(asked - _PLAIN_RESOURCES - known):
        yield f"KServe knows no accelerator {', '.join(unknown)}", "name it in kserve=KServe(gpu_resource_types=...)"
    if part.custom:
        return
    for size in SIZES:
        if variable(own(part.node), size) is not None:
            yield f"the variable {size} is KServe's own", "give it as a size of the worker"
    uri = storage_uri(part.node)
    if uri is None or not uri.startswith(("pvc://", "oci://")):
        yield "every pod needs the files at once", "give an artifact at pvc:// or oci://"
    if marks.class_of(model) != "none":
        yield "the number of nodes is fixed", "set kserve=KServe(autoscaler_class='none')"


@kserve("KS-16")
def canaries(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Canaries have names of their own, share at most 100 percent, and are not autoscaled."""
    if mode(model, facts) != "Standard":
        return
    stable, *others = model.predictors
    names = {_name(stable)}
    total = 0
    for at, canary in enumerate(others, 1):
        path, percent = f"predictors[{at}]", canary.traffic or 0
        total += percent
        if not 0 <= percent <= 100:
            yield Finding(path=f"{path}.traffic", value=str(percent), why="no percentage", fix="give 0 to 100")
        if not _name(canary) or _name(canary) in names:
            yield Finding(
                path=f"{path}.name", value=_name(canary), why="every canary has a name of its own",
                fix="name it after its version",
            )  # fmt: skip
        names.add(_name(canary))
        for why in _of_canary(stable, canary, model):
            yield Finding(
                path=f"{path}.scaling", value="", why=f"a canary {why}",
                fix="leave its scaling out: KServe takes its share of the stable predictor's replicas",
            )  # fmt: skip
    if total > 100:
        yield Finding(
            path="predictors", value=f"{total}", why="the canaries share more than 100 percent",
            fix="lower them; the stable predictor gets the rest",
        )  # fmt: skip


def _name(predictor: Predictor) -> str:
    own_name = (predictor.kserve or NO_PREDICTOR).name
    return own_name if own_name is not None else predictor.name


def _of_canary(stable: Predictor, canary: Predictor, model: ModelDeployment) -> Iterator[str]:
    slot, scale = canary.kserve or NO_PREDICTOR, canary.scaling
    if slot.worker is not None:
        yield "runs on one node"
    if scale is not None and (scale.max_replicas or scale.metrics or scale.behavior):
        yield "is not autoscaled"
    if slot.scale_target is not None or slot.scale_metric is not None or slot.auto_scaling is not None:
        yield "is not autoscaled"
    if scale is not None and scale.min_replicas > model.scaling_of(stable).min_replicas:
        yield "has no more replicas than the stable predictor"

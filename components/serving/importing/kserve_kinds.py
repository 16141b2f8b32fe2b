"""InferenceGraph and ServingRuntime, read into declarations of their own."""

from typing import Any

from components.serving.importing import kserve_parts as parts
from components.serving.importing.base import NoPlace
from components.serving.importing.reading import Reading
from components.serving.spec.kserve_kinds import (
    ROUTER_POD,
    RUNTIME_POD,
    GraphNode,
    InferenceGraph,
    ModelMesh,
    RuntimeWorker,
    ServingRuntime,
    SupportedModelFormat,
)
from components.serving.spec.kserve_parts import Router, RouterScaling


def graph(spec: Reading, common: dict[str, Any]) -> InferenceGraph | None:
    """The spec of an InferenceGraph.

    Args:
        spec: of the manifest.
        common: name, labels and annotations.
    """
    nodes = spec.child("nodes")
    found = {name: parts.slot_of(GraphNode, node, nodes.at(name), spec) for name, node in nodes.rest().items()}
    resources = spec.take("resources")
    if resources == {}:
        spec.differ("resources", parts.EMPTY)
    pod = _pod(spec, ROUTER_POD)
    scaling = parts.slot_of(RouterScaling, spec.rest(), spec.path, spec)
    if scaling is None or spec.notes.problems:
        return None
    router = Router(**dict(scaling), resources=resources or {}, pod=pod)
    return InferenceGraph(
        **common, nodes={name: node for name, node in found.items() if node}, router=router, safe_defaults=False
    )


def _pod(reading: Reading, keys: frozenset[str]) -> dict[str, Any]:
    taken = {key: reading.take(key) for key in sorted(keys) if reading.has(key)}
    return parts.part("PodSpec", taken, reading.path, reading)


def runtime(spec: Reading, common: dict[str, Any], *, cluster: bool) -> ServingRuntime | None:
    """The spec of a ServingRuntime or a ClusterServingRuntime.

    Args:
        spec: of the manifest.
        common: name, labels and annotations.
        cluster: for all namespaces.
    """
    formats = parts.slots(SupportedModelFormat, spec, "supportedModelFormats")
    versions = spec.take("protocolVersions")
    disabled = parts.scalar(spec, "disabled", bool)
    labels, annotations = parts.texts(spec, "labels"), parts.texts(spec, "annotations")
    worker = _worker(spec.child("workerSpec")) if spec.has("workerSpec") else None
    pod = _pod(spec, RUNTIME_POD)
    mesh = parts.slot_of(ModelMesh, spec.rest(), spec.path, spec)
    if mesh is None or spec.notes.problems:
        return None
    return ServingRuntime(
        **common, cluster=cluster, supported_model_formats=formats, disabled=disabled, pod=pod, worker=worker,
        protocol_versions=None if versions is None else tuple(versions), model_mesh=mesh,
        pod_labels=labels or None, pod_annotations=annotations or None,
    )  # fmt: skip


def _worker(reading: Reading) -> RuntimeWorker | None:
    sizes = {
        "pipeline_parallel_size": parts.scalar(reading, "pipelineParallelSize", int),
        "tensor_parallel_size": parts.scalar(reading, "tensorParallelSize", int),
    }
    labels, annotations = parts.texts(reading, "labels"), parts.texts(reading, "annotations")
    pod = _pod(reading, RUNTIME_POD)
    for key in reading.rest():
        reading.notes.problems.append(NoPlace(reading.at(key), "a ServingRuntime's worker has no such field"))
    return RuntimeWorker(pod=pod, labels=labels or None, annotations=annotations or None, **sizes)

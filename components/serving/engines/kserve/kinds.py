"""KServe's own kinds: InferenceGraph and ServingRuntime, from their declarations."""

from typing import Any

from components.serving.engines.context import BuildContext, Manifest
from components.serving.engines.kserve.marks import metadata
from components.serving.spec.kserve_kinds import InferenceGraph, RuntimeWorker, ServingRuntime
from components.serving.spec.kserve_parts import Router

API_VERSION = "serving.kserve.io/v1alpha1"


def graph(declaration: InferenceGraph, context: BuildContext) -> Manifest:
    """An InferenceGraph."""
    return {
        "apiVersion": API_VERSION,
        "kind": "InferenceGraph",
        "metadata": metadata(declaration.name, context.namespace, declaration.labels, declaration.annotations),
        "spec": {"nodes": {name: node.written() for name, node in declaration.nodes.items()}}
        | router(declaration.router),
    }


def router(declared: Router) -> dict[str, Any]:
    """The fields of an InferenceGraph that tell of its pods."""
    scaling = declared.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"resources", "pod"})
    return scaling | ({"resources": declared.resources} if declared.resources else {}) | declared.pod


def runtime(declaration: ServingRuntime, context: BuildContext) -> Manifest:
    """A ServingRuntime, or a ClusterServingRuntime, which lies in no namespace."""
    cluster = declaration.cluster
    spec: dict[str, Any] = {}
    if declaration.supported_model_formats is not None:
        spec["supportedModelFormats"] = [one.written() for one in declaration.supported_model_formats]
    if declaration.protocol_versions is not None:
        spec["protocolVersions"] = list(declaration.protocol_versions)
    if declaration.disabled is not None:
        spec["disabled"] = declaration.disabled
    spec |= declaration.pod | _marks(declaration.pod_labels, declaration.pod_annotations)
    if declaration.worker is not None:
        spec["workerSpec"] = _worker(declaration.worker)
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterServingRuntime" if cluster else "ServingRuntime",
        "metadata": metadata(
            declaration.name, "" if cluster else context.namespace, declaration.labels, declaration.annotations
        ),
        "spec": spec | declaration.model_mesh.written(),
    }


def _marks(labels: dict[str, str] | None, annotations: dict[str, str] | None) -> dict[str, Any]:
    found = {"labels": labels, "annotations": annotations}
    return {key: value for key, value in found.items() if value}


def _worker(worker: RuntimeWorker) -> dict[str, Any]:
    sizes = {
        "pipelineParallelSize": worker.pipeline_parallel_size,
        "tensorParallelSize": worker.tensor_parallel_size,
    }
    said = {key: size for key, size in sizes.items() if size is not None}
    return worker.pod | _marks(worker.labels, worker.annotations) | said

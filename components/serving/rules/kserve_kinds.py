"""What KServe demands of an InferenceGraph and of a ServingRuntime, and what it takes and then ignores or breaks.

A disabled runtime is not looked at by the webhook.
"""

from collections.abc import Iterator

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding
from components.serving.rules.kserve_scaling import GPU_TYPES, SIZES
from components.serving.rules.kserve_service import NAME
from components.serving.rules.kserve_view import UPSTREAM, kserve, resources_of, variable
from components.serving.spec.kserve_kinds import ROOT, ROUTER_POD, InferenceGraph, ServingRuntime, Step

_GRAPH = f"{UPSTREAM}pkg/apis/serving/v1alpha1/inference_graph_validation.go"
_ROUTER = f"{UPSTREAM}cmd/router/main.go"
_RUNTIME = f"{UPSTREAM}pkg/webhook/admission/servingruntime/servingruntime_webhook.go"
_CONTAINER = "kserve-container"
_PLAIN = {"cpu", "memory", "storage", "ephemeral-storage"}


def _steps(graph: InferenceGraph) -> Iterator[tuple[str, str, int, Step]]:
    """Path of a step, the name of its router, its place, itself."""
    for name, node in graph.nodes.items():
        for at, step in enumerate(node.steps or ()):
            yield f"nodes.{name}.steps[{at}]", name, at, step


@kserve("KS-G01", _GRAPH, about=InferenceGraph)
def graph_name(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """The name of an InferenceGraph is of small letters, digits and dashes, and begins with a letter."""
    if not NAME.fullmatch(graph.name):
        yield Finding(
            path="name", value=graph.name, why="KServe's webhook refuses the name",
            fix="give small letters, digits and dashes, a letter first",
        )  # fmt: skip


@kserve("KS-G02", _GRAPH, about=InferenceGraph)
def graph_root(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """A graph has a node root, which gets the request."""
    if ROOT not in graph.nodes:
        yield Finding(path="nodes", value="", why="no node is named root", fix="name the first node root")


@kserve("KS-G03", _GRAPH, about=InferenceGraph)
def step_names(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """The steps of a node have different names."""
    seen: set[tuple[str, str]] = set()
    for path, node, _, step in _steps(graph):
        if step.name and (node, step.name) in seen:
            yield Finding(path=f"{path}.name", value=step.name, why="two steps of this name", fix="rename one")
        seen.add((node, step.name or ""))


@kserve("KS-G04", _GRAPH, about=InferenceGraph)
def one_target(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """A step goes to a node, a service or a URL, to exactly one of them."""
    for path, _, _, step in _steps(graph):
        targets = [target for target in (step.node_name, step.service_name, step.service_url) if target]
        if len(targets) != 1:
            yield Finding(
                path=path, value=", ".join(targets), why=f"{len(targets)} targets",
                fix="give one of node_name, service_name and service_url",
            )  # fmt: skip


@kserve("KS-G05", _GRAPH, about=InferenceGraph)
def weights(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """Every step of a splitter has a weight, and they make 100 in all."""
    for name, node in graph.nodes.items():
        if node.router_type != "Splitter":
            continue
        found = [step.weight for step in node.steps or ()]
        total = sum(weight or 0 for weight in found)
        if None in found or total != 100:
            yield Finding(
                path=f"nodes.{name}.steps", value=str(total), why="the weights of a splitter make 100 in all",
                fix="give every step its weight",
            )  # fmt: skip


@kserve("KS-X14", f"{UPSTREAM}pkg/apis/serving/v1alpha1/inference_graph.go", about=InferenceGraph)
def router_pod(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """Of a router's pod only its place and its account can be said."""
    for key in sorted(graph.router.pod.keys() - ROUTER_POD):
        yield Finding(
            path=f"router.pod.{key}", value="", why="an InferenceGraph has no such field",
            fix=f"it has {', '.join(sorted(ROUTER_POD))}",
        )  # fmt: skip


@kserve("KS-GT01", _ROUTER, trap=True, about=InferenceGraph)
def dangling(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """A step goes to a node that is there."""
    for path, _, _, step in _steps(graph):
        if step.node_name and step.node_name not in graph.nodes:
            yield Finding(
                path=f"{path}.node_name", value=step.node_name, why="there is no such node: the request fails",
                fix=f"give one of {', '.join(sorted(graph.nodes))}",
            )  # fmt: skip


@kserve("KS-GT02", _ROUTER, trap=True, about=InferenceGraph)
def cycles(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """No node comes back to itself."""
    below = {
        name: [step.node_name for step in node.steps or () if step.node_name in graph.nodes]
        for name, node in graph.nodes.items()
    }
    for name, first in below.items():
        reached, waiting = set[str](), [target for target in first if target]
        while waiting:
            target = waiting.pop()
            if target not in reached:
                reached.add(target)
                waiting += [after for after in below[target] if after]
        if name in reached:
            yield Finding(
                path=f"nodes.{name}", value="", why="it comes back to itself: a request goes round until it fails",
                fix="take out one of the steps",
            )  # fmt: skip


@kserve("KS-GT03", _ROUTER, trap=True, about=InferenceGraph)
def empty(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """Every node has steps."""
    for name, node in graph.nodes.items():
        if not node.steps:
            yield Finding(
                path=f"nodes.{name}.steps",
                value="",
                why="it answers nothing, or fails",
                fix="give it a step, or remove it",
            )


@kserve("KS-GT04", _ROUTER, trap=True, about=InferenceGraph)
def conditions(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """Every step of a switch has a condition."""
    for path, node, _, step in _steps(graph):
        if graph.nodes[node].router_type == "Switch" and not step.condition:
            yield Finding(
                path=f"{path}.condition", value="", why="without one it is never chosen",
                fix="give a gjson path that must exist in the request",
            )  # fmt: skip


@kserve("KS-GT05", _ROUTER, trap=True, about=InferenceGraph)
def data(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """A step takes the first request, or with $response in a sequence the answer before it."""
    for path, node, at, step in _steps(graph):
        if step.data in (None, "", "$request"):
            continue
        if step.data != "$response" or graph.nodes[node].router_type != "Sequence" or at == 0:
            yield Finding(
                path=f"{path}.data", value=step.data, why="ignored: the step gets the first request",
                fix="give $response, in a sequence, after its first step",
            )  # fmt: skip


@kserve("KS-GT06", _ROUTER, trap=True, about=InferenceGraph)
def first_condition(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """The first step of a sequence has no condition: there is no answer yet that could meet it."""
    for path, node, at, step in _steps(graph):
        if at == 0 and step.condition and graph.nodes[node].router_type == "Sequence":
            yield Finding(
                path=f"{path}.condition", value=step.condition, why="every request fails with status 500",
                fix="remove it, or use a switch",
            )  # fmt: skip


@kserve("KS-GT07", _ROUTER, trap=True, about=InferenceGraph)
def unused(graph: InferenceGraph, _facts: EngineFacts) -> Iterator[Finding]:
    """Weights belong to a splitter, and `predictions` become `instances` in a sequence alone."""
    for path, node, _, step in _steps(graph):
        kind = graph.nodes[node].router_type
        if step.weight is not None and kind != "Splitter":
            yield Finding(path=f"{path}.weight", value=str(step.weight), why=f"a {kind} ignores it", fix="remove it")
        if step.map_predictions_to_instances and kind != "Sequence":
            yield Finding(
                path=f"{path}.map_predictions_to_instances", value="true", why=f"a {kind} ignores it", fix="remove it"
            )


@kserve("KS-R01", _RUNTIME, about=ServingRuntime)
def one_priority(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """Inside a runtime all versions of a format have the same priority."""
    seen: dict[str, int | None] = {}
    for at, form in enumerate(runtime.supported_model_formats or ()):
        if not form.auto_select or runtime.disabled:
            continue
        first = seen.setdefault(form.name, form.priority)
        if first is not None and form.priority is not None and first != form.priority:
            yield Finding(
                path=f"supported_model_formats[{at}].priority", value=str(form.priority),
                why=f"another version of {form.name} has {first}", fix="give all versions one priority",
            )  # fmt: skip


@kserve("KS-R04", _RUNTIME, about=ServingRuntime)
def one_worker(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """A worker has exactly one container, and the webhook ends with an error where it has none."""
    if runtime.disabled or runtime.worker is None:
        return
    number = len(runtime.worker.pod.get("containers", ()))
    if number != 1:
        yield Finding(
            path="worker.pod.containers", value=str(number), why="KServe's webhook takes one", fix="give one container"
        )


@kserve("KS-R05", _RUNTIME, about=ServingRuntime)
def sizes(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """A worker's sizes are 1 or more, and no variable says them again."""
    if runtime.disabled or runtime.worker is None:
        return
    for name in ("pipeline_parallel_size", "tensor_parallel_size"):
        size = getattr(runtime.worker, name)
        if size is not None and size < 1:
            yield Finding(path=f"worker.{name}", value=str(size), why="it is below 1", fix="give 1 or more")
    for at, container in enumerate(runtime.pod.get("containers", ())):
        for name in SIZES:
            if container.get("name") == _CONTAINER and variable(container, name) is not None:
                yield Finding(
                    path=f"pod.containers[{at}].env.{name}", value="", why="the variable is KServe's own",
                    fix="give it as a size of the worker",
                )  # fmt: skip


@kserve("KS-R06", _RUNTIME, about=ServingRuntime)
def runtime_path(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """No container of a runtime sets PYTHONPATH."""
    if runtime.disabled:
        return
    pods = {"pod": runtime.pod} | ({"worker.pod": runtime.worker.pod} if runtime.worker else {})
    for path, pod in pods.items():
        for at, container in enumerate(pod.get("containers", ())):
            if variable(container, "PYTHONPATH") is not None:
                yield Finding(
                    path=f"{path}.containers[{at}].env.PYTHONPATH", value="", why="KServe's webhook forbids it",
                    fix="install the module into the image",
                )  # fmt: skip


@kserve("KS-R07", _RUNTIME, about=ServingRuntime)
def accelerators(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """A runtime for several nodes asks for accelerators that KServe knows."""
    if runtime.disabled or runtime.worker is None:
        return
    listed = [c for c in runtime.pod.get("containers", ()) if c.get("name") == _CONTAINER]
    asked = {
        name for container in [*listed, *runtime.worker.pod.get("containers", ())] for name in resources_of(container)
    }
    for name in sorted(asked - _PLAIN - GPU_TYPES):
        yield Finding(
            path="pod.containers", value=name, why="KServe knows no such accelerator",
            fix="name it in the annotation serving.kserve.io/gpu-resource-types",
        )  # fmt: skip


@kserve("KS-RT01", f"{UPSTREAM}pkg/controller/v1beta1/inferenceservice/utils/utils.go", trap=True, about=ServingRuntime)
def serving_container(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """A runtime has a container kserve-container, with which a model is merged."""
    mesh = runtime.model_mesh.multi_model
    if not mesh and _CONTAINER not in [c.get("name") for c in runtime.pod.get("containers", ())]:
        yield Finding(
            path="pod.containers", value="", why=f"none is named {_CONTAINER}: no model can be served",
            fix=f"name the one that serves {_CONTAINER}",
        )  # fmt: skip


@kserve("KS-RT02", f"{UPSTREAM}pkg/apis/serving/v1alpha1/servingruntime_types.go", trap=True, about=ServingRuntime)
def priority_of_none(runtime: ServingRuntime, _facts: EngineFacts) -> Iterator[Finding]:
    """A priority counts where the runtime may be chosen by itself."""
    for at, form in enumerate(runtime.supported_model_formats or ()):
        if form.priority is not None and not form.auto_select:
            yield Finding(
                path=f"supported_model_formats[{at}].priority", value=str(form.priority),
                why="ignored: without auto_select the runtime is never chosen by itself",
                fix="set auto_select, or remove the priority",
            )  # fmt: skip

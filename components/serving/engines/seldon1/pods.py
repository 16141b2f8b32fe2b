"""The pods of a predictor: `componentSpecs`."""

from dataclasses import replace
from typing import Any

from components import labels
from components.serving.engines.context import (
    ANYWHERE,
    BuildContext,
    NodeContext,
    Placement,
    asked_for,
    image_of,
    node_key,
)
from components.serving.engines.seldon1 import scaling, words
from components.serving.engines.seldon1.first_step import CONTAINER_SECURITY, first_step, mount
from components.serving.engines.seldon1.graph import present
from components.serving.spec import (
    Builtin,
    Container,
    ModelDeployment,
    ModelServer,
    Node,
    Predictor,
    Protocol,
    Resources,
)
from components.serving.spec.node import walk
from components.serving.spec.pod import Env
from components.serving.spec.seldon1 import Seldon1Component, Seldon1Predictor

# operator/constants/constants.go
_TF_SERVING = "tfserving"


def component_specs(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> list[dict[str, Any]]:
    """Every pod template of a predictor, in the order in which they are declared, else of the graph."""
    nodes = {model.node_name(node): node for _, node in walk(predictor.graph, "")}
    given = layout(model, predictor, context)
    return [_component(model, predictor, component, nodes, context) for component in given]


def layout(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> tuple[Seldon1Component, ...]:
    """How the nodes are put into pods: as declared, else each node that has a container into pods of its own."""
    slot = predictor.seldon1 or Seldon1Predictor()
    if slot.components:
        return slot.components
    nodes = [node for _, node in walk(predictor.graph, "") if has_container(model, predictor, node, context)]
    return tuple(Seldon1Component(containers=(name,)) for name in dict.fromkeys(map(model.node_name, nodes)))


def has_container(model: ModelDeployment, predictor: Predictor, node: Node, context: BuildContext) -> bool:
    """Whether anything is said of its pod; the operator makes that of a known server by itself."""
    if isinstance(node, Builtin):
        return False
    if isinstance(node, Container) or model.safe_defaults or model.scaling_of(predictor).autoscaled:
        return True
    what = context.of(node_key(model, predictor, node))
    said = (node.image, what.image, what.artifact, node.args, node.env, node.secrets, node.container, node.pod)
    return any(said) or node.resources != Resources() or what.placement != Placement()


def _component(
    model: ModelDeployment,
    predictor: Predictor,
    component: Seldon1Component,
    nodes: dict[str, Node],
    context: BuildContext,
) -> dict[str, Any]:
    containers: list[dict[str, Any]] = []
    pod: dict[str, Any] = _pod(model) if model.safe_defaults else {}
    for entry in component.containers:
        if not isinstance(entry, str):
            containers.append(entry)
            continue
        node = nodes[entry]
        what = context.of(node_key(model, predictor, node))
        made = _containers(model, entry, node, what)
        if what.artifact and isinstance(node, Container):
            made = [merged(container, {"volumeMounts": [mount(entry)]}) for container in made]
        containers += made
        if what.artifact:
            serving = _TF_SERVING if len(made) > 1 else entry
            pod = merged(pod, first_step(serving, what.artifact))
        pod = merged(pod, _placement(what.placement), node.pod)
    pod = merged(pod, component.pod)
    described = {"name": component.name, "labels": component.labels, "annotations": component.annotations}
    # An empty `securityContext` or `pdbSpec` says something else than none.
    spec = {**pod, "containers": containers} if pod or containers else {}
    return present({"metadata": present(described), "spec": spec}) | _replicas(model, predictor, component, context)


def _replicas(
    model: ModelDeployment, predictor: Predictor, component: Seldon1Component, context: BuildContext
) -> dict[str, Any]:
    """What sets the number of replicas: the component's own slot before the predictor's scaling."""
    found: dict[str, Any] = {} if component.replicas is None else {"replicas": component.replicas}
    wanted = model.scaling_of(predictor)
    if wanted.autoscaled and not (component.hpa or component.keda or component.replicas is not None):
        found |= scaling.autoscaler(model, predictor, wanted, context)
    if component.hpa:
        found["hpaSpec"] = scaling.hpa(component.hpa)
    if component.keda:
        found["kedaSpec"] = scaling.keda(component.keda)
    if component.disruption_budget:
        found["pdbSpec"] = scaling.budget(component.disruption_budget)
    return found


def _containers(model: ModelDeployment, name: str, node: Node, what: NodeContext) -> list[dict[str, Any]]:
    """A node's container; of TENSORFLOW_SERVER it is a proxy, and TF Serving another, unless its protocol is spoken.

    The operator fills in of that one what is not said (operator/controllers/seldondeployment_prepackaged_servers.go).
    """
    safe = model.safe_defaults
    if not (safe and isinstance(node, ModelServer) and _is_behind_proxy(model, node)):
        return [_container(name, node, what, safe=safe)]
    proxy = node.model_copy(update={"resources": Resources(), "image": None})
    made = {
        "name": _TF_SERVING,
        "image": image_of(node.image, what),
        "resources": requirements(node.resources, safe=safe, placement=what.placement),
        "securityContext": CONTAINER_SECURITY,
    }
    return [_container(name, proxy, replace(what, image=None), safe=safe), present(made)]


def _is_behind_proxy(model: ModelDeployment, node: ModelServer) -> bool:
    return words.implementation(node) == "TENSORFLOW_SERVER" and model.protocol is not Protocol.TENSORFLOW


def _container(name: str, node: Node, what: NodeContext, *, safe: bool) -> dict[str, Any]:
    if isinstance(node, Builtin):
        raise TypeError(f"{name}: what is built in has no container")
    made = {
        "image": image_of(node.image, what),
        "args": list(node.args),
        "env": environment(node.env) + [
            {"name": key, "valueFrom": {"secretKeyRef": {"name": ref.name, "key": ref.key}}}
            for key, ref in node.secrets.items()
        ],
        "ports": _ports(node),
        "resources": requirements(node.resources, safe=safe, placement=what.placement),
        **_probes(node),
        **({"securityContext": CONTAINER_SECURITY} if safe else {}),
    }  # fmt: skip
    return {"name": name} | present(made) | node.container | {"name": name}


def environment(env: Env) -> list[dict[str, Any]]:
    """Variables as a container has them, in their order."""
    found: list[dict[str, Any]] = []
    for key, value in env.items():
        match value:
            case None:
                found.append({"name": key})
            case str():
                found.append({"name": key, "value": value})
            case source:
                found.append({"name": key, "valueFrom": source})
    return found


def _ports(node: Container | ModelServer) -> list[dict[str, Any]]:
    """The executor takes the ports with these names before those that the operator would choose."""
    if not isinstance(node, Container):
        return []
    named = {"http": node.port, "grpc": node.grpc_port}
    return [{"name": name, "containerPort": port} for name, port in named.items() if port is not None]


def _probes(node: Container | ModelServer) -> dict[str, Any]:
    if not isinstance(node, Container) or node.port is None:
        return {}
    paths = {"readinessProbe": node.ready_path, "livenessProbe": node.live_path}
    return {probe: {"httpGet": {"path": path, "port": "http"}} for probe, path in paths.items() if path}


def requirements(resources: Resources, *, safe: bool, placement: Placement = ANYWHERE) -> dict[str, Any]:
    """Requests and limits; memory is limited to what is requested, and an accelerator is a limit.

    Args:
        resources: what is declared.
        safe: cores and memory are asked for also where nothing is declared.
        placement: where the pod goes.
    """
    requests: dict[str, Any] = {"cpu": "100m", "memory": "512Mi"} if safe else {}
    limits: dict[str, Any] = {"memory": resources.requests.get("memory", "512Mi")} if safe else {}
    if resources.cpu:
        requests["cpu"] = resources.cpu
    if resources.memory:
        requests["memory"] = limits["memory"] = resources.memory
    if wanted := resources.accelerators:
        limits |= asked_for(wanted, placement)
    return present({"requests": requests | resources.requests, "limits": limits | resources.limits})


def _pod(model: ModelDeployment) -> dict[str, Any]:
    """What every pod gets that the declaration does not say; the executor in the first of them needs no token."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {labels.MODEL: model.name}},
    }
    return {
        "serviceAccountName": model.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "topologySpreadConstraints": [spread],
    }


def _placement(placement: Placement) -> dict[str, Any]:
    return present({"nodeSelector": placement.node_selector, "tolerations": placement.tolerations})


def merged(*parts: dict[str, Any]) -> dict[str, Any]:
    """Parts of one pod as one: maps and lists are put together, of single values the later one holds."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            if isinstance(known, dict) and isinstance(value, dict):
                whole[key] = merged(known, value)
            elif isinstance(known, list) and isinstance(value, list):
                whole[key] = known + [item for item in value if item not in known]
            else:
                whole[key] = value
    return whole

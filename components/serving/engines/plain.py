"""The plain engine: Deployment, Service, HTTPRoute. A pure function from declaration to objects."""

from typing import Any

from catalog import gpu
from components import labels
from components.serving.engines.context import ArtifactSource, BuildContext, NodeContext, node_key
from components.serving.engines.servers import MODELS_DIR, Runtime, runtime
from components.serving.spec import Container, ModelDeployment, ModelServer, Node, Resources

# A pod that is going keeps answering until every proxy has heard of it.
_DRAIN_SECONDS = 5
_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
_POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "runAsGroup": 1000,
    "fsGroup": 1000,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_TMP = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108  a path in the pod


def build(model: ModelDeployment, context: BuildContext) -> dict[str, dict[str, Any]]:
    """The objects of a model by role: service-account, service, deployment, route.

    Args:
        model: the declaration, with the stack's scale.
        context: what the stack adds.
    """
    name, namespace = model.name, context.namespace
    marks = labels.model_labels(name, model.team, context.engine)
    selector = {labels.MODEL: name, labels.PREDICTOR: model.predictors[0].name}
    metadata = {"name": name, "namespace": namespace, "labels": marks}
    return {
        "service-account": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata,
            "automountServiceAccountToken": False,
        },
        "service": {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        },
        "deployment": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": _deployment(model, context, marks, selector),
        },
        "route": {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": metadata,
            "spec": _route(model, context),
        },
    }


def _deployment(
    model: ModelDeployment, context: BuildContext, marks: dict[str, str], selector: dict[str, str]
) -> dict[str, Any]:
    serving = _runtime(model.name, model.predictors[0].graph)
    node = context.of(node_key(model, model.predictors[0], model.predictors[0].graph))
    return {
        "replicas": model.scaling.min_replicas,
        "progressDeadlineSeconds": context.deadline_seconds,
        "revisionHistoryLimit": 2,
        "strategy": _strategy(surge=context.surge),
        "selector": {"matchLabels": selector},
        "template": {
            "metadata": {"labels": marks | selector | _simulated(node), **_annotations(node)},
            "spec": _pod(model, serving, node),
        },
    }


def reader_secret(name: str, namespace: str, team: str, engine: str) -> dict[str, Any]:
    """The Secret with the reader's keys, without its values: those are made by another resource."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"{name}-reader",
            "namespace": namespace,
            "labels": labels.model_labels(name, team, engine),
        },
        "type": "Opaque",
    }


def _simulated(context: NodeContext) -> dict[str, str]:
    return {labels.SIMULATED: "true"} if context.placement.simulated else {}


def _annotations(context: NodeContext) -> dict[str, Any]:
    return {"annotations": {"slipway.dev/artifact": context.artifact.digest}} if context.artifact else {}


def _runtime(name: str, node: Node) -> Runtime:
    if isinstance(node, ModelServer):
        return runtime(name, node)
    if not isinstance(node, Container):
        raise TypeError(f"the plain engine has no {node.kind}")
    return Runtime(
        args=list(node.args),
        env=_values(node),
        port=node.port or 8080,
        ready_path=node.ready_path or "/",
        live_path=node.live_path or "/",
    )


def _values(node: Node) -> dict[str, str]:
    return {key: value for key, value in node.env.items() if isinstance(value, str)}


def _strategy(*, surge: bool) -> dict[str, Any]:
    if not surge:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def _pod(model: ModelDeployment, serving: Runtime, context: NodeContext) -> dict[str, Any]:
    node = model.predictors[0].graph
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}]
    pod: dict[str, Any] = {
        "serviceAccountName": model.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _POD_SECURITY,
        "terminationGracePeriodSeconds": 30,
        "nodeSelector": context.placement.node_selector,
        # One lost answer of the name server costs one second, not the resolver's five.
        "dnsConfig": {"options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "5"}]},
        "containers": [_container(serving, node.resources, context)],
        "volumes": volumes,
    }
    if context.placement.tolerations:
        pod["tolerations"] = context.placement.tolerations
    if context.artifact:
        volumes.append({"name": "model", "emptyDir": {}})
        pod["initContainers"] = [_fetch(model.name, context.artifact)]
    return pod


def _container(serving: Runtime, resources: Resources, context: NodeContext) -> dict[str, Any]:
    def probe(path: str, **timing: int) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": "http"}, **timing}

    mounts = [_TMP]
    if context.artifact:
        mounts.append({"name": "model", "mountPath": MODELS_DIR, "readOnly": True})  # type: ignore[dict-item]
    return {
        "name": "model",
        "image": context.image,
        **({"command": serving.command} if serving.command else {}),
        **({"args": serving.args} if serving.args else {}),
        "env": [{"name": key, "value": value} for key, value in sorted({"HOME": "/tmp", **serving.env}.items())],  # noqa: S108  a path in the pod
        "ports": [{"name": "http", "containerPort": serving.port}],
        "securityContext": _CONTAINER_SECURITY,
        "resources": _resources(resources),
        "startupProbe": probe(serving.ready_path, periodSeconds=1, failureThreshold=600),
        "readinessProbe": probe(serving.ready_path, periodSeconds=1, failureThreshold=3),
        "livenessProbe": probe(serving.live_path, periodSeconds=10, failureThreshold=6, timeoutSeconds=5),
        "lifecycle": {"preStop": {"sleep": {"seconds": _DRAIN_SECONDS}}},
        "volumeMounts": mounts,
    }


def _resources(resources: Resources) -> dict[str, dict[str, str]]:
    limits = {"memory": resources.memory or "512Mi"}
    if resources.accelerators:
        limits[gpu.RESOURCE] = str(resources.accelerators.count)
    return {"requests": {"cpu": resources.cpu or "100m", **limits}, "limits": limits}


def _fetch(name: str, source: ArtifactSource) -> dict[str, Any]:
    """The first step: it fetches every file by its version and compares it with the digest."""
    return {
        "name": "artifact",
        "image": source.image,
        "args": [f"--prefix={source.prefix}", f"--digest={source.digest}", f"--into={MODELS_DIR}/{name}", "--wait=60"],
        "env": [
            {"name": "AWS_REGION", "value": source.region},
            {"name": "HOME", "value": "/tmp"},  # noqa: S108  a path in the pod
            {"name": "S3_BUCKET", "value": source.bucket},
            {"name": "S3_ENDPOINT", "value": source.endpoint},
        ],
        "envFrom": [{"secretRef": {"name": source.secret}}],
        "securityContext": _CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [_TMP, {"name": "model", "mountPath": MODELS_DIR}],
    }


def _route(model: ModelDeployment, context: BuildContext) -> dict[str, Any]:
    gateway, namespace = context.gateway or ("gateway", "slipway-system")
    return {
        "parentRefs": [{"name": gateway, "namespace": namespace}],
        **({"hostnames": [model.exposure.host]} if model.exposure.host else {}),
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": model.path}}],
                "filters": [
                    {
                        "type": "URLRewrite",
                        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}},
                    }
                ],
                "backendRefs": [{"name": model.name, "port": 80}],
            }
        ],
    }

"""The pods of a workload."""

from typing import Any

from components import labels
from components.serving.engines.context import ANYWHERE, ArtifactSource, BuildContext, Placement, asked_for
from components.serving.engines.plain.merge import laid_over
from components.serving.engines.plain.workload import Workload
from components.serving.engines.servers import MODELS_DIR
from components.serving.spec import ModelDeployment, Resources, SecretRef, Uri
from components.serving.spec.deployment import Transport

# A pod that is going keeps answering until every proxy has heard of it.
DRAIN_SECONDS = 5
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
_TMP: dict[str, Any] = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108  a path in the pod
# Processes that drive one accelerator each talk through shared memory, of which a container has 64 MiB by itself.
_SHARED: dict[str, Any] = {"name": "shared-memory", "mountPath": "/dev/shm"}  # noqa: S108  a path in the pod
_HOME = {"HOME": "/tmp"}  # noqa: S108  a path in the pod
_FILES = "model"
PVC = "pvc://"


def template(model: ModelDeployment, work: Workload, context: BuildContext) -> dict[str, Any]:
    """The pod template of a workload's Deployment."""
    marks, notes = dict(work.pod_labels), dict(work.pod_annotations)
    if model.safe_defaults:
        marks = labels.model_labels(model.name, model.team, context.engine) | work.selector | marks
        if work.placement.simulated:
            marks[labels.SIMULATED] = "true"
        if work.artifact:
            notes = {"slipway.dev/artifact": work.artifact.digest} | notes
    metadata = {**({"labels": marks} if marks else {}), **({"annotations": notes} if notes else {})}
    metadata = laid_over(metadata, work.slot.pod_metadata)
    pod = _safe_pod(model, work, context) if model.safe_defaults else _bare_pod(work)
    return {**({"metadata": metadata} if metadata else {}), "spec": laid_over(pod, work.pod)}


def _safe_pod(model: ModelDeployment, work: Workload, context: BuildContext) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}]
    pod: dict[str, Any] = {
        "serviceAccountName": model.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _POD_SECURITY,
        "terminationGracePeriodSeconds": 30,
        # One lost answer of the name server costs one second, not the resolver's five.
        "dnsConfig": {"options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "5"}]},
        "containers": [_safe_container(model, work, context)],
        "volumes": volumes,
    }
    if work.placement.node_selector:
        pod["nodeSelector"] = work.placement.node_selector
    if work.placement.tolerations:
        pod["tolerations"] = work.placement.tolerations
    if max(work.scaling.min_replicas, work.scaling.max_replicas or 0) > 1:
        pod["topologySpreadConstraints"] = [_spread(work, key) for key in _SPREAD]
    if volume := _files(work):
        volumes.append(volume)
    if _shares_memory(work):
        volumes.append({"name": _SHARED["name"], "emptyDir": {"medium": "Memory"}})
    if work.artifact:
        pod["initContainers"] = [_fetch(model.name, work.artifact)]
    return pod


def _bare_pod(work: Workload) -> dict[str, Any]:
    """A pod with nothing that is not declared."""
    made = _declared(work)
    if not work.says_port:
        made.pop("ports")
    pod: dict[str, Any] = {"containers": [laid_over(made, work.container)]}
    if work.placement.node_selector:
        pod["nodeSelector"] = work.placement.node_selector
    if work.placement.tolerations:
        pod["tolerations"] = work.placement.tolerations
    return pod


# Replicas go to other zones and other nodes where there are any, and start all the same where there are none.
_SPREAD = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")


def _spread(work: Workload, key: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": work.selector},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _declared(work: Workload) -> dict[str, Any]:
    """The container as far as the declaration says it."""
    runs = work.runtime
    made = {
        "name": "model",
        "image": work.image,
        "command": runs.command,
        "args": runs.args,
        "env": _env(work.own_env, work),
        "resources": amounts(work.resources, work.placement),
    }
    kept = {key: value for key, value in made.items() if value not in (None, [], {})}
    return kept | {"ports": [{"name": "http", "containerPort": runs.port}]}


def _safe_container(model: ModelDeployment, work: Workload, context: BuildContext) -> dict[str, Any]:
    made = _declared(work)
    made["env"] = _env(_HOME | work.own_env, work)
    if model.transport is Transport.GRPC and work.runtime.grpc_port:
        made["ports"] = [*made["ports"], {"name": "grpc", "containerPort": work.runtime.grpc_port}]
    made["resources"] = _with_defaults(made.get("resources", {}))
    made["securityContext"] = _CONTAINER_SECURITY
    made["lifecycle"] = {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}
    made["volumeMounts"] = [_TMP]
    if _files(work):
        made["volumeMounts"].append(_mount(model, work))
    if _shares_memory(work):
        made["volumeMounts"].append(_SHARED)
    return laid_over(made | _probes(work, context.deadline_seconds), work.container)


def _probes(work: Workload, deadline: int) -> dict[str, Any]:
    """It may start for as long as a rollout may take; from then on it is asked every second."""

    def probe(path: str | None, **timing: int) -> dict[str, Any]:
        ask = {"httpGet": {"path": path, "port": "http"}} if path else {"tcpSocket": {"port": "http"}}
        return {**ask, **timing}

    every = 1 if deadline <= 600 else 10
    runs = work.runtime
    return {
        "startupProbe": probe(runs.ready_path, periodSeconds=every, failureThreshold=-(-deadline // every)),
        "readinessProbe": probe(runs.ready_path, periodSeconds=1, failureThreshold=3),
        "livenessProbe": probe(runs.live_path, periodSeconds=10, failureThreshold=6, timeoutSeconds=5),
    }


def _env(own: dict[str, str], work: Workload) -> list[dict[str, Any]]:
    """The server's own variables, then the declared ones in their order, then secrets; a declared one wins."""
    declared = {*work.env, *work.secrets}
    return [
        *({"name": name, "value": value} for name, value in sorted(own.items()) if name not in declared),
        *(_variable(name, value) for name, value in work.env.items()),
        *({"name": name, "valueFrom": _secret(ref)} for name, ref in work.secrets.items()),
    ]


def _variable(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"name": name}
    return {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}


def _secret(ref: SecretRef) -> dict[str, Any]:
    return {"secretKeyRef": {"name": ref.name, "key": ref.key}}


def amounts(resources: Resources, placement: Placement = ANYWHERE) -> dict[str, dict[str, str]]:
    """Requests and limits as declared; memory is its own limit, an accelerator always is.

    Args:
        resources: of a node.
        placement: where its pods go.
    """
    requests = {name: value for name, value in (("cpu", resources.cpu), ("memory", resources.memory)) if value}
    limits = {"memory": resources.memory} if resources.memory else {}
    if wanted := resources.accelerators:
        limits |= asked_for(wanted, placement)
        requests |= {name: value for name, value in limits.items() if name not in requests}
    made = {"requests": requests | resources.requests, "limits": limits | resources.limits}
    return {key: value for key, value in made.items() if value}


def _with_defaults(said: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Every container says what it needs, and can take no more memory than that."""
    requests, limits = said.get("requests", {}), said.get("limits", {})
    memory = limits.get("memory") or requests.get("memory") or "512Mi"
    return {
        "requests": {"cpu": "100m", "memory": memory} | requests,
        "limits": {"memory": memory} | limits,
    }


def _shares_memory(work: Workload) -> bool:
    return work.resources.accelerators is not None and work.resources.accelerators.count > 1


def _files(work: Workload) -> dict[str, Any] | None:
    """The volume with the artifact; None without one."""
    if work.artifact:
        return {"name": _FILES, "emptyDir": {}}
    if isinstance(work.declared, Uri) and work.declared.uri.startswith(PVC):
        claim = work.declared.uri.removeprefix(PVC).partition("/")[0]
        return {"name": _FILES, "persistentVolumeClaim": {"claimName": claim, "readOnly": True}}
    return None


def _mount(model: ModelDeployment, work: Workload) -> dict[str, Any]:
    if work.artifact:
        return {"name": _FILES, "mountPath": MODELS_DIR, "readOnly": True}
    below = work.declared.uri.removeprefix(PVC).partition("/")[2] if isinstance(work.declared, Uri) else ""
    mount = {"name": _FILES, "mountPath": f"{MODELS_DIR}/{model.name}", "readOnly": True}
    return mount | ({"subPath": below} if below else {})


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
        **({"envFrom": [{"secretRef": {"name": source.secret}}]} if source.secret else {}),
        "securityContext": _CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [_TMP, {"name": _FILES, "mountPath": MODELS_DIR}],
    }

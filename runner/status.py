"""The models of a stack: what serves them, whether they are ready, where they landed, and why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError
from catalog.plain import nearest
from components import labels
from components.clusters.spec import ExistingCluster
from components.serving.engines.plain.workload import predictor_name
from components.serving.spec import ModelDeployment
from runner import cluster
from sandbox.providers.kubernetes.awaiting import evidence
from sandbox.providers.kubernetes.client import ApiError, Client
from stacks.connection import sandbox_connection
from stacks.resolution import artifact_reference, image_reference, read_lock
from stacks.settings import Settings, from_file, stack_file


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelStatus:
    """One model.

    Attributes:
        ready: `1/1`, or what is there of what is wanted.
        is_ready: all of it.
        nodes: where its pods are.
        simulated: it is placed on simulated nodes and never answers.
        version: of its artifact or image, shortened.
        url: where it answers; empty for one that does not.
        reasons: why it is not ready, from the outermost cause to the innermost.
    """

    name: str
    team: str
    engine: str
    ready: str
    is_ready: bool
    nodes: tuple[str, ...]
    simulated: bool
    version: str
    url: str
    reasons: tuple[str, ...]


def models(stack: str, name: str | None = None) -> list[ModelStatus]:
    """The status of a stack's models, or of one.

    Raises:
        SlipwayError: the stack has no such model, or its cluster cannot be reached.
    """
    settings = from_file(stack_file(stack))
    wanted = [declaration(settings, name, stack)] if name else list(settings.declarations())
    client = cluster.client(stack, settings)
    base = gateway_url(settings)
    lock = read_lock(stack, settings)
    found = []
    for model in wanted:
        reference = artifact_reference(model)
        entry = lock.entries.get(f"artifact:{reference.name}") if reference else None
        image = image_reference(model, settings.engine_of(model.name))
        version = entry.digest[:19] if entry else getattr(image, "reference", "") or _image_version(image, lock.entries)
        engine = (settings.models[model.name].engine or settings.engine).value
        found.append(_status(client, stack, model, engine, version, base))
    return found


def declaration(settings: Settings, name: str, stack: str) -> ModelDeployment:
    """The declaration of a model of this stack.

    Raises:
        SlipwayError: the stack has no such model.
    """
    for model in settings.declarations():
        if model.name == name:
            return model
    raise SlipwayError("MODEL", name, f"stack {stack} has no such model", nearest(name, settings.models, needed=True))


def gateway_url(settings: Settings) -> str | None:
    """The base URL of the gateway, None where it is reached only through the API server."""
    if settings.cluster.kind == "sandbox":
        return sandbox_connection().gateway
    return settings.cluster.gateway if isinstance(settings.cluster, ExistingCluster) else None


def _image_version(image: Any, entries: Mapping[str, Any]) -> str:
    if image is None:
        return "of the engine"
    entry = entries.get(f"image:{image.context}")
    return entry.digest[:19] if entry else "not built"


def _status(
    client: Client, stack: str, model: ModelDeployment, engine: str, version: str, base: str | None
) -> ModelStatus:
    path = f"/apis/apps/v1/namespaces/{model.team}/deployments/{predictor_name(model, model.predictors[0])}"
    try:
        deployment = client.get(path)
    except ApiError as error:
        if error.code != 404:
            raise SlipwayError(path, "", error.message, "check what the kubeconfig's user may read") from error
        deployment = {}
    status, spec = deployment.get("status", {}), deployment.get("spec", {})
    wanted, available = spec.get("replicas", model.scaling.min_replicas), status.get("availableReplicas", 0)
    is_ready = bool(deployment) and _settled(deployment, wanted)
    pods = list(pods_of(client, model)) if deployment else []
    marks = spec.get("template", {}).get("metadata", {}).get("labels", {})
    simulated = marks.get(labels.SIMULATED) == "true"
    reasons = (
        ()
        if is_ready
        else tuple(map(str, evidence.collect(client, deployment)))
        if deployment
        else (f"not deployed: slipway up -s {stack}",)
    )
    return ModelStatus(
        name=model.name,
        team=model.team,
        engine=engine,
        ready=f"{available}/{wanted}",
        is_ready=is_ready,
        nodes=tuple(sorted({node for pod in pods if (node := pod["spec"].get("nodeName"))})),
        simulated=simulated,
        version=version,
        url="" if simulated or base is None else f"{base}{model.path}",
        reasons=reasons,
    )


def _settled(deployment: dict[str, Any], wanted: int) -> bool:
    """Whether the newest version has all its replicas, and no older one has any."""
    status = deployment.get("status", {})
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return counts == [wanted] * 3 and status.get("observedGeneration") == deployment["metadata"]["generation"]


def pods_of(client: Client, model: ModelDeployment) -> Iterator[dict[str, Any]]:
    """The model's pods that are not going.

    Raises:
        SlipwayError: the cluster refuses to list them.
    """
    path = f"/api/v1/namespaces/{model.team}/pods"
    try:
        found = client.get(path, labelSelector=f"{labels.MODEL}={model.name}")
    except ApiError as error:
        raise SlipwayError(path, "", error.message, "check what the kubeconfig's user may read") from error
    yield from (pod for pod in found["items"] if not pod["metadata"].get("deletionTimestamp"))

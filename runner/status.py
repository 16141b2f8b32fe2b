"""The models of a stack: what serves them, whether they are ready, where they landed, and why not."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError
from catalog.plain import nearest
from components import labels
from components.clusters.spec import ExistingCluster
from components.serving.engines.plain.workload import detector_name, explainer_name, predictor_name
from components.serving.spec import ModelDeployment
from runner import cluster
from sandbox.providers.kubernetes.awaiting import evidence
from sandbox.providers.kubernetes.client import ApiError, Client
from stacks.connection import sandbox_connection
from stacks.resolution import artifact_reference, image_reference, read_lock
from stacks.settings import Engine, Settings, from_file, stack_file

_PAUSE = 1.0
"""Between two looks at models that are not ready."""


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

    is_made: bool = True

    @property
    def is_late(self) -> bool:
        """It is not ready, and that can be told: what an operator makes of a declaration is not looked at here."""
        return self.engine == Engine.PLAIN and not self.is_ready


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


def when_ready(stack: str, seconds: float) -> list[ModelStatus]:
    """The status of a stack's models as soon as all are ready, and what it is after that many seconds.

    The engine waits for what it changes alone; pods that start again, as after a `down`, are waited for here. What has
    not been made is not waited for: nothing would make it.
    """
    until = time.monotonic() + seconds
    while True:
        found = models(stack)
        if not any(model.is_late and model.is_made for model in found) or time.monotonic() >= until:
            return found
        time.sleep(_PAUSE)


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
    found = {name: _deployment(client, model.team, name) for name in _names(model)}
    made = [deployment for deployment in found.values() if deployment]
    simulated = bool(made) and all(_marks(deployment).get(labels.SIMULATED) == "true" for deployment in made)
    pods = list(pods_of(client, model)) if made else []
    wanted = sum(d["spec"].get("replicas", 1) if d else model.scaling.min_replicas for d in found.values())
    return ModelStatus(
        name=model.name,
        team=model.team,
        engine=engine,
        ready=f"{sum(d.get('status', {}).get('availableReplicas', 0) for d in made)}/{wanted}",
        is_ready=all(map(_settled, found.values())),
        nodes=tuple(sorted({node for pod in pods if (node := pod["spec"].get("nodeName"))})),
        simulated=simulated,
        version=version,
        url="" if simulated or base is None else f"{base}{model.path}",
        reasons=_reasons(client, stack, found),
        is_made=len(made) == len(found),
    )


def _names(model: ModelDeployment) -> list[str]:
    """The Deployments of everything that runs for the model: a canary that fails is no model that is ready."""
    return [
        *(predictor_name(model, predictor) for predictor in model.predictors),
        *(explainer_name(model, predictor) for predictor in model.predictors if predictor.explainer),
        *(detector_name(model, detector) for detector in model.detectors),
    ]


def _deployment(client: Client, team: str, name: str) -> dict[str, Any]:
    """A Deployment as the cluster has it; empty where there is none."""
    path = f"/apis/apps/v1/namespaces/{team}/deployments/{name}"
    try:
        return client.get(path)
    except ApiError as error:
        if error.code != 404:
            raise SlipwayError(path, "", error.message, "check what the kubeconfig's user may read") from error
        return {}


def _marks(deployment: dict[str, Any]) -> dict[str, str]:
    marks: dict[str, str] = deployment["spec"].get("template", {}).get("metadata", {}).get("labels", {})
    return marks


def _reasons(client: Client, stack: str, found: Mapping[str, dict[str, Any]]) -> tuple[str, ...]:
    """Why what is not ready is not, each with its Deployment where a model has several."""
    if not any(found.values()):
        return (f"not deployed: slipway up -s {stack}",)
    reasons = []
    for name, deployment in found.items():
        if not _settled(deployment):
            why = evidence.collect(client, deployment) if deployment else [f"not deployed: slipway up -s {stack}"]
            reasons += [f"{name}: {each}" if len(found) > 1 else str(each) for each in why]
    return tuple(reasons)


def _settled(deployment: dict[str, Any]) -> bool:
    """Whether the newest version has all its replicas, and no older one has any."""
    if not deployment:
        return False
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
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

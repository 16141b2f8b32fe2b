"""Our own first step in place of the operator's: it fetches the artifact by its versions and compares the digest.

Where a step has the name of the operator's own, the operator injects none, and mounts its volume all the same:
operator/controllers/model_initializer_injector.go of seldon-core v1.17.1 (InjectModelInitializer). An explainer's pod
is made by the operator alone: its artifact is fetched by the operator's step, and not compared with anything.
"""

from typing import Any

from components.serving.engines.context import ArtifactSource
from components.serving.engines.seldon1.names import LONGEST
from components.serving.engines.servers import MODELS_DIR

CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of every container of a model; what a pod may beyond it is the operator's to say."""


def first_step(container: str, source: ArtifactSource) -> dict[str, Any]:
    """The part of a pod that fetches the artifact for one of its containers.

    Args:
        container: name of the container that finds the files below `/mnt/models`.
        source: of the files.
    """
    volume = _named(container, "provision-location")
    step = {
        "name": _named(container, "model-initializer"),
        "image": source.image,
        "args": [f"--prefix={source.prefix}", f"--digest={source.digest}", f"--into={MODELS_DIR}", "--wait=60"],
        "env": [
            {"name": "AWS_REGION", "value": source.region},
            {"name": "HOME", "value": "/tmp"},  # noqa: S108  a path in the pod
            {"name": "S3_BUCKET", "value": source.bucket},
            {"name": "S3_ENDPOINT", "value": source.endpoint},
        ],
        **({"envFrom": [{"secretRef": {"name": source.secret}}]} if source.secret else {}),
        "securityContext": CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": volume, "mountPath": MODELS_DIR}],
    }
    return {"initContainers": [step], "volumes": [{"name": volume, "emptyDir": {}}]}


def mount(container: str) -> dict[str, str | bool]:
    """How a container of the user's own finds the files; the operator mounts them for its own servers alone."""
    return {"name": _named(container, "provision-location"), "mountPath": MODELS_DIR, "readOnly": True}


def _named(container: str, suffix: str) -> str:
    """As the operator joins and cuts it."""
    return f"{container}-{suffix}"[:LONGEST].removesuffix("-")

"""A stack with as many models as asked for, and room for all of them."""

from typing import Any

from catalog.machines import Accelerator
from components.serving.spec import Accelerators, Artifact, Format, ModelDeployment, ModelServer, Predictor, Resources


def declaration(number: int) -> ModelDeployment:
    """A model with an artifact of its own; every tenth has an accelerator."""
    accelerators = Accelerators(kind=Accelerator.L4) if number % 10 == 0 else None
    server = ModelServer(
        format=Format.SKLEARN,
        artifact=Artifact(name=f"model-{number}"),
        resources=Resources(cpu="100m", memory="512Mi", accelerators=accelerators),
    )
    return ModelDeployment(name=f"model-{number}", team="bench", predictors=(Predictor(graph=server),))


def values(count: int) -> dict[str, Any]:
    """A stack file with so many models, and room for all of them."""
    return {
        "cluster": {
            "kind": "gke", "region": "us-central1", "project": "example-bench", "kubernetes": "1.34",
            "admins": ["group:platform@example.com"], "network": {"cidr": "10.0.0.0/9"},
            "system": {"machine": "n2-standard-32", "min_nodes": 2, "max_nodes": max(4, count // 10)},
            "pools": {"l4": {"accelerator": "l4", "min_nodes": 1, "max_nodes": max(4, count // 10)}},
        },
        "store": {"kind": "gcs", "bucket": "example-bench-models"},
        "teams": {"bench": {"owner": "bench@example.com"}},
        "models": {f"model-{number}": {} for number in range(count)},
        "locks": "counted",
    }  # fmt: skip

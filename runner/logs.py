"""The logs of a model's pods."""

from collections.abc import Iterator

from catalog.errors import SlipwayError
from components import labels
from runner import cluster, status
from sandbox.providers.kubernetes.client import ApiError
from stacks.settings import from_file, stack_file


def lines(stack: str, name: str, tail: int) -> Iterator[str]:
    """The last lines of every container of the model's pods, under a heading each.

    Args:
        stack: its name.
        name: of the model.
        tail: lines of each container.

    Raises:
        SlipwayError: the model has no pods, or only simulated ones.
    """
    settings = from_file(stack_file(stack))
    model = status.declaration(settings, name, stack)
    client = cluster.client(stack, settings)
    pods = list(status.pods_of(client, model))
    if not pods:
        raise SlipwayError("MODEL", name, "it has no pods", f"slipway status {name} -s {stack}")
    if all(pod["metadata"]["labels"].get(labels.SIMULATED) for pod in pods):
        raise SlipwayError("MODEL", name, "its pods are simulated: they are placed, and nothing runs in them", "-")
    for pod in pods:
        spec = pod["spec"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield f"==> {pod['metadata']['name']}/{container['name']}"
            path = f"/api/v1/namespaces/{model.team}/pods/{pod['metadata']['name']}/log"
            try:
                yield client.text(path, container=container["name"], tailLines=str(tail)).rstrip()
            except ApiError as error:
                yield f"(no log: {error.message})"

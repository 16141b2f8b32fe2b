"""What plain Kubernetes alone knows: the slots of a declaration that its builder reads.

Parts of objects keep Kubernetes' own field names and are laid over what the builder makes.
"""

from typing import Annotated, Any

from pydantic import AfterValidator

from catalog.plain import Plain
from components.serving.spec.pod import part

MetadataPart = Annotated[dict[str, Any], AfterValidator(part("ObjectMeta"))]
"""Fields of an ObjectMeta, by its own names."""
DeploymentPart = Annotated[dict[str, Any], AfterValidator(part("DeploymentSpec"))]
"""Fields of a DeploymentSpec, by its own names; its pods are the node's own `container` and `pod`."""
ServicePart = Annotated[dict[str, Any], AfterValidator(part("ServiceSpec"))]
"""Fields of a ServiceSpec, by its own names."""
AutoscalerPart = Annotated[dict[str, Any], AfterValidator(part("HorizontalPodAutoscalerSpec"))]
"""Fields of a HorizontalPodAutoscalerSpec, by its own names."""
BudgetPart = Annotated[dict[str, Any], AfterValidator(part("PodDisruptionBudgetSpec"))]
"""Fields of a PodDisruptionBudgetSpec, by its own names."""
RoutePart = Annotated[dict[str, Any], AfterValidator(part("gateway.HTTPRouteSpec"))]
"""Fields of an HTTPRouteSpec, by its own names."""


class PlainEngine(Plain):
    """Of all objects of a declaration.

    Attributes:
        route: over the HTTPRoute's spec.
        route_metadata: over its metadata.
    """

    route: RoutePart = {}
    route_metadata: MetadataPart = {}


class MoreService(Plain):
    """One more Service before the pods of a Deployment: under another name, or headless.

    Attributes:
        metadata: with its name.
        spec: over the spec of the first one.
    """

    metadata: MetadataPart
    spec: ServicePart = {}


class PlainNode(Plain):
    """Of one Deployment and what belongs to it.

    Attributes:
        deployment: over the Deployment's spec.
        deployment_metadata: over its metadata.
        pod_metadata: over the metadata of its pods.
        service: over the Service's spec.
        service_metadata: over its metadata.
        more_services: beside the first.
        autoscaler: over the HorizontalPodAutoscaler's spec.
        autoscaler_metadata: over its metadata.
        budget: over the PodDisruptionBudget's spec.
        leave_replicas: the Deployment says no number: somebody else sets it.
    """

    deployment: DeploymentPart = {}
    deployment_metadata: MetadataPart = {}
    pod_metadata: MetadataPart = {}
    service: ServicePart = {}
    service_metadata: MetadataPart = {}
    more_services: tuple[MoreService, ...] = ()
    autoscaler: AutoscalerPart = {}
    autoscaler_metadata: MetadataPart = {}
    budget: BudgetPart = {}
    leave_replicas: bool = False

"""Who talks with each workload of a plain deployment."""

from components import labels
from components.serving.engines import network
from components.serving.engines.context import BuildContext, Manifest
from components.serving.engines.network import Ways
from components.serving.engines.plain.workload import Workload
from components.serving.spec import Detector, HuggingFace, ModelDeployment
from components.serving.spec.deployment import Transport


def policy(
    model: ModelDeployment, work: Workload, others: list[Workload], metadata: Manifest, context: BuildContext
) -> Manifest:
    """The NetworkPolicy of a workload: exactly the ways that the declaration needs.

    Args:
        model: the declaration.
        work: whose policy it is.
        others: all workloads of the model.
        metadata: of the policy.
        context: where the gateway and the store are.
    """
    asked = {other.name: other for other in others}
    asks: tuple[tuple[dict[str, str], tuple[int, ...]], ...] = ()
    if work.asks:
        server = asked[work.asks]
        asks = ((server.selector, (server.runtime.port,)),)
    detector = next((d for d in model.detectors if work.selector.get(labels.DETECTOR) == d.name), None)
    ways = Ways(
        ports=ports(model, work),
        gateway=model.exposure.external,
        callers=() if detector else model.exposure.callers,
        siblings=tuple(other.selector for other in others if other.asks == work.name),
        asks=asks,
        store=work.artifact is not None,
        internet=isinstance(work.declared, HuggingFace),
        urls=_urls(detector),
    )
    return network.policy(metadata, work.selector, ways, context)


def ports(model: ModelDeployment, work: Workload) -> tuple[int, ...]:
    """On which a workload is asked."""
    grpc = work.runtime.grpc_port if model.transport is Transport.GRPC else None
    return (work.runtime.port, *([grpc] if grpc else []))


def _urls(detector: Detector | None) -> tuple[str, ...]:
    return (detector.reply_url,) if detector and detector.reply_url else ()

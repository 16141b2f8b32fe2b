"""The ways that a model's pods need, and no other: NetworkPolicies over the team's denial of everything.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/: policies add up; what no policy of a
selected pod allows is denied; a node always reaches its own pods, so that probes need no way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from components.serving.engines.context import BuildContext, Manifest
from components.serving.spec import Builtin, HuggingFace, ModelDeployment, Uri
from components.serving.spec.artifact import ArtifactReference

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
# The name server's port, and the one behind it on which CoreDNS may listen.
_DNS_PORTS = (53, 1053)
# Addresses that are no part of the internet: https://www.rfc-editor.org/rfc/rfc1918, rfc6598, rfc3927
_LINK_LOCAL = "169.254.0.0/16"
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", _LINK_LOCAL, "172.16.0.0/12", "192.168.0.0/16")


# Where KServe's agent and Seldon Core 1's executor send payloads unless they are told otherwise: kserve v0.20.0,
# config/configmap/inferenceservice.yaml; seldon-core v1.17.1, executor.requestLogger.defaultEndpoint of the chart.
_LOGGER = "http://default-broker"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Who talks with the pods of one workload.

    Attributes:
        ports: on which it is asked; empty for every port.
        gateway: it is asked through the gateway.
        callers: namespaces whose pods ask it.
        siblings: labels of pods of its own namespace that ask it.
        asks: labels of pods of its own namespace that it asks, each with their ports; no port is every port.
        store: it fetches from the artifact store.
        internet: it fetches from the internet.
        urls: others that it sends to, inside the cluster or outside.
    """

    ports: tuple[int, ...]
    gateway: bool = True
    callers: tuple[str, ...] = ()
    siblings: tuple[Mapping[str, str], ...] = ()
    asks: tuple[tuple[Mapping[str, str], tuple[int, ...]], ...] = ()
    store: bool = False
    internet: bool = False
    urls: tuple[str, ...] = ()


def policy(metadata: Manifest, selector: Mapping[str, str], ways: Ways, context: BuildContext) -> Manifest:
    """The NetworkPolicy of one workload.

    Args:
        metadata: of the policy.
        selector: labels of the workload's pods.
        ways: who talks with them.
        context: where the gateway and the store are.
    """
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {
            "podSelector": {"matchLabels": dict(selector)},
            "policyTypes": ["Ingress", "Egress"],
            **({"ingress": ingress} if (ingress := _ingress(ways, context)) else {}),
            "egress": _egress(ways, context),
        },
    }


def _ingress(ways: Ways, context: BuildContext) -> list[Manifest]:
    sources = [
        *(gateway_peers(context) if ways.gateway else ()),
        *(_namespace(name) for name in ways.callers),
        *({"podSelector": {"matchLabels": dict(labels)}} for labels in ways.siblings),
    ]
    return [{"from": sources, **_ports(ways.ports)}] if sources else []


def gateway_peers(context: BuildContext) -> list[Manifest]:
    """From where requests come through the gateway: its addresses, else its namespace."""
    if context.gateway_cidrs or not context.gateway:
        return [{"ipBlock": {"cidr": cidr}} for cidr in context.gateway_cidrs]
    return [_namespace(context.gateway[1])]


def _egress(ways: Ways, context: BuildContext) -> list[Manifest]:
    dns = [{"protocol": protocol, "port": port} for protocol in ("UDP", "TCP") for port in _DNS_PORTS]
    rules: list[Manifest] = [{"to": [_namespace("kube-system")], "ports": dns}]
    if ways.store and context.store_cidrs:
        rules.append({"to": [_block(cidr) for cidr in context.store_cidrs]})
    if ways.internet:
        rules.append(_internet((443,)))
    for labels, ports in ways.asks:
        rules.append({"to": [{"podSelector": {"matchLabels": dict(labels)}}], **_ports(ports)})
    rules += [_towards(url, context.namespace) for url in ways.urls]
    return rules


def _towards(url: str, namespace: str) -> Manifest:
    """The way to a URL. A NetworkPolicy knows no names: inside the cluster it is the namespace that is opened."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    inside = service_namespace(parts.hostname or "", namespace)
    if inside is None:
        return _internet((port,))
    # A Service's port may be another than its pods', which is what a policy sees.
    return {"to": [_namespace(inside)]}


def service_namespace(host: str, own: str) -> str | None:
    """The namespace of a Service by the name that pods call it: `broker`, `broker.ns`, `broker.ns.svc...`."""
    labels = host.split(".")
    if len(labels) == 1:
        return own
    return labels[1] if len(labels) == 2 or labels[2] == "svc" else None


def _block(cidr: str) -> Manifest:
    """Addresses; where they are all there are, without the node's own services, which give away the node's identity."""
    block: Manifest = {"cidr": cidr}
    return {"ipBlock": block | ({"except": [_LINK_LOCAL]} if cidr == "0.0.0.0/0" else {})}


def _internet(ports: Sequence[int]) -> Manifest:
    return {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_PRIVATE)}}], **_ports(ports)}


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: name}}}


def _ports(ports: Sequence[int]) -> Manifest:
    return {"ports": [{"protocol": "TCP", "port": port} for port in ports]} if ports else {}


def artifacts(model: ModelDeployment) -> Iterator[ArtifactReference]:
    """What the pods of a model fetch."""
    for _, _, node in model.nodes():
        if not isinstance(node, Builtin) and node.artifact:
            yield node.artifact
    for predictor in model.predictors:
        if predictor.explainer and predictor.explainer.artifact:
            yield predictor.explainer.artifact


def is_outside(artifact: ArtifactReference, schemes: tuple[str, ...]) -> bool:
    """Whether it is fetched from the internet.

    Args:
        artifact: what is fetched.
        schemes: beginnings of the addresses that the engine fetches from there.
    """
    return isinstance(artifact, HuggingFace) or (isinstance(artifact, Uri) and artifact.uri.startswith(schemes))


def loggers(model: ModelDeployment) -> Iterator[str]:
    """Where an engine's own sidecars send payloads."""
    for logging in (model.logging, *(node.logging for _, _, node in model.nodes())):
        if logging:
            yield logging.url or _LOGGER

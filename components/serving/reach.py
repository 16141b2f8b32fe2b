"""Who reaches whom under a set of NetworkPolicies: as a network plugin decides it, from the manifests alone.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/ (the two sorts of pod isolation).
Node ports, host networking and named ports are not looked at; a policy with anything that is not understood is refused.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]
_NAMESPACE = "kubernetes.io/metadata.name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A pod, or an address that is none.

    Attributes:
        namespace: of the pod; None for an address outside.
        labels: of the pod.
        address: its IP address.
    """

    name: str
    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def reaches(policies: Iterable[Manifest], source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection from one to the other is let through: by what isolates the source, and the target.

    Raises:
        NotImplementedError: a policy says something that is not understood here.
    """
    known = list(policies)
    return _may(known, source, target, "Egress", port, protocol) and _may(
        known, target, source, "Ingress", port, protocol
    )


def _may(policies: list[Manifest], pod: Peer, other: Peer, way: str, port: int, protocol: str) -> bool:
    """Whether a pod's own policies of one way let the other in, or out. One without policies is open."""
    isolating = [policy for policy in policies if _selects(policy, pod) and way in policy["spec"]["policyTypes"]]
    peers = "from" if way == "Ingress" else "to"
    return not isolating or any(
        _through(rule, policy["metadata"]["namespace"], other, peers, (port, protocol))
        for policy in isolating
        for rule in policy["spec"].get(way.lower(), ())
    )


def _selects(policy: Manifest, pod: Peer) -> bool:
    return pod.namespace == policy["metadata"]["namespace"] and _matches(policy["spec"]["podSelector"], pod.labels)


def _through(rule: Manifest, namespace: str, other: Peer, peers: str, to: tuple[int, str]) -> bool:
    if rule.keys() - {peers, "ports"}:
        raise NotImplementedError(f"a rule with {sorted(rule)}")
    ports = [(each["port"], each.get("protocol", "TCP")) for each in rule.get("ports", ())]
    if ports and to not in ports:
        return False
    return not rule.get(peers) or any(_is(peer, namespace, other) for peer in rule[peers])


def _is(peer: Manifest, namespace: str, other: Peer) -> bool:
    if block := peer.get("ipBlock"):
        address = ipaddress.ip_address(other.address)
        return address in ipaddress.ip_network(block["cidr"]) and not any(
            address in ipaddress.ip_network(cidr) for cidr in block.get("except", ())
        )
    if other.namespace is None:
        return False
    if "namespaceSelector" in peer:
        there = _matches(peer["namespaceSelector"], {_NAMESPACE: other.namespace})
    else:
        there = other.namespace == namespace
    return there and _matches(peer.get("podSelector", {}), other.labels)


def _matches(selector: Manifest, labels: Mapping[str, str]) -> bool:
    if selector.keys() - {"matchLabels"}:
        raise NotImplementedError(f"a selector with {sorted(selector)}")
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items())

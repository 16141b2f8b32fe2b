"""The objects that make a bare API server a place for models. Pure: texts and dicts, applied at every `up`."""

import hashlib
import json
from typing import Any

from sandbox.node import config, network
from sandbox.node.api import Json

RBAC = "rbac.authorization.k8s.io"
CONTENT_KEY = "slipway.dev/content"
"""Annotation of a definition: digest of what was applied. Definitions are large, so equal ones are skipped."""


def _named(api: str, kind: str, name: str, namespace: str = "", **rest: Any) -> Json:
    metadata: Json = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def _rules(*rules: tuple[str, list[str], list[str]]) -> list[Json]:
    return [{"apiGroups": [group], "resources": resources, "verbs": verbs} for group, resources, verbs in rules]


def _binding(name: str, role: str, subject: Json) -> Json:
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
    return _named(f"{RBAC}/v1", "ClusterRoleBinding", name, roleRef=reference, subjects=[subject])


def _user(name: str) -> Json:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def _component(name: str, rules: list[Json]) -> list[Json]:
    """A role of its own for one of our daemons, whose certificate says `slipway:<name>`."""
    role = f"slipway:{name}"
    return [_named(f"{RBAC}/v1", "ClusterRole", role, rules=rules), _binding(role, role, _user(role))]


def access() -> list[Json]:
    """What the daemons that Kubernetes does not know may do."""
    read, write = ["get", "list", "watch"], ["get", "list", "watch", "create", "update", "patch", "delete"]
    kwok = _rules(
        ("", ["nodes"], [*read, "update", "patch"]),
        ("", ["nodes/status", "pods/status"], ["update", "patch"]),
        ("", ["pods"], [*read, "update", "patch", "delete"]),
        ("", ["events"], ["create", "update", "patch"]),
        ("coordination.k8s.io", ["leases"], write),
        ("events.k8s.io", ["events"], ["create", "update", "patch"]),
        ("kwok.x-k8s.io", ["*"], read),
    )
    gateway = _rules(
        ("", ["services", "namespaces", "nodes"], read),
        ("discovery.k8s.io", ["endpointslices"], read),
        ("gateway.networking.k8s.io", ["*"], read),
        ("gateway.networking.k8s.io", ["gatewayclasses/status", "gateways/status"], ["update", "patch"]),
        ("gateway.networking.k8s.io", ["httproutes/status"], ["update", "patch"]),
    )
    kubelet = _binding("slipway:api-server", "system:kubelet-api-admin", _user("slipway:api-server"))
    return [*_component("kwok", kwok), *_component("gateway", gateway), kubelet]


def system() -> list[Json]:
    """The system namespace and the S3 server's name in the cluster."""
    namespace = network.SYSTEM_NAMESPACE
    ports = [{"name": "http", "port": 9000, "targetPort": network.S3_PORT}]
    slice_ = _named(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "s3-node",
        namespace,
        addressType="IPv4",
        ports=[{"name": "http", "port": network.S3_PORT, "protocol": "TCP"}],
        endpoints=[{"addresses": [network.NODE_IP], "conditions": {"ready": True}}],
    )
    slice_["metadata"]["labels"] = {"kubernetes.io/service-name": "s3"}
    space = _named("v1", "Namespace", namespace)
    space["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}
    return [space, _named("v1", "Service", "s3", namespace, spec={"ports": ports}), slice_]


def gateway() -> list[Json]:
    """The class and the one Gateway that every HTTPRoute names."""
    api = "gateway.networking.k8s.io/v1"
    listener = {
        "name": "http",
        "port": network.GATEWAY_PORT,
        "protocol": "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    return [
        _named(api, "GatewayClass", "slipway", spec={"controllerName": "slipway.dev/gateway"}),
        _named(
            api,
            "Gateway",
            "gateway",
            network.SYSTEM_NAMESPACE,
            spec={"gatewayClassName": "slipway", "listeners": [listener]},
        ),
    ]


def simulated_node() -> Json:
    """Stands for the system pool where no real node can be."""
    size = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "1000"}
    node = _named("v1", "Node", network.SIMULATED_NODE, status={"allocatable": size, "capacity": size})
    node["metadata"]["annotations"] = {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"}
    node["metadata"]["labels"] = {
        network.POOL_LABEL: "system",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": network.SIMULATED_NODE,
        "kubernetes.io/os": "linux",
    }
    return node


def dns(image: str) -> list[Json]:
    """CoreDNS as a pod of the real node.

    Args:
        image: its image reference, by digest.
    """
    name, space = "coredns", "kube-system"
    reading = ["list", "watch"]
    rules = _rules(("", ["services", "pods", "namespaces"], reading), ("discovery.k8s.io", ["endpointslices"], reading))
    account = {"kind": "ServiceAccount", "name": name, "namespace": space}
    protocols = {"dns": "UDP", "dns-tcp": "TCP"}
    service = {
        "clusterIP": network.DNS_IP,
        "selector": {"k8s-app": "kube-dns"},
        "ports": [
            {"name": port, "port": 53, "targetPort": port, "protocol": protocol} for port, protocol in protocols.items()
        ],
    }
    corefile = config.corefile()
    return [
        _named("v1", "ServiceAccount", name, space),
        _named(f"{RBAC}/v1", "ClusterRole", "system:coredns", rules=rules),
        _binding("system:coredns", "system:coredns", account),
        _named("v1", "ConfigMap", name, space, data={"Corefile": corefile}),
        _named("apps/v1", "Deployment", name, space, spec=_dns_deployment(image, protocols, digest(corefile))),
        _named("v1", "Service", "kube-dns", space, spec=service),
    ]


def _dns_deployment(image: str, protocols: dict[str, str], corefile: str) -> Json:
    labels = {"k8s-app": "kube-dns"}
    container = {
        "name": "coredns",
        "image": image,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": name, "containerPort": config.DNS_PORT, "protocol": kind} for name, kind in protocols.items()
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": config.DNS_READY_PORT}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/health", "port": config.DNS_HEALTH_PORT}, "initialDelaySeconds": 10},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    spec = {
        "serviceAccountName": "coredns",
        "dnsPolicy": "Default",
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {network.POOL_LABEL: "system"},
        "terminationGracePeriodSeconds": 5,
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    annotations = {CONTENT_KEY: corefile}  # a changed Corefile starts a new pod
    return {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec},
    }


def digest(content: object) -> str:
    """Tells contents apart."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def marked(definition: Json) -> Json:
    """A custom resource definition with the digest of its content."""
    metadata = definition["metadata"]
    annotations = {**(metadata.get("annotations") or {}), CONTENT_KEY: digest(definition)}
    return {**definition, "metadata": {**metadata, "annotations": annotations}}

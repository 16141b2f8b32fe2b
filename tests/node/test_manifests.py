"""The objects a cluster starts with."""

import json
from typing import Any

import pytest

from sandbox.node import manifests, network, pki
from sandbox.node.api import path_of

IMAGE = "registry/coredns@sha256:1"
EVERYTHING = [
    *manifests.access(),
    *manifests.system(),
    *manifests.gateway(),
    *manifests.dns(IMAGE),
    manifests.simulated_node(),
]


def find(kind: str, name: str) -> dict[str, Any]:
    return next(thing for thing in EVERYTHING if (thing["kind"], thing["metadata"]["name"]) == (kind, name))


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("Namespace", "slipway-system", "/api/v1/namespaces/slipway-system"),
        ("Service", "s3", "/api/v1/namespaces/slipway-system/services/s3"),
        ("GatewayClass", "slipway", "/apis/gateway.networking.k8s.io/v1/gatewayclasses/slipway"),
        ("Gateway", "gateway", "/apis/gateway.networking.k8s.io/v1/namespaces/slipway-system/gateways/gateway"),
        ("Node", "sim-system-0", "/api/v1/nodes/sim-system-0"),
        ("Deployment", "coredns", "/apis/apps/v1/namespaces/kube-system/deployments/coredns"),
    ],
)
def test_paths(kind: str, name: str, path: str) -> None:
    assert path_of(find(kind, name)) == path


def test_policies_have_their_own_plural() -> None:
    policy = {"apiVersion": "a/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "x"}}
    assert path_of(policy) == "/apis/a/v1/validatingadmissionpolicies/x"


def test_every_role_is_bound_to_a_certificate_that_exists() -> None:
    users = {client.name for client in pki.CLIENTS}
    bound = [
        subject["name"]
        for thing in manifests.access()
        if thing["kind"] == "ClusterRoleBinding"
        for subject in thing["subjects"]
    ]
    assert set(bound) <= users
    assert {"slipway:kwok", "slipway:gateway", "slipway:api-server"} == set(bound)


def test_no_role_allows_everything() -> None:
    for thing in manifests.access():
        for rule in thing.get("rules", []):
            assert "*" not in rule["verbs"]
            assert rule["apiGroups"] != ["*"]
            assert "secrets" not in rule["resources"]


def test_s3_has_a_name_in_the_cluster_that_leads_to_the_node() -> None:
    (port,) = find("Service", "s3")["spec"]["ports"]
    assert f"http://s3.slipway-system.svc.cluster.local:{port['port']}" == network.IN_CLUSTER_S3
    points = find("EndpointSlice", "s3-node")
    assert points["metadata"]["labels"] == {"kubernetes.io/service-name": "s3"}
    assert points["endpoints"][0]["addresses"] == [network.NODE_IP]
    assert points["ports"][0]["port"] == network.S3_PORT


def test_the_name_server_is_where_pods_look_for_it() -> None:
    service = find("Service", "kube-dns")["spec"]
    deployment = find("Deployment", "coredns")["spec"]
    assert service["clusterIP"] == network.DNS_IP
    assert service["selector"] == deployment["template"]["metadata"]["labels"]
    (container,) = deployment["template"]["spec"]["containers"]
    assert container["image"] == IMAGE
    assert {port["targetPort"] for port in service["ports"]} == {port["name"] for port in container["ports"]}


def test_a_changed_corefile_starts_a_new_pod() -> None:
    annotations = find("Deployment", "coredns")["spec"]["template"]["metadata"]["annotations"]
    corefile = find("ConfigMap", "coredns")["data"]["Corefile"]
    assert annotations == {manifests.CONTENT_KEY: manifests.digest(corefile)}
    assert manifests.digest(corefile + " ") != manifests.digest(corefile)


def test_the_simulated_node_is_the_system_pool_and_kwoks() -> None:
    node = manifests.simulated_node()
    assert node["metadata"]["labels"][network.POOL_LABEL] == "system"
    assert node["metadata"]["annotations"]["kwok.x-k8s.io/node"] == "fake"
    assert not any(name.startswith("nvidia") for name in node["status"]["allocatable"])


def test_a_marked_definition_tells_its_content() -> None:
    definition = {"kind": "X", "metadata": {"name": "x", "annotations": {"a": "b"}}, "spec": {}}
    marked = manifests.marked(definition)
    assert marked["metadata"]["annotations"]["a"] == "b"
    changed = manifests.marked({**definition, "spec": {"more": 1}})
    assert marked["metadata"]["annotations"] != changed["metadata"]["annotations"]
    assert definition["metadata"]["annotations"] == {"a": "b"}


def test_objects_are_json() -> None:
    assert json.loads(json.dumps(EVERYTHING)) == EVERYTHING

"""The programs the tests run: a vpc, a cluster, a bucket, and what goes into the cluster; one for each cloud."""

import copy
from typing import Any

KUBECONFIG = (
    '{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c"}}], "clusters": '
    '[{"name": "c", "cluster": {"server": "'
)
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "risk"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [{"name": "web", "image": "web:1", "resources": {"limits": {"cpu": 2, "memory": "1Gi"}}}]
            },
        },
    },
}
AWS: dict[str, Any] = {
    "providers": {
        "aws": {
            "region": "eu-west-1",
            "allowedAccountIds": '["111122223333"]',
            "defaultTags": '{"tags": {"stack": "test"}}',
        },
        "kubernetes": {
            "kubeconfig": {"$secret": {"$text": [KUBECONFIG, {"$of": "cluster.endpoint"}, '"}}]}']}},
            "clusterIdentifier": "main",
        },
    },
    "resources": {
        "net": ["aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "net"}}],
        "subnet": ["aws:ec2/subnet:Subnet", {"vpcId": {"$of": "net.id"}, "cidrBlock": "10.0.0.0/20"}],
        "role": ["aws:iam/role:Role", {"name": "cluster", "assumeRolePolicy": "{}"}, {"outputs": ["arn"]}],
        "cluster": [
            "aws:eks/cluster:Cluster",
            {
                "name": "main",
                "roleArn": {"$of": "role.arn"},
                "version": "1.33",
                "vpcConfig": {"subnetIds": [{"$of": "subnet.id"}], "endpointPrivateAccess": True},
            },
            {"outputs": ["arn", "endpoint", "identities"]},
        ],
        "artifacts": ["aws:s3/bucket:Bucket", {"bucket": "acme-artifacts"}],
        "web": ["kubernetes:apps/v1:Deployment", DEPLOYMENT],
    },
    "exports": {"arn": {"$of": "cluster.arn"}, "issuer": {"$of": "cluster.identities.0.oidcs.0.issuer"}},
    "functions": {"aws:index/getCallerIdentity:getCallerIdentity": {}},
}
GOOGLE: dict[str, Any] = {
    "providers": {"gcp": {"project": "acme-dev", "region": "europe-west4"}},
    "resources": {
        "net": ["gcp:compute/network:Network", {"autoCreateSubnetworks": False}],
        "subnet": [
            "gcp:compute/subnetwork:Subnetwork",
            {"network": {"$of": "net.id"}, "ipCidrRange": "10.0.0.0/20", "region": "europe-west4"},
        ],
        "cluster": [
            "gcp:container/cluster:Cluster",
            {"name": "main", "location": "europe-west4", "subnetwork": {"$of": "subnet.id"}, "nodeConfig": {"machineType": "e2-standard-4"}},
            {"outputs": ["endpoint", "masterAuth"]},
        ],
        "models": ["gcp:storage/bucket:Bucket", {"location": "EU", "name": "acme-models"}],
        "reader": ["gcp:serviceaccount/account:Account", {"accountId": "iris-reader"}],
    },
}  # fmt: skip


def changed(program: dict[str, Any], **resources: dict[str, Any]) -> dict[str, Any]:
    """The program with other inputs of some resources."""
    program = copy.deepcopy(program)
    for name, inputs in resources.items():
        program["resources"][name][1] |= inputs
    return program

"""How an EKS cluster is reached: a kubeconfig without any secret."""

import json

from catalog.gpu import SYSTEM_POOL

# The near end of a tunnel.
TUNNEL_PORT = 8443
# On every machine of a pool, with the pool's name.
POOL_TAG = "slipway:pool"


def kubeconfig(cluster: str, region: str, endpoint: str, certificate: str, *, tunnel: bool) -> str:
    """A kubeconfig that asks AWS for a token each time: nothing in it ever expires.

    Args:
        cluster: its name.
        region: where it is.
        endpoint: URL of its API server.
        certificate: of its authority, base64.
        tunnel: through the near end of a tunnel, and not by the cluster's own address.
    """
    reached = {"server": endpoint, "certificate-authority-data": certificate}
    if tunnel:
        reached |= {"server": f"https://localhost:{TUNNEL_PORT}", "tls-server-name": endpoint.removeprefix("https://")}
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"],
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": cluster,
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "clusters": [{"name": cluster, "cluster": reached}],
            "users": [{"name": cluster, "user": {"exec": token}}],
        }
    )


def tunnel_command(cluster: str, region: str) -> str:
    """What opens the tunnel: through any node of the system pool, with AWS' session manager plugin.

    It is known before there is a cluster: the first `up` needs the tunnel as soon as there are nodes. Source:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html
    (read 2026-11).
    """
    there = f"Name=tag:eks:cluster-name,Values={cluster} Name=tag:{POOL_TAG},Values={SYSTEM_POOL}"
    node = (
        f"aws ec2 describe-instances --region {region} --filters {there} Name=instance-state-name,Values=running "
        "--query 'Reservations[0].Instances[0].InstanceId' --output text"
    )
    endpoint = f"aws eks describe-cluster --region {region} --name {cluster} --query cluster.endpoint --output text"
    return (
        f"aws ssm start-session --region {region} --target $({node}) "
        "--document-name AWS-StartPortForwardingSessionToRemoteHost "
        f"--parameters host=$({endpoint} | cut -d/ -f3),portNumber=443,localPortNumber={TUNNEL_PORT}"
    )

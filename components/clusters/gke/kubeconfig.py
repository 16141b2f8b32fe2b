"""How a GKE cluster is reached: a kubeconfig without any secret.

Source: https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl, whose plugin asks for a token
with the credentials of whoever runs it (read 2026-11).
"""

import json
from typing import Any


def kubeconfig(cluster: str, host: str, certificate: str | None) -> str:
    """A kubeconfig that asks Google for a token each time: nothing in it ever expires.

    Args:
        cluster: its name.
        host: of its API server: an address, or the name of its DNS endpoint.
        certificate: of its authority, base64; None for the DNS endpoint, whose certificate everybody knows.
    """
    reached: dict[str, Any] = {"server": f"https://{host}"}
    if certificate is not None:
        reached["certificate-authority-data"] = certificate
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "installHint": "gcloud components install gke-gcloud-auth-plugin",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
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

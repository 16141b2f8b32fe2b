"""Kubeconfig files: by path for the node's own processes, with embedded certificates for the host."""

import base64
import json
from pathlib import Path

from sandbox.node import network


def _document(name: str, cluster: dict[str, str], user: dict[str, str]) -> str:
    # JSON is YAML: no writer needed inside the node, and nothing to quote wrongly.
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        indent=1,
    )


def inside(pki: Path, client: str) -> str:
    """For a process of the node: the certificates of `client` by path."""
    return _document(
        "node",
        {"server": network.API, "certificate-authority": str(pki / "ca.crt")},
        {"client-certificate": str(pki / f"{client}.crt"), "client-key": str(pki / f"{client}.key")},
    )


def outside(pki: Path, port: int, cluster_id: str) -> str:
    """For the host: the administrator's certificates embedded, the API server at its forwarded port.

    The text holds a private key; write it with mode 0600.
    """

    def embedded(file: str) -> str:
        return base64.b64encode((pki / file).read_bytes()).decode()

    return _document(
        f"slipway-{cluster_id}",
        {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": embedded("ca.crt")},
        {"client-certificate-data": embedded("admin.crt"), "client-key-data": embedded("admin.key")},
    )

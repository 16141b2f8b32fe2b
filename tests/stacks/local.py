"""A sandbox that is only said to be there: its public face and its lock, in a directory of the test."""

import json
from pathlib import Path

from stacks.locks import LockEntry, LockFile

DIGEST = "sha256:" + "ab" * 32


def pretend(state: Path, *, real_pods: bool = True) -> None:
    """Writes what a running sandbox writes."""
    sandbox = state / "sandbox"
    sandbox.mkdir(parents=True)
    (sandbox / "kubeconfig").write_text("apiVersion: v1\nkind: Config\n")
    (sandbox / "s3-root.json").write_text(json.dumps({"access_key": "root", "secret_key": "root-secret"}))
    said = {
        "kubeconfig": str(sandbox / "kubeconfig"),
        "s3_root_file": str(sandbox / "s3-root.json"),
        "cluster_id": "sandbox-test",
        "s3": "http://127.0.0.1:1",
        "s3_admin": "http://127.0.0.1:2",
        "in_cluster_s3": "http://s3.slipway-system.svc.cluster.local:9000",
        "gateway": "http://127.0.0.1:3",
        "registry": "127.0.0.1:4",
        "in_node_registry": "127.0.0.1:25000",
        "real_pods": real_pods,
    }
    (sandbox / "endpoints.json").write_text(json.dumps(said))


def lock(state: Path, *, missing: str = "") -> None:
    """Writes a lock with everything that the shipped models name, but for one entry."""
    names = ["artifact:iris", *(f"image:{c}" for c in _CONTEXTS)]
    entries = {n: LockEntry(reference=n, immutable=f"there/{n}", digest=DIGEST, date="2026-11-01") for n in names}
    entries.pop(missing, None)
    path = state / "locks" / "local.json"
    path.parent.mkdir(parents=True)
    path.write_text(LockFile(entries=entries).model_dump_json())


_CONTEXTS = ("examples/house_price", "sandbox/images/mlserver", "sandbox/images/artifact-fetch")

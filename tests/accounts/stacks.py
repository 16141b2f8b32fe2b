"""Stack files of the two clouds, as small as they can be."""

from pathlib import Path

import yaml

EKS = {
    "slipway:cluster": {
        "kind": "eks",
        "account": "123456789012",
        "region": "us-east-1",
        "kubernetes": "1.34",
        "admins": ["arn:aws:iam::123456789012:role/admin"],
        "pools": {"gpu": {"accelerator": "l4", "max_nodes": 4}, "spot": {"machine": "g6.xlarge", "capacity": "spot", "alternatives": ["g6.2xlarge"]}},
    },
    "slipway:store": {"kind": "aws-s3", "bucket": "acme-models"},
    "slipway:ci": {"repository": "acme/ml", "environment": "production"},
}  # fmt: skip

GKE = {
    "slipway:cluster": {
        "kind": "gke",
        "project": "acme-ml-prod",
        "region": "us-central1",
        "kubernetes": "1.34",
        "admins": ["group:platform@example.com"],
        "pools": {"gpu": {"accelerator": "l4", "max_nodes": 3}, "t4": {"accelerator": "t4", "max_nodes": 1}},
    },
    "slipway:store": {"kind": "gcs", "bucket": "acme-models"},
    "slipway:ci": {"repository": "acme/ml", "environment": "production"},
}


def write(folder: Path, monkeypatch, **stacks: dict) -> None:
    """Writes stack files into a folder, which then is the one with the stacks."""
    for name, config in stacks.items():
        (folder / f"Pulumi.{name.replace('_', '-')}.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr("stacks.settings.STACKS", folder)

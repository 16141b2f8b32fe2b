"""Small OCI image layouts, made by hand."""

import hashlib
import json
from pathlib import Path
from typing import Any


def layout(directory: Path, *layers: bytes) -> str:
    """Writes an image of those layers; its digest."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": {"mediaType": f"{kind}.config.v1+json", **put(b'{"architecture": "amd64", "os": "linux"}')},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar+zstd", **put(data)} for data in layers],
    }
    entry = put(json.dumps(manifest).encode())
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return str(entry["digest"])

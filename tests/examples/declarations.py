"""The declarations of the examples, and a lock that names everything they mention."""

from pathlib import Path

from catalog.places import CLONE
from stacks.locks import LockEntry, LockFile

EXAMPLES = CLONE / "examples"
STACK = "dev-eks"
ENGINES = ("plain", "seldon1", "seldon2", "kserve")

# Which engines can serve each; `slipway engines --file` says why another cannot.
CAN = {
    "house_price/declaration": {"plain", "seldon1", "kserve"},
    "image_classifier/declaration": {"plain", "seldon1", "kserve"},
    "iris/alibi": {"plain", "kserve"},
    "iris/lime": {"plain", "kserve"},
    "iris/served": {"plain", "seldon1", "seldon2", "kserve"},
    "iris/shap": {"plain", "kserve"},
    "iris/watched": {"plain"},
    "linear_regression/declaration": {"plain", "seldon1"},
    "mnist/declaration": {"seldon1", "kserve"},
    "mnist/proxied": {"seldon1"},
    "mnist/trained": {"plain", "seldon1", "kserve"},
    "svm/fastapi": {"plain", "seldon1", "kserve"},
    "svm/flask": {"plain", "seldon1", "kserve"},
}
RENDERED = [(example, engine) for example, engines in CAN.items() for engine in sorted(engines)]


def path(example: str) -> Path:
    return EXAMPLES / f"{example}.py"


def lock() -> LockFile:
    """Every artifact and every image that is built here, so that what is rendered does not follow from their content."""
    digest = "sha256:" + "ab" * 32
    artifacts = {
        f"artifact:{name}": f"models/{name}/{digest}/" for name in ("iris", "svm", "mnist", "image-classifier")
    }
    folders = [file.parent.relative_to(CLONE).as_posix() for file in EXAMPLES.rglob("Containerfile")]
    folders += ["sandbox/images/mlserver", "sandbox/images/artifact-fetch"]
    images = {f"image:{folder}": f"registry.test/{Path(folder).name}@{digest}" for folder in folders}
    named = artifacts | images
    entries = {
        key: LockEntry(reference=key, immutable=value, digest=digest, date="2026-11-21", bytes=100_000)
        for key, value in named.items()
    }
    return LockFile(entries=entries)

"""Which component makes which kind of store; imported when asked for: a cloud's SDK is slow to import."""

from importlib import import_module
from typing import Any

# By kind: module and class. Each takes `(name, args, opts)` and gives an `ArtifactStoreHandle` as `handle`.
COMPONENTS = {
    "s3": ("components.storage.s3", "S3ArtifactStore"),
    "aws-s3": ("components.storage.aws.store", "AwsS3ArtifactStore"),
    "gcs": ("components.storage.google.store", "GcsArtifactStore"),
}


def component(kind: str) -> Any:
    """The component class of a kind of store; those of clouds take `CloudStoreArgs`."""
    module, name = COMPONENTS[kind]
    return getattr(import_module(module), name)

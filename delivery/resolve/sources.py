"""Asks the right source for each reference: the clients of one stack, made when the first of them is asked for."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.errors import SlipwayError
from components.serving.spec import Artifact, ArtifactReference, BuiltImage, HuggingFace, Image, MlflowModel, Uri
from components.storage.spec import S3Store
from delivery.resolve import gcs, hub, image, mlflow, s3
from stacks.built import registry, tagged
from stacks.locks import LockEntry
from stacks.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_HUB = "hf://"


class Sources:
    """What the references of a stack mean now.

    Args:
        settings: of the stack.
        own_store: a client of the stack's store, where its credentials are not those of this machine's user.
    """

    def __init__(self, settings: Settings, own_store: "Callable[[], S3Client] | None" = None) -> None:
        self._settings = settings
        self._own_store = own_store

    def artifact(self, reference: ArtifactReference) -> LockEntry:
        """The entry of an artifact.

        Raises:
            SlipwayError: the source cannot be reached or read, or does not have it.
        """
        match reference:
            case Artifact():
                return self._newest(reference.name)
            case HuggingFace():
                return hub.resolve(reference.repo, reference.revision)
            case MlflowModel():
                return mlflow.resolve(reference.model, reference.alias, self._files)
            case Uri():
                return self._files(reference.uri)

    def image(self, reference: Image | BuiltImage) -> LockEntry:
        """The entry of an image; one that is built here must have been pushed for the folder as it is.

        Raises:
            SlipwayError: the registry cannot be reached or read, or does not have it.
        """
        if isinstance(reference, Image):
            return image.resolve(reference.reference)
        where = registry(self._settings)
        if where is None:
            why = "the stack does not say to which registry it is pushed"
            raise SlipwayError(f"image:{reference.context}", "", why, "push it: slipway image push")
        found = image.resolve(tagged(reference.context, where))
        return found.model_copy(update={"reference": reference.context})

    def bucket(self) -> s3.Bucket | gcs.Bucket:
        """The stack's store."""
        name = self._settings.store.bucket
        if self._settings.store.scheme == "gs":
            return gcs.Bucket(self._gcs, name)
        return s3.Bucket(self._store, name)

    def _newest(self, name: str) -> LockEntry:
        bucket = self._settings.store.bucket
        if self._settings.store.scheme == "gs":
            return gcs.artifact(name, self._gcs, bucket)
        return s3.artifact(name, self._store, bucket)

    def _files(self, uri: str) -> LockEntry:
        scheme = uri.partition("://")[0]
        if scheme == "s3":
            return s3.files(uri, self._s3)
        if scheme == "gs":
            return gcs.files(uri, self._gcs)
        repo, _, revision = uri.removeprefix(_HUB).partition(":")
        if uri.startswith(_HUB) and repo.count("/") == 1:
            return hub.resolve(repo, revision or "main").model_copy(update={"reference": uri})
        raise SlipwayError(
            uri, "", f"nothing tells what {scheme}:// means now, and what it means tomorrow",
            "put the files into the store and name the artifact: slipway artifact push NAME PATH",
        )  # fmt: skip

    @cached_property
    def _store(self) -> "S3Client":
        if self._own_store:
            return self._own_store()
        store, cluster = self._settings.store, self._settings.cluster
        region = getattr(store, "region", None) or getattr(cluster, "region", None)
        return s3.client(region, store.endpoint if isinstance(store, S3Store) else None)

    @cached_property
    def _s3(self) -> "S3Client":
        return s3.client()

    @cached_property
    def _gcs(self) -> Any:
        return gcs.client(getattr(self._settings.store, "project", None))

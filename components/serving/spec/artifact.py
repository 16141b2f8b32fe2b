"""Where a model's files and images come from."""

from typing import Annotated

from pydantic import Field

from catalog.plain import Plain

ArtifactName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Artifact(Plain):
    """Files in the stack's artifact store, below `models/<name>/`; the stack's lock says which digest is run."""

    name: ArtifactName


class HuggingFace(Plain):
    """A model on the Hugging Face hub, fetched by the server itself.

    Attributes:
        repo: `organisation/model`.
        revision: a commit makes it immutable; a branch is a mutable reference.
    """

    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: str = "main"


class MlflowModel(Plain):
    """A registered model of an MLflow registry; the lock says which version, and where its files are.

    Attributes:
        model: its registered name.
        alias: a mutable reference, `champion`.
    """

    model: Annotated[str, Field(min_length=1)]
    alias: Annotated[str, Field(min_length=1)] = "champion"


class Uri(Plain):
    """Files that the engine's own downloader fetches: `s3://`, `gs://`, `pvc://`, `hf://`, ...

    Attributes:
        uri: with its scheme; what lies there may change, so it is a mutable reference.
    """

    uri: Annotated[str, Field(min_length=1)]


ArtifactReference = Artifact | HuggingFace | MlflowModel | Uri


class Image(Plain):
    """An image by reference; a tag is a mutable reference, a digest is not."""

    reference: Annotated[str, Field(min_length=1)]


class BuiltImage(Plain):
    """An image built from a folder of this repository (`slipway image build`); the lock says its digest.

    Attributes:
        context: the folder with the Containerfile, relative to the repository.
    """

    context: Annotated[str, Field(pattern=r"^[\w./-]+$")]

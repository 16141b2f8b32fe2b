"""What a model's identity is made from, in any cloud."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.contracts import CloudHandle


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReaderArgs:
    """Whose identity it is, and what it reads.

    Attributes:
        cloud: where the model runs.
        namespace: of the model's service account.
        service_account: the model's own.
        bucket: of the store.
        artifacts: names of the artifacts that the model reads.
        key: that encrypts the bucket, as its cloud names it; None where nothing has to be opened.
        after: what has to be there before anybody can be let in.
    """

    cloud: CloudHandle
    namespace: str
    service_account: str
    bucket: str
    artifacts: Sequence[str]
    key: pulumi.Input[str] | None
    after: Sequence[pulumi.Resource] = ()


def prefixes(artifacts: Sequence[str]) -> list[str]:
    """Where the artifacts are in the bucket."""
    return [f"models/{artifact}/" for artifact in artifacts]

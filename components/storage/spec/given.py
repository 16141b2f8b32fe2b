"""An artifact store on a server that speaks S3 and is not AWS."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from catalog.plain import Plain

BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]


class S3Store(Plain):
    """A bucket on an S3-compatible server.

    Attributes:
        bucket: its name.
        endpoint: the server's URL as this machine sees it; the sandbox's own server by default.
        admin_endpoint: the server's user administration (versitygw's), by the same default; None elsewhere means that
            readers' keys are given as secrets (`slipway:readers`).
        in_cluster_endpoint: the server's URL as pods see it.
    """

    scheme: ClassVar[str] = "s3"

    kind: Literal["s3"]
    bucket: BucketName
    region: str = "us-east-1"
    endpoint: str | None = None
    admin_endpoint: str | None = None
    in_cluster_endpoint: str | None = None

"""Clusters that the stack does not make: the sandbox's, and one that is already there."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from catalog.plain import Plain
from components.clusters.spec.pool import NodePool, PoolName


class SandboxCluster(Plain):
    """The embedded node; its pools are simulated nodes on which the real scheduler places pods."""

    kind: Literal["sandbox"]
    pools: dict[PoolName, NodePool] = {}


class ExistingCluster(Plain):
    """A cluster that is already there, reached by a kubeconfig; its pools are said, not made.

    Attributes:
        kubeconfig: path of the kubeconfig file.
        context: the context in it; its current one by default.
        name: a stable name of the cluster; what is in it is never replaced while the name stays.
        gateway: base URL under which the cluster's gateway answers; None means through the API server's proxy.
    """

    kind: Literal["existing"]
    kubeconfig: Annotated[Path, Field(strict=False)]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")]
    context: str | None = None
    gateway: str | None = None
    pools: dict[PoolName, NodePool] = {}

"""Clusters that the stack does not make: the sandbox's, and one that is already there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalog.plain import Plain, Refusal, Refusals
from components.clusters.spec.pool import NodePool, PoolName

StackName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,61}$")]


class _Given(Plain):
    """A cluster with pools that the stack says and does not make."""

    pools: dict[PoolName, NodePool] = {}

    @property
    def all_pools(self) -> Mapping[str, NodePool]:
        """The pools whose machines are known: nothing here says those of a system pool."""
        return self.pools


class SandboxCluster(_Given):
    """The embedded node; its pools are simulated nodes on which the real scheduler places pods."""

    kind: Literal["sandbox"]


class ExistingCluster(_Given):
    """A cluster that is already there: reached by a kubeconfig, its pools said; or another stack's, with its outputs.

    Attributes:
        stack: the stack that makes the cluster, its store and its teams' places; without it a kubeconfig is said.
        kubeconfig: path of the kubeconfig file.
        context: the context in it; its current one by default.
        name: a stable name of the cluster; what is in it is never replaced while the name stays.
        gateway: base URL under which the cluster's gateway answers; None means through the API server's proxy.
    """

    kind: Literal["existing"]
    stack: StackName | None = None
    kubeconfig: Annotated[Path | None, Field(strict=False)] = None
    name: Annotated[str | None, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")] = None
    context: str | None = None
    gateway: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        wrong = []
        for key in ("kubeconfig", "name"):
            if (getattr(self, key) is None) == (self.stack is None):
                why = "the stack that makes the cluster says it" if self.stack else "nothing says how it is reached"
                fix = "remove it" if self.stack else "give it, or the stack that makes the cluster"
                wrong.append((key, Refusal("", why, fix)))
        if self.stack and self.pools:
            wrong.append(("pools", Refusal("", "the stack that makes the cluster says them", "remove it")))
        if wrong:
            raise Refusals(wrong)
        return self

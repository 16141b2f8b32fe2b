"""An engine's own kind as a component: its objects, registered and awaited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.contracts import ClusterHandle, TeamHandle
from components.kubernetes_object import KubernetesObject


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnObjectArgs:
    """Objects of an engine in a team's namespace.

    Attributes:
        objects: by role, in the order in which they are made.
        after: what has to be there before.
    """

    objects: Mapping[str, dict[str, Any]]
    cluster: ClusterHandle
    team: TeamHandle
    after: Sequence[pulumi.Resource] = field(default_factory=tuple)


class OwnObject(pulumi.ComponentResource):
    """A Server, a Pipeline, a ServingRuntime, ...: what an engine is given beside models."""

    def __init__(self, name: str, args: OwnObjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:serving:OwnObject", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=[args.team.made, *args.team.guards, *args.after])
        for role, manifest in args.objects.items():
            KubernetesObject(f"{name}-{role}", manifest, args.cluster.marker, child)
        self.register_outputs({})

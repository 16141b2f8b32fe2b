"""A cluster, its store and the places in it, as another stack's outputs give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from catalog.errors import SlipwayError
from components.clusters.facts import pool_facts
from components.clusters.spec import NodePool
from components.contracts import ArtifactStoreHandle, ClusterHandle, ReaderHandle, TeamHandle


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputsClusterArgs:
    """What is known of the cluster without asking the stack that makes it.

    Attributes:
        stack: full name of the stack that makes it.
        output: the name of its output with the handles.
        cluster: its name in the cloud.
        bucket: of its store.
        pools: as declared there.
        gateway: name and namespace of the Gateway.
        gateway_cidrs: from where it reaches pods.
        store_cidrs: where pods reach the store.
        annotation: what a service account with an identity is annotated with; None where nothing is.
    """

    stack: str
    output: str
    marker: str
    cluster: str
    bucket: str
    pools: Mapping[str, NodePool]
    gateway: tuple[str, str]
    gateway_cidrs: tuple[str, ...]
    store_cidrs: tuple[str, ...]
    annotation: str | None


class OutputsCluster(pulumi.ComponentResource):
    """A provider for the cluster of another stack, and handles of what that one made for this one. Makes nothing."""

    handle: ClusterHandle

    def __init__(self, name: str, args: OutputsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:OutputsCluster", name, None, opts)
        self._args = args
        self._reference = pulumi.StackReference(name, args.stack, pulumi.ResourceOptions(parent=self))
        self._given = self._reference.get_output(args.output).apply(self._fitting)
        provider = kubernetes.Provider(
            name,
            kubeconfig=self._given.apply(lambda given: given["cluster"]["kubeconfig"]),
            cluster_identifier=args.cluster,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.handle = ClusterHandle(
            name=args.cluster,
            marker=args.marker,
            provider=provider,
            pools=pool_facts(args.pools, simulated=False, system_simulated=False),
            gateway=args.gateway,
            gateway_cidrs=args.gateway_cidrs,
            store_cidrs=args.store_cidrs,
        )
        self.register_outputs({})

    def store(self, endpoint: str, region: str, scheme: str) -> ArtifactStoreHandle:
        """The store of that stack.

        Args:
            endpoint: URL as pods see it.
            region: of the bucket.
            scheme: of its URIs.
        """
        key = self._given.apply(lambda given: given["store"]["key"])
        return ArtifactStoreHandle(bucket=self._args.bucket, endpoint=endpoint, region=region, scheme=scheme, key=key)

    def team(self, name: str) -> TeamHandle:
        """The place of a team, with its guards, as that stack made it."""
        return TeamHandle(namespace=name, made=self._reference, guards=())

    def reader(self, model: str) -> ReaderHandle:
        """The identity that that stack made for a model."""
        annotation = self._args.annotation
        if annotation is None:
            return ReaderHandle(kind="identity", made=(self._reference,))
        value = self._given.apply(lambda given: given["identities"][model][annotation])
        return ReaderHandle(kind="identity", annotations={annotation: value}, made=(self._reference,))

    def _fitting(self, given: Any) -> Any:
        """What the other stack gives, if it is what its file says."""
        stack, fix = self._args.stack, f"run it first: slipway up -s {self._args.stack.rpartition('/')[2]}"
        if not given:
            raise SlipwayError("cluster.stack", stack, "it gives nothing to other stacks yet", fix)
        found = given["cluster"]["name"], given["store"]["bucket"]
        if found != (self._args.cluster, self._args.bucket):
            why = f"it gives cluster {found[0]} and bucket {found[1]}, and its file says others"
            raise SlipwayError("cluster.stack", stack, why, fix)
        return given

"""Frozen handles: how the families of components meet without importing each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from catalog.gpu import WHOLE, Sharing
from catalog.machines import Accelerator


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolFact:
    """A node pool as a pod sees it; nothing of the cloud is left in it.

    Attributes:
        accelerator: what its nodes carry, None for processors only.
        per_node: accelerators in one node; where they are cut or shared, how many parts of them.
        sharing: how several pods share one of them.
        resource: by which a pod asks for them; None without any.
        simulated: its nodes are simulated: pods are placed there and never run.
        selector: labels that pods name besides, where nodes are made only for those that do.
    """

    name: str
    accelerator: Accelerator | None
    per_node: int
    simulated: bool
    selector: Mapping[str, str] = field(default_factory=dict)
    sharing: Sharing = WHOLE
    resource: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudHandle:
    """The cloud that a cluster is in, for what gives its pods identities there.

    Attributes:
        kind: of the cluster.
        cluster: its name in the cloud.
        owner: account (AWS) or project (Google).
        stack: the stack's name.
        boundary: name of the policy that limits every role the stack makes (AWS); None without one.
        identity: how pods get identities.
        issuer: URL and ARN of the identity provider that the cluster is, with `irsa`; else None.
        made: the cluster; identities of its pods are made after it.
        provider: the cloud's provider of the cluster.
    """

    kind: str
    cluster: str
    owner: str
    region: str
    stack: str
    boundary: str | None = None
    identity: str
    issuer: tuple[pulumi.Input[str], pulumi.Input[str]] | None = None
    made: pulumi.Resource
    provider: pulumi.ProviderResource


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterHandle:
    """A cluster to put things into.

    Attributes:
        name: stable name.
        marker: `<project>/<stack>`, stamped on every object, so that a later run knows its own.
        provider: the Kubernetes provider of this cluster.
        pools: where pods can go; one is named `system`.
        gateway: name and namespace of the Gateway that routes attach to.
        gateway_cidrs: from where the gateway reaches pods.
        store_cidrs: where pods reach the artifact store.
        cloud: the cloud it is in, where its pods get identities there; None elsewhere.
        access: how a person reaches it, outputs of the stack by their names.
    """

    name: str
    marker: str
    provider: pulumi.ProviderResource
    pools: tuple[PoolFact, ...]
    gateway: tuple[str, str]
    gateway_cidrs: tuple[str, ...]
    store_cidrs: tuple[str, ...]
    cloud: CloudHandle | None = None
    access: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderHandle:
    """The identity with which one model reads its artifacts.

    Attributes:
        kind: `secret-env` is environment of the pod's first step, `identity` comes with the pod's service account.
        secret_env: names and secret values.
        annotations: of the service account.
        made: what makes the identity work; pods start after it.
    """

    kind: Literal["secret-env", "identity"] = "secret-env"
    secret_env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    made: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactStoreHandle:
    """Where artifacts are, as pods see it.

    Attributes:
        bucket: its name; known before anything is made.
        endpoint: URL of the server inside the cluster.
        scheme: of its URIs: `s3`, `gs`.
        readers: by the reader's name: a model's own for its first artifact; empty where pods have identities.
        key: the key that encrypts it, as its cloud names it; None where pods need none.
        made: the bucket, where its cloud lets nobody into one that is not there yet.
    """

    bucket: str
    endpoint: str
    region: str
    scheme: str = "s3"
    readers: Mapping[str, ReaderHandle] = field(default_factory=dict)
    key: pulumi.Input[str] | None = None
    made: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamHandle:
    """A team's place in the cluster.

    Attributes:
        namespace: its name; known before anything is made.
        made: the namespace, before which nothing can be put into it.
        guards: limits, access and network rules, which are there before a pod runs.
    """

    namespace: str
    made: pulumi.Resource
    guards: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingHandle:
    """A model as it is reached.

    Attributes:
        path: prefix at the gateway.
        rest_url: where it is asked over HTTP from inside the cluster; None where the engine alone knows.
        grpc_url: the same over gRPC, `host:port`; None where it is not offered.
        metrics: labels of its pods, for queries and monitors.
        artifact_digest: of the first predictor's artifact; None without one of the store.
    """

    name: str
    path: str
    rest_url: str | None = None
    grpc_url: str | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    artifact_digest: str | None = None

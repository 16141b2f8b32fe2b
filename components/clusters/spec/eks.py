"""What a stack says of an EKS cluster."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from catalog.machines import Cloud
from catalog.plain import Plain
from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.pool import EksPool, NodePool, PoolName

# A role or a user; a session (`sts`) or the account itself cannot be given access.
PrincipalArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$")]
SecretArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache/.+$")
]
# What ECR caches: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (read 2026-11).
Upstream = Literal[
    "public.ecr.aws", "registry.k8s.io", "quay.io", "registry-1.docker.io", "ghcr.io", "registry.gitlab.com"
]


class EcrCache(Plain):
    """A pull-through cache of one registry.

    Attributes:
        credential: ARN of the secret with the account there; its name begins with `ecr-pullthroughcache/`.
    """

    credential: SecretArn | None = None


class EksCluster(CloudCluster):
    """An EKS cluster in a network of its own.

    Attributes:
        account: the AWS account; with credentials of another one nothing is changed.
        admins: roles and users that administer the cluster; who creates it does not by that alone.
        support: `extended` keeps an old version for a price, `standard` has AWS upgrade it.
        identity: how pods get AWS credentials: EKS Pod Identity, or roles for service accounts (`irsa`).
        caches: registries whose images are pulled through ECR.
    """

    cloud: ClassVar[Cloud] = Cloud.AWS
    default_cidr: ClassVar[str] = "10.0.0.0/16"

    kind: Literal["eks"]
    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    admins: Annotated[tuple[PrincipalArn, ...], Field(min_length=1, strict=False)]
    system: EksPool = EksPool(machine="m7i.xlarge", min_nodes=2, max_nodes=4)
    pools: dict[PoolName, EksPool] = {}
    support: Literal["standard", "extended"] = "standard"
    identity: Literal["pod_identity", "irsa"] = "pod_identity"
    caches: dict[Upstream, EcrCache] = {
        "public.ecr.aws": EcrCache(),
        "registry.k8s.io": EcrCache(),
        "quay.io": EcrCache(),
    }

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        return self.pools

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        return self.system

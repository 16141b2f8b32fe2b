"""What a stack says of an EKS cluster."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from catalog.machines import Cloud
from catalog.network import EksPlan, eks_plan
from catalog.plain import Plain, Refusal
from catalog.upgrades import SKEW
from components.clusters.eks.kubeconfig import tunnel_command
from components.clusters.spec import address_rules
from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.cluster_rules import UNREAD, Wrong
from components.clusters.spec.pool import EksPool, NodePool, PoolName
from components.versions import CLUSTER_AUTOSCALER, CLUSTER_AUTOSCALER_IMAGE

# A role or a user; a session (`sts`) or the account itself cannot be given access.
PrincipalArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$")]
SecretArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache/.+$")
]
# What ECR caches: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (read 2026-11).
Upstream = Literal["public.ecr.aws", "registry.k8s.io", "quay.io", "docker.io", "ghcr.io", "registry.gitlab.com"]


# Of these, those that ECR asks only with an account there.
_WITH_ACCOUNT = frozenset({"docker.io", "ghcr.io", "registry.gitlab.com"})
# What Amazon CloudWatch offers: PutRetentionPolicy, https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference
CLOUDWATCH_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
# A tag's key has 128 characters, and `k8s.io/cluster-autoscaler/node-template/label/` is in it:
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html (read 2026-11).
_TEMPLATE_KEY = 128 - 46
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html (read 2026-11).
_IDENTITY_AGENT = "169.254.170.23/32"


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
        admins: ARNs of roles and users.
        support: `extended` keeps an old version for a price, `standard` has AWS upgrade it.
        identity: how pods get AWS credentials: EKS Pod Identity, or roles for service accounts (`irsa`).
        caches: registries whose images are pulled through ECR.
    """

    cloud: ClassVar[Cloud] = Cloud.AWS
    pool: ClassVar[type[NodePool]] = EksPool
    owner_key: ClassVar[str] = "account"
    default_cidr: ClassVar[str] = "10.0.0.0/16"
    max_skew: ClassVar[int] = SKEW["eks"]
    stand_ins: ClassVar[Mapping[str, Any]] = {
        "region": "", "kubernetes": UNREAD, "account": "0" * 12, "admins": [f"arn:aws:iam::{'0' * 12}:role/unread"],
    }  # fmt: skip

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

    def _wrong_here(self) -> Wrong:
        """What AWS refuses."""
        if len(self.network.zones) == 1:
            yield (
                "network.zones",
                Refusal(self.network.zones[0], "EKS needs two zones for its control plane", "name one more"),
            )
        if self.logs_days not in CLOUDWATCH_DAYS:
            days = ", ".join(map(str, CLOUDWATCH_DAYS))
            yield (
                "logs_days",
                Refusal(str(self.logs_days), "CloudWatch keeps logs for other times", f"give one of {days}"),
            )
        for upstream, cache in self.caches.items():
            if upstream in _WITH_ACCOUNT and cache.credential is None:
                why = "ECR caches this registry only with an account there"
                yield f"caches.{upstream}", Refusal("", why, "give its credential")
        if self.mode == "auto" and self.api_access == "tunnel":
            why = "nodes of Auto Mode have no agent of Systems Manager, through which a tunnel would go"
            yield "api_access", Refusal("tunnel", why, "give runner or cidrs")
        yield from self._unscaled()
        if self.mode == "standard":
            yield from address_rules.wrong(self, self.plan)

    def _unscaled(self) -> Wrong:
        """Where Cluster Autoscaler cannot run, pools keep the number of nodes that they have."""
        if not self.scaled_pools:
            return
        scaled = ", ".join(self.scaled_pools)
        if self.kubernetes not in (UNREAD, *CLUSTER_AUTOSCALER):
            why = f"no release of Cluster Autoscaler is known here for it, and nothing would scale {scaled}"
            fix = f"give a version from {min(CLUSTER_AUTOSCALER)} to {max(CLUSTER_AUTOSCALER)}, or pools a fixed number"
            yield "kubernetes", Refusal(self.kubernetes, why, fix)
        registry = CLUSTER_AUTOSCALER_IMAGE.partition("/")[0]
        if self.network.egress == "none" and registry not in self.caches:
            why = f"Cluster Autoscaler, which scales {scaled}, is pulled from {registry}, and nodes do not reach it"
            yield "caches", Refusal("", why, f"add {registry}, or give pools a fixed number")
        for name in self.scaled_pools:
            pool = self.all_pools[name]
            for key in (*pool.labels, *(taint.key for taint in pool.taints)):
                if len(key) > _TEMPLATE_KEY:
                    where = "system" if pool is self.system else f"pools.{name}"
                    why = f"Cluster Autoscaler is told it by a tag, which has room for {_TEMPLATE_KEY} characters"
                    yield (
                        f"{where}.labels" if key in pool.labels else f"{where}.taints",
                        Refusal(key, why, "shorten it"),
                    )

    def plan(self, cidr: str) -> EksPlan:
        """How a network of these addresses is divided.

        Raises:
            ValueError: it is too small to be divided at all.
        """
        return eks_plan(cidr, self.zones, self.demands, self.network.services, self.network.avoid)

    def tunnel(self, cluster: str) -> str | None:
        """AWS' session manager."""
        return tunnel_command(cluster, self.region) if self.api_access == "tunnel" else None

    @property
    def store_cidrs(self) -> tuple[str, ...]:
        """S3 has no addresses of its own; the agent of Pod Identity has one, the same on every node."""
        return ("0.0.0.0/0", *((_IDENTITY_AGENT,) if self.identity == "pod_identity" else ()))

    @property
    def identity_annotation(self) -> str | None:
        """The role, where service accounts have roles."""
        return "eks.amazonaws.com/role-arn" if self.identity == "irsa" else None

    @property
    def scaled_pools(self) -> tuple[str, ...]:
        """The pools whose number of nodes Cluster Autoscaler changes; Auto Mode and Karpenter do that themselves."""
        if self.mode == "auto":
            return ()
        return tuple(
            name
            for name, pool in self.all_pools.items()
            if pool.autoscaler == "managed" and pool.minimum < pool.maximum
        )

    @property
    def unpinned_pools(self) -> tuple[str, ...]:
        """Those without an image: EKS takes the newest whenever it makes or updates a group, even for its template.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html (read 2026-11). In Auto Mode
        AWS keeps the images.
        """
        return () if self.mode == "auto" else tuple(n for n, pool in self.all_pools.items() if pool.image is None)

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        return self.pools

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        return self.system

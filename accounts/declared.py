"""The account that a stack declares, out of its settings."""

from pathlib import Path

import yaml

from accounts.aws.account import AwsAccount
from accounts.google.project import GoogleProject
from catalog.errors import SlipwayError
from catalog.upgrades import Cluster
from components.clusters.spec import EksCluster, GkeCluster
from components.names import safe_name
from components.storage.spec import CloudStore
from stacks import settings
from stacks.settings import PROJECT, STACKS, Engine, Settings

_BUCKET_NAME = 63


def account(stack: str, declared: Settings) -> AwsAccount | GoogleProject:
    """The account, with what its roles must reach.

    Raises:
        SlipwayError: the stack runs in no cloud account.
    """
    cluster = declared.cluster
    if isinstance(cluster, EksCluster):
        return AwsAccount(
            stack=stack, project=PROJECT, account_id=cluster.account, region=cluster.region,
            cluster=cluster.name or f"slipway-{stack}", ci=declared.ci, buckets=buckets(declared),
        )  # fmt: skip
    if isinstance(cluster, GkeCluster):
        return GoogleProject(
            stack=stack, pulumi_project=PROJECT, project=cluster.project, region=cluster.region, ci=declared.ci
        )
    why = "its cluster is not made by Slipway in a cloud account"
    raise SlipwayError("cluster.kind", cluster.kind, why, "choose a stack with kind: eks or gke")


def buckets(declared: Settings) -> tuple[str, ...]:
    """Names of the buckets that a stack makes in its cloud: the store's, and that of its access logs."""
    store = declared.store
    if not isinstance(store, CloudStore):
        return ()
    return (store.bucket, safe_name(f"{store.bucket}-logs", _BUCKET_NAME)) if store.access_logs else (store.bucket,)


def of_stack(stack: str) -> AwsAccount | GoogleProject:
    """The account of a stack file.

    Raises:
        SlipwayError: no such stack, or it runs in no cloud account.
        SeveralErrors: the stack file is wrong.
    """
    return account(stack, settings.from_file(settings.stack_file(stack)))


def upgradable(stack: str) -> Cluster:
    """What a stack file says of the cluster, as far as an upgrade is concerned.

    Raises:
        SlipwayError: no such stack, or its cluster is not Slipway's to upgrade.
        SeveralErrors: the stack file is wrong.
    """
    declared = settings.from_file(settings.stack_file(stack))
    cluster = declared.cluster
    if not isinstance(cluster, EksCluster | GkeCluster):
        why = "Slipway does not make this cluster, so it cannot upgrade it"
        raise SlipwayError("cluster.kind", cluster.kind, why, "upgrade it the way it was made")
    engines = {declared.models[name].engine or declared.engine for name in declared.models} or {declared.engine}
    pools = cluster.all_pools
    return Cluster(
        kind=cluster.kind,
        version=cluster.kubernetes,
        pools={name: pool.image for name, pool in pools.items()},
        engines=sorted(str(engine) for engine in engines - {Engine.PLAIN}),
        karpenter=any(pool.autoscaler == "karpenter" for pool in pools.values()),
        autoscaler=isinstance(cluster, EksCluster) and bool(cluster.scaled_pools),
    )


def sealed_by(provider: str, folder: Path = STACKS) -> list[str]:
    """The stack files whose encrypted values only this key opens.

    Args:
        provider: the secrets provider's URL without its query.
        folder: of the stack files.
    """
    found = []
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        document = yaml.safe_load(path.read_text()) or {}
        if document.get("encryptedkey") and str(document.get("secretsprovider", "")).partition("?")[0] == provider:
            found.append(f"{folder.name}/{path.name}")
    return found

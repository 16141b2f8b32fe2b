"""What a stack must know of its account before the first `up`: asked with credentials, listed without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from accounts import checks, declared
from accounts.aws.account import AwsAccount
from accounts.checks import Check, Placement, Questions, Unpinned
from accounts.google.project import GoogleProject
from accounts.plan import NoCredentials
from catalog import capacity
from components.clusters.spec import CloudCluster, EksCluster, GkeCluster, amis
from stacks import settings
from stacks.settings import Settings


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found.

    Attributes:
        account: which one, and with whose credentials it was asked.
        asked: False where there were no credentials.
    """

    account: str
    asked: bool
    checks: Sequence[Check]


def of_stack(stack: str) -> Preflight:
    """Asks the account of a stack, or says what a person must ask or request.

    Raises:
        SlipwayError: no account, credentials of another one, or refused answers.
        SeveralErrors: the stack file is wrong.
    """
    said = settings.from_file(settings.stack_file(stack))
    return of_account(declared.account(stack, said), questions(stack, said))


def of_account(account: AwsAccount | GoogleProject, asked: Questions) -> Preflight:
    """The same for an account that is known already."""
    return _aws(account, asked) if isinstance(account, AwsAccount) else _google(account, asked)


def questions(stack: str, said: Settings) -> Questions:
    """What a stack must know, out of its settings; its cluster is one of a cloud."""
    cluster = said.cluster
    assert isinstance(cluster, EksCluster | GkeCluster), "asked after the account"  # noqa: S101  a promise of the caller
    return Questions(
        stack=stack,
        region=cluster.region,
        control_plane=getattr(cluster, "zone", None) or cluster.region,
        needs=capacity.needs(cluster.bought),
        placements=_placements(cluster),
        cluster=cluster.name or f"slipway-{stack}",
        buckets=declared.buckets(said),
        addresses=len(cluster.zones) if isinstance(cluster, EksCluster) and cluster.network.egress == "nat" else 0,
        images=_images(cluster) if isinstance(cluster, EksCluster) else (),
    )


def _images(cluster: EksCluster) -> list[Unpinned]:
    pools: dict[str, list[str]] = {}
    for name in cluster.unpinned_pools:
        pools.setdefault(amis.newest(cluster.kubernetes, cluster.all_pools[name].machine_type), []).append(name)
    return [Unpinned(pools=names, parameter=parameter) for parameter, names in pools.items()]


def _placements(cluster: CloudCluster) -> list[Placement]:
    return [
        Placement(
            pool=name,
            machines=pool.machine_types,
            zones=pool.zones or cluster.zones_of(pool) or cluster.zones,
            named=bool(pool.zones),
        )
        for name, pool in cluster.all_pools.items()
    ]


def _aws(account: AwsAccount, asked: Questions) -> Preflight:
    from accounts.aws import preflight
    from accounts.aws.account import connect

    try:
        cloud = connect(account)
    except NoCredentials:
        words = f"AWS account {account.account_id}, {account.region}: there are no credentials to ask it with"
        asked = replace(asked, needs=preflight.needs(asked))
        requests = {need.code or "": preflight.request(account, need) for need in asked.needs if need.code}
        return Preflight(words, asked=False, checks=checks.unasked(asked, requests))
    words = f"AWS account {account.account_id}, {account.region}, as {cloud.caller}"
    return Preflight(words, asked=True, checks=preflight.ask(cloud, asked))


def _google(declared_project: GoogleProject, asked: Questions) -> Preflight:
    from accounts.google import preflight
    from accounts.google.project import open_project

    try:
        project = open_project(declared_project)
    except NoCredentials:
        words = f"Google project {declared_project.project}: there are no credentials to ask it with"
        requests = {need.code or "": preflight.request(declared_project, need) for need in asked.needs if need.code}
        return Preflight(words, asked=False, checks=checks.unasked(asked, requests))
    words = f"Google project {declared_project.project}, {declared_project.region}, as {project.caller}"
    return Preflight(words, asked=True, checks=preflight.ask(project, asked))

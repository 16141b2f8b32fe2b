"""What an AWS account must have before a stack's first `up`, in the order in which it is made."""

from collections.abc import Sequence
from functools import partial

from accounts.aws import documents, roles
from accounts.aws.account import Cloud
from accounts.aws.bucket import Bucket
from accounts.aws.key import Key
from accounts.plan import Part


def parts(cloud: Cloud, sealed: Sequence[str] = ()) -> list[Part]:
    """The parts: key, bucket and, where the stack names its repository, provider, boundary, and two roles.

    Args:
        cloud: the account.
        sealed: files with values that only the key opens.
    """
    others = partial(roles.of_other_stacks, cloud)
    key = Key(cloud, sealed)
    bucket = Bucket(cloud, key, others)
    key.bucket = bucket
    made: list[Part] = [key, bucket]
    if cloud.account.ci is not None:
        made += [
            roles.Provider(cloud, others),
            roles.Policy(cloud, cloud.account.boundary, lambda: documents.boundary(cloud, key.arn)),
            roles.Policy(cloud, cloud.account.role("apply"), lambda: documents.apply_access(cloud, key.arn)),
            roles.Role(cloud, key, "preview"),
            roles.Role(cloud, key, "apply"),
        ]
    return made


def outputs(cloud: Cloud) -> dict[str, str]:
    """What a person puts into the stack file and into GitHub."""
    account = cloud.account
    said = {"backend": account.backend, "secrets_provider": account.secrets_provider}
    if account.ci is None:
        return said
    return {
        **said,
        "preview_role": roles.Role(cloud, Key(cloud), "preview").arn,
        "apply_role": roles.Role(cloud, Key(cloud), "apply").arn,
        "permissions_boundary": cloud.iam_arn(f"policy/slipway/{account.boundary}"),
    }

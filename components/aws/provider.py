"""The explicit provider of one account and region."""

import pulumi
import pulumi_aws as aws

from components.aws.place import STACK_TAG, Place


def provider(name: str, place: Place, parent: pulumi.Resource) -> aws.Provider:
    """A provider that changes nothing with the credentials of another account, and tags all that it makes.

    Args:
        name: in the program.
        place: where it works.
        parent: the component that uses it.
    """
    return aws.Provider(
        name,
        region=place.region,
        allowed_account_ids=[place.account],
        default_tags={"tags": {STACK_TAG: place.stack}},
        opts=pulumi.ResourceOptions(parent=parent),
    )

"""The explicit provider of one project."""

import pulumi
import pulumi_gcp as gcp

from components.google.place import Place


def provider(name: str, place: Place, parent: pulumi.Resource) -> gcp.Provider:
    """A provider that works in one project alone, and labels all that it makes.

    Each request names the project as the one that is billed for it, so that Google refuses credentials that have no
    rights there before it does anything.

    Args:
        name: in the program.
        place: where it works.
        parent: the component that uses it.
    """
    return gcp.Provider(
        name,
        project=place.project,
        billing_project=place.project,
        user_project_override=True,
        region=place.region,
        default_labels=place.labels,
        add_pulumi_attribution_label=False,
        opts=pulumi.ResourceOptions(parent=parent),
    )

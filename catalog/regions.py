"""Regions and zones of the clouds, as their machine lists have them."""

from catalog import aws, google
from catalog.machines import Cloud, zone_name

# A cluster's zones when none are named.
DEFAULT_ZONES = 3


def regions(cloud: Cloud) -> tuple[str, ...]:
    """The regions of a cloud."""
    return tuple(_letters(cloud))


def zones(cloud: Cloud, region: str) -> tuple[str, ...]:
    """The zones of a region; none where they are not known."""
    return tuple(zone_name(cloud, region, letter) for letter in _letters(cloud).get(region, ""))


def _letters(cloud: Cloud) -> dict[str, str]:
    return aws.regions() if cloud is Cloud.AWS else google.regions()

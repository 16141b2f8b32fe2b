"""The stand-ins there are."""

from collections.abc import Mapping

from sandbox.providers.cloud import aws, google
from sandbox.providers.cloud.cloud import Cloud

CLOUDS: Mapping[str, Cloud] = {cloud.name: cloud for cloud in (aws.CLOUD, google.CLOUD)}
"""By the name of the provider whose place they take."""

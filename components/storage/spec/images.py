"""Where the store of a stack keeps its images: the address of its registry, known before it is made.

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html and
https://docs.cloud.google.com/artifact-registry/docs/docker/names (read 2026-11).
"""

import re

_PARTITION = {"cn": "amazonaws.com.cn"}
_LONGEST = 63


def ecr(account: str, region: str, bucket: str) -> str:
    """ECR: the images of a stack are in repositories `<namespace>/<name>` of its account."""
    return f"{account}.dkr.ecr.{region}.{aws_domain(region)}/{namespace(bucket)}"


def aws_domain(region: str) -> str:
    """The domain of AWS' services in a region."""
    return _PARTITION.get(region.partition("-")[0], "amazonaws.com")


def artifact_registry(project: str, location: str, bucket: str) -> str:
    """Artifact Registry: the images of a stack are in one repository of its project."""
    return f"{location.lower()}-docker.pkg.dev/{project}/{namespace(bucket)}"


def namespace(bucket: str) -> str:
    """What keeps the images of two stacks of one account apart: their bucket, which no other stack has.

    ECR takes no two hyphens in a row, Artifact Registry no digit at the beginning.
    """
    name = re.sub("-+", "-", bucket)
    return name if name[0].isalpha() else f"r{name}"[:_LONGEST].rstrip("-")

"""What the types of the SDKs say of registrations that a test has recorded, without engine and provider."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from providers import wire
from sandbox.providers.changes import show
from sandbox.providers.kubernetes.offline_types import Types
from sandbox.providers.sdk import check
from sandbox.providers.sdk.reader import Sdk


def wrong(token: str, inputs: Mapping[str, Any]) -> list[str] | None:
    """What is wrong with the inputs of a resource, one line each; None where nothing is known of its type.

    Args:
        token: `aws:eks/cluster:Cluster`, `kubernetes:apps/v1:Deployment`.
        inputs: as they go over the wire, unknowns and secrets as their sentinels.
    """
    document = wire.decode(ParseDict(dict(inputs), Struct()))
    package = token.split(":", maxsplit=1)[0]
    if package == "kubernetes":
        found = kubernetes().failures(document)
        return None if found is None else [reason for _, reason in found]
    if package not in ("aws", "gcp"):
        return None
    resource = sdk(package).resource(token)
    if resource is None:
        return [f"the SDK has no resource type {token}"]
    return [f"{show(each.path)}: {each.why}" for each in check.failures(resource.name, resource.inputs, document)]


@cache
def sdk(package: str) -> Sdk:
    return Sdk(f"pulumi_{package}")


@cache
def kubernetes() -> Types:
    return Types()

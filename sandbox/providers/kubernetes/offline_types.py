"""What is wrong with an object by what is known of its kind: the SDK's types, or the field tables of the engines."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from components.serving import fields
from providers.wire import UNKNOWN, Path, Secret, plain
from sandbox.providers.changes import show
from sandbox.providers.kubernetes import read
from sandbox.providers.kubernetes.checks import Failures
from sandbox.providers.kubernetes.objects import Identity, group, identify
from sandbox.providers.sdk import check
from sandbox.providers.sdk.reader import Sdk

# https://kubernetes.io/docs/reference/kubernetes-api/ (v1.34, read 2026-11): kinds whose objects have no namespace.
_WITHOUT_NAMESPACE = frozenset(
    """
    APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding ClusterTrustBundle
    CustomResourceDefinition DeviceClass DeviceTaintRule FlowSchema IPAddress IngressClass MutatingAdmissionPolicy
    MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass
    PriorityLevelConfiguration ResourceSlice RuntimeClass ServiceCIDR StorageClass StorageVersion
    StorageVersionMigration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
    VolumeAttachment VolumeAttributesClass
    """.split()  # noqa: SIM905  forty quotes less
)


class Types:
    """All types there are, read when they are needed."""

    @cached_property
    def _sdk(self) -> Sdk:
        return Sdk("pulumi_kubernetes")

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(_api_group(token) for token in self._sdk.tokens)

    def is_namespaced(self, identity: Identity) -> bool:
        """Whether the objects of a built-in kind are in namespaces; those of other kinds are as they say."""
        return identity.group in self._groups and identity.kind not in _WITHOUT_NAMESPACE

    def failures(self, inputs: dict[str, Any]) -> Failures | None:
        """What is wrong with an object; nothing (None) where its kind is not known, so that it is not checked.

        Args:
            inputs: complete, with their apiVersion and kind.
        """
        identity = identify(plain(inputs))
        if identity.group in self._groups:
            return self._built_in(identity, inputs)
        document = plain(inputs)
        found = fields.errors(document)
        if any(each.reason is fields.Reason.UNKNOWN_KIND for each in found):
            return None
        unknown = [show(path) for path in _unknown(document)]
        return [(each.path, str(each)) for each in found if not each.path.startswith(tuple(unknown))]

    def _built_in(self, identity: Identity, inputs: dict[str, Any]) -> Failures:
        version = identity.api_version if identity.group else f"core/{identity.api_version}"
        resource = self._sdk.resource(f"kubernetes:{version}:{identity.kind}")
        if resource is None:
            return [("kind", f"kind: the SDK has no {identity.kind} in {identity.api_version}")]
        # `status` is the cluster's own, and no input of the SDK; simulated nodes give it all the same.
        document = {key: _as_in_sdk(value) for key, value in inputs.items() if key != "status"}
        found = check.failures(resource.name, resource.inputs, document)
        return [
            (show(each.path), f"{show(each.path)}: {each.why}") for each in found if not _quantity(inputs, each.path)
        ]


def _api_group(token: str) -> str:
    version = token.split(":")[1]
    return "" if version.startswith("core/") else group(version)


def _as_in_sdk(value: Any) -> Any:
    """The value with the keys that the SDK must spell otherwise: `x-kubernetes-...` in a schema."""
    if isinstance(value, Secret):
        return Secret(_as_in_sdk(value.value))
    if isinstance(value, dict):
        return {
            key.replace("-", "_") if key.startswith("x-kubernetes-") else key: _as_in_sdk(item)
            for key, item in value.items()
        }
    return [_as_in_sdk(item) for item in value] if isinstance(value, list) else value


def _quantity(inputs: Any, path: Path) -> bool:
    """Whether there is a number where a quantity belongs: the API server takes it, the SDK calls it a string."""
    value = plain(inputs)
    for part in path:
        if not isinstance(value, dict | list) or (isinstance(value, dict) and part not in value):
            return False
        value = value[part]  # type: ignore[index]  # an int for a list, a str for a dict, as it was walked
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(read.QUANTITIES.intersection(path))


def _unknown(value: Any, at: Path = ()) -> Iterator[Path]:
    if value is UNKNOWN:
        yield at
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, (*at, index))

"""One Kubernetes object as one resource, from a plain manifest."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.labels import stamped
from components.versions import KUBERNETES_PROVIDER


def token(api_version: str, kind: str) -> str:
    """The resource type the Kubernetes SDK has for this kind; the core group is spelt out there."""
    return f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"


class KubernetesObject(pulumi.CustomResource):
    """A manifest registered under the type, and thus the behaviour, of its typed counterpart.

    The typed classes translate every property on its way; a manifest is in its final form already, and at a thousand
    models that translation is most of the program's time. They also refuse `status`, which simulated nodes need.
    """

    def __init__(
        self, name: str, manifest: Mapping[str, Any], marker: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(version=KUBERNETES_PROVIDER))
        super().__init__(token(manifest["apiVersion"], manifest["kind"]), name, stamped(dict(manifest), marker), opts)

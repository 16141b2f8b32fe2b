"""The provider's own settings: which cluster, as whom, and what makes it another provider."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError
from providers.wire import UNKNOWN, plain
from sandbox.providers.kubernetes import kubeconfig

_USED = {"kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"}
_SWITCHES = {"enableServerSideApply": "true", "enableConfigMapMutable": "", "enableSecretMutable": ""}
_HARMLESS = {
    "kubeClientSettings",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
    "version",
    "pluginDownloadURL",
}


@dataclass(frozen=True)
class Settings:
    """A provider's settings.

    Args:
        access: where the cluster is and who one is there.
        namespace: where objects without a namespace go.
        mutable: the kinds (of ConfigMap and Secret) whose data is changed in place.
    """

    access: kubeconfig.Access
    namespace: str
    mutable: frozenset[str]


def check(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with a provider's inputs: (property, reason)."""
    failures = [
        (key, "the stand-in does not know this setting; use the official provider for it")
        for key in inputs
        if key not in _USED | _HARMLESS | set(_SWITCHES) and not key.startswith("__")
    ]
    if str(plain(inputs.get("enableServerSideApply", "true"))).lower() == "false":
        failures.append(("enableServerSideApply", "the stand-in works by server-side apply only"))
    if plain(inputs.get("kubeconfig")) in (None, ""):
        reason = "the stand-in reads no kubeconfig of the environment or the home directory: give its path or contents"
        failures.append(("kubeconfig", reason))
    return failures


def settings(inputs: Mapping[str, Any]) -> Settings | None:
    """The settings; nothing while the kubeconfig is not known yet.

    Raises:
        SlipwayError: when the kubeconfig cannot be used.
    """
    values = {key: plain(value) for key, value in inputs.items()}
    if UNKNOWN in (values.get("kubeconfig"), values.get("context"), values.get("cluster")):
        return None
    access = kubeconfig.load(
        _text(values.get("kubeconfig")), context=_text(values.get("context")), cluster=_text(values.get("cluster"))
    )
    mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
    return Settings(
        access,
        _text(values.get("namespace")) or access.namespace or "default",
        frozenset(kind for kind, key in mutable.items() if str(values.get(key)).lower() == "true"),
    )


def replaces(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The settings whose change makes this the provider of another cluster, so that every object is made anew.

    With a `clusterIdentifier` on both sides that alone decides; otherwise the API server's address does, and a
    kubeconfig that is not known yet counts as another one.
    """
    before, after = plain(old.get("clusterIdentifier")), plain(new.get("clusterIdentifier"))
    if before and after:
        return [] if before == after else ["clusterIdentifier"]
    if all(plain(old.get(key)) == plain(new.get(key)) is not UNKNOWN for key in ("kubeconfig", "context", "cluster")):
        return []
    return [] if _server(old) == _server(new) is not None else ["kubeconfig"]


def _server(inputs: Mapping[str, Any]) -> str | None:
    try:
        found = settings(inputs)
    except SlipwayError:
        return None
    return found.access.server if found else None


def _text(value: Any) -> str:
    """A setting as text: a kubeconfig may come as an object."""
    if isinstance(value, dict):
        return json.dumps(value)
    return "" if value is None or value is UNKNOWN else str(value)

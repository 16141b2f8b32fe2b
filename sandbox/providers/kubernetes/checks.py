"""What is settled about a resource before anything is asked: its name, its namespace, its secrets."""

from collections.abc import Callable
from typing import Any

from catalog.errors import SlipwayError
from providers.wire import UNKNOWN, plain
from sandbox.providers.kubernetes import objects, outputs
from sandbox.providers.kubernetes.awaiting import wait
from sandbox.providers.kubernetes.objects import Identity

Failures = list[tuple[str, str]]
"""What is wrong: (property, reason)."""


def complete(
    news: dict[str, Any], olds: dict[str, Any], autoname: str, default_namespace: Callable[[Identity], str]
) -> tuple[dict[str, Any], Failures]:
    """The inputs with what the program left out.

    Args:
        news: the inputs of the program.
        olds: the checked inputs of the last update; empty for a new resource.
        autoname: the name of an object that is given none and has none yet.
        default_namespace: the namespace of a kind whose objects need one, else empty.
    """
    failures = _shape(news)
    if failures:
        return news, failures
    metadata = dict(plain(news.get("metadata")) or {})
    if not metadata.get("name"):
        kept = objects.identify(plain(olds)).name if objects.AUTONAMED in objects.annotations(plain(olds)) else ""
        marks = (metadata.get("annotations") or {}) | {objects.AUTONAMED: "true"}
        news = {**news, "metadata": metadata | {"name": kept or autoname, "annotations": marks}}
    identity = objects.identify(plain(news))
    if not identity.namespace:
        namespace = default_namespace(identity)
        if namespace:
            news = {**news, "metadata": {**(news.get("metadata") or {}), "namespace": namespace}}
    return outputs.hidden(news), _wait_rule(news)


def _shape(news: dict[str, Any]) -> Failures:
    failures: Failures = [(key, f"{key} is missing") for key in ("apiVersion", "kind") if not plain(news.get(key))]
    kind, metadata = plain(news.get("kind")), plain(news.get("metadata"))
    if isinstance(kind, str) and kind.endswith(("Patch", "List")):
        failures.append(("kind", f"the stand-in does not do {kind}: declare the objects themselves"))
    if metadata is not None and not isinstance(metadata, dict):
        found = "not known before the update" if metadata is UNKNOWN else "no object"
        failures.append(("metadata", f"it is {found}, so the object has no name"))
    elif metadata and metadata.get("generateName"):
        reason = "server-side apply needs a name: give metadata.name, or neither of the two"
        failures.append(("metadata.generateName", reason))
    return failures


def _wait_rule(news: dict[str, Any]) -> Failures:
    try:
        wait.rule(plain(news))
    except SlipwayError as error:
        return [(f'metadata.annotations["{objects.WAIT_FOR}"]', f"{error.why}; {error.fix}")]
    return []

"""Options of a resource as the engine holds them: its own, and what it inherits from the component above it.

Of the SDK's options, `protect` and the provider come down in the SDK already. The engine adds `retainOnDelete` and
`deletedWith` (`inheritFromParent` in pkg/resource/deploy/source_eval.go of pulumi/pulumi 3.259) and the aliases that
follow from a renamed component. Nothing else is inherited.
"""

import re
from dataclasses import dataclass
from typing import Any

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}  # as Go writes durations


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """Those that decide what happens to a resource.

    Attributes:
        deleted_with: the resource with which this one is gone; None without one.
        aliases: URNs under which the state may know it.
        timeouts: seconds by operation.
    """

    protect: bool
    retain_on_delete: bool
    deleted_with: str | None
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    delete_before_replace: bool
    aliases: tuple[str, ...]
    timeouts: dict[str, float]

    @property
    def document(self) -> dict[str, Any]:
        """With the names of the wire."""
        return {
            "protect": self.protect,
            "retainOnDelete": self.retain_on_delete,
            "deletedWith": self.deleted_with,
            "ignoreChanges": list(self.ignore_changes),
            "replaceOnChanges": list(self.replace_on_changes),
            "deleteBeforeReplace": self.delete_before_replace,
            "aliases": list(self.aliases),
            "customTimeouts": self.timeouts,
        }


def inherited(request: Any, urn: str, above: Options | None) -> Options:
    """The options of a resource.

    Args:
        request: its registration.
        urn: its own.
        above: of the component above it, None for the stack.
    """
    return Options(
        protect=request.protect if request.HasField("protect") or not above else above.protect,
        retain_on_delete=(
            request.retainOnDelete if request.HasField("retainOnDelete") or not above else above.retain_on_delete
        ),
        deleted_with=request.deletedWith or (above.deleted_with if above else None),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace,
        aliases=_aliases(request, urn, above.aliases if above else ()),
        timeouts={
            operation: seconds
            for operation in ("create", "update", "delete")
            if (seconds := _duration(getattr(request.customTimeouts, operation)))
        },
    )


def _aliases(request: Any, urn: str, of_parent: tuple[str, ...]) -> tuple[str, ...]:
    """Its own aliases, each under its parent's aliases too, and its name under those."""
    own = [alias.urn or _named(alias.spec, request, urn) for alias in request.aliases]
    own += list(request.aliasURNs)
    below = [_under(parent, request) for parent in of_parent]
    return tuple(dict.fromkeys(own + below))


def _named(spec: Any, request: Any, urn: str) -> str:
    """The URN that an alias stands for; what it does not say is as it is now."""
    head, project, chain, name = urn.split("::", 3)
    parent_type = "" if spec.noParent else chain.rpartition("$")[0]
    if spec.parentUrn:
        parent_type = spec.parentUrn.split("::")[2]
    kind = spec.type or request.type
    chain = f"{parent_type}${kind}" if parent_type and parent_type != "pulumi:pulumi:Stack" else kind
    stack = spec.stack or head.removeprefix("urn:pulumi:")
    return f"urn:pulumi:{stack}::{spec.project or project}::{chain}::{spec.name or name}"


def _under(parent: str, request: Any) -> str:
    head, project, chain, name = parent.split("::", 3)
    # A child that is named after its component is renamed with it.
    current = request.parent.split("::", 3)[3]
    own = name + request.name[len(current) :] if request.name.startswith(current) else request.name
    return f"{head}::{project}::{chain}${request.type}::{own}"


def _duration(text: str) -> float:
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ns|us|µs|ms|s|m|h)", text))


NONE = Options(
    protect=False,
    retain_on_delete=False,
    deleted_with=None,
    ignore_changes=(),
    replace_on_changes=(),
    delete_before_replace=False,
    aliases=(),
    timeouts={},
)
"""Those of what is only read."""

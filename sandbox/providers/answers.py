"""Answers of a provider as messages of the protocol."""

from collections.abc import Iterable
from typing import Any

from pulumi.runtime.proto import provider_pb2

from sandbox.providers.changes import Change, Difference, show

_KINDS = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def checked(inputs: Any, failures: Iterable[tuple[str, str]]) -> Any:
    """The answer to a check: the completed inputs as a `Struct`, and (property, reason) of what is wrong."""
    return provider_pb2.CheckResponse(
        inputs=inputs, failures=[provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in failures]
    )


def difference(found: Difference) -> Any:
    """The answer to a diff."""
    detailed = {
        show(path): provider_pb2.PropertyDiff(kind=_KINDS[change, path in found.replaces], inputDiff=True)
        for path, change in found.changes.items()
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found.changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=sorted(map(show, found.replaces)),
        diffs=sorted({str(path[0]) for path in found.changes}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_first,
    )

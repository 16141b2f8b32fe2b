"""Dry runs of one engine operation: each object is judged once, and what is being replaced under another name."""

from typing import Any

from catalog.errors import SeveralErrors, SlipwayError
from providers.wire import Path
from sandbox.providers.kubernetes import apply, diff, refusals
from sandbox.providers.kubernetes.apply import Wanted
from sandbox.providers.kubernetes.client import ApiError
from sandbox.providers.kubernetes.cluster import Cluster

_PROBE = "-probe"
_NAMED_BY_CONTENT = frozenset({("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "Namespace")})
"""Kinds that have no dry run under another name: a definition is called after what it defines, a namespace is home."""

Judgement = tuple[dict[str, Any] | None, ApiError | SlipwayError | SeveralErrors | None]


class Rehearsals:
    """What the API server said to the dry runs so far.

    Args:
        cluster: whose API server.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._judged: dict[str, tuple[dict[str, Any], str, Judgement]] = {}
        self._replaced: set[str] = set()

    def will_be_replaced(self, urn: str) -> None:
        """Remembers that the object of a resource is there only until the new one is made."""
        self._replaced.add(urn)

    def frozen(self, wanted: Wanted, uid: str) -> list[Path]:
        """The paths that the API server will not change in the object with this uid."""
        _, error = self._judge(wanted, uid)
        return diff.refused(error) if isinstance(error, ApiError) else []

    def outcome(self, wanted: Wanted, uid: str = "") -> dict[str, Any] | None:
        """The object as it would be; nothing where that cannot be told yet.

        Raises:
            SlipwayError: what is wrong with it; several are raised as `SeveralErrors`.
        """
        found, error = self._judge(wanted, uid)
        if isinstance(error, ApiError):
            raise refusals.explain(error, wanted.identity, wanted.inputs)
        if error is not None:
            raise error
        return found

    def _judge(self, wanted: Wanted, uid: str) -> Judgement:
        judged = self._judged.get(wanted.urn)
        if judged is None or judged[:2] != (wanted.document, uid):
            judged = (wanted.document, uid, self._ask(wanted, uid))
            self._judged[wanted.urn] = judged
        return judged[2]

    def _ask(self, wanted: Wanted, uid: str) -> Judgement:
        try:
            if uid or wanted.urn not in self._replaced:
                return apply.rehearse(self._cluster, wanted, uid=uid), None
            return self._probe(wanted), None
        except (ApiError, SlipwayError, SeveralErrors) as error:
            return None, error

    def _probe(self, wanted: Wanted) -> dict[str, Any] | None:
        """The dry run of a replacement, while the old object still has the name."""
        identity = wanted.identity
        if (identity.group, identity.kind) in _NAMED_BY_CONTENT:
            return None
        longest = 63 - len(_PROBE)
        metadata = wanted.document["metadata"] | {"name": identity.name[:longest] + _PROBE}
        probe = Wanted({**wanted.inputs, "metadata": metadata}, wanted.urn)
        found = apply.rehearse(self._cluster, probe)
        return found and {**found, "metadata": found["metadata"] | {"name": identity.name}}

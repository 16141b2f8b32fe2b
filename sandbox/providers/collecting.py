"""All errors of a preview at once: what `SLIPWAY_PREVIEW_ERRORS=collect` in the environment asks for.

The engine ends a preview at the first resource that a check refuses. Where errors are collected, each is logged at its
resource instead and the preview goes on; whoever asks for it must fail on diagnostics of severity `error`. What was
refused is never made.
"""

from collections.abc import Mapping

from catalog.errors import SlipwayError
from providers.server import Engine

Failures = list[tuple[str, str]]
"""What is wrong: (property, reason)."""


class Collecting:
    """The refusals of one run.

    Args:
        engine: where they are logged.
        environment: of this process.
    """

    def __init__(self, engine: Engine, environment: Mapping[str, str]) -> None:
        self._engine = engine
        self._collects = environment.get("SLIPWAY_PREVIEW_ERRORS") == "collect"
        self._refused: set[str] = set()

    def checked(self, urn: str, failures: Failures) -> Failures:
        """The failures for the engine's own answer; none where they are collected."""
        if not failures or not self._collects:
            return failures
        self._refused.add(urn)
        for _, reason in failures:
            self._engine.error(reason, urn)
        return []

    def refused(self, urn: str) -> bool:
        """Whether the inputs of a resource were refused in this run: they are not what they should be."""
        return urn in self._refused

    def make(self, urn: str) -> None:
        """Lets a resource be made or changed.

        Raises:
            SlipwayError: when its inputs were refused.
        """
        if urn in self._refused:
            raise SlipwayError(urn.rpartition("::")[2], "", "its inputs were refused", "see the errors above")

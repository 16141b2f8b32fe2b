"""What a recording says of order: what is made before what, and so what goes after what."""

from collections.abc import Iterable

from tests.mocks.recorder import Recording, Registered


class Graph:
    """A recording with the ways between its resources, as the engine goes them: dependencies, parents, providers."""

    def __init__(self, recording: Recording) -> None:
        self.resources = {each.urn: each for each in recording.resources}
        self._needs = {
            each.urn: {*each.dependencies, each.parent, _provider(each)} & self.resources.keys()
            for each in recording.resources
        }
        self._all: dict[str, frozenset[str]] = {}

    def of(self, *types: str) -> list[Registered]:
        """The resources of these types."""
        return [each for each in self.resources.values() if each.type in types]

    def before(self, resource: Registered) -> frozenset[str]:
        """The URNs of everything that is made before a resource, and goes after it."""
        if resource.urn not in self._all:
            seen: set[str] = set()
            todo = list(self._needs[resource.urn])
            while todo:
                urn = todo.pop()
                if urn not in seen:
                    seen.add(urn)
                    todo += self._needs[urn]
            self._all[resource.urn] = frozenset(seen)
        return self._all[resource.urn]

    def missing(self, later: Iterable[Registered], earlier: Iterable[Registered]) -> list[str]:
        """The pairs that are not in this order, in words."""
        wanted = list(earlier)
        return [
            f"{each.name} ({each.type}) does not wait for {other.name} ({other.type})"
            for each in later
            for other in wanted
            if other.urn not in self.before(each)
        ]


def _provider(resource: Registered) -> str:
    return resource.provider.rpartition("::")[0]

"""What can be done with a resource, without gRPC: the methods of the provider on plain documents."""

import hashlib
import re
from typing import Any

from catalog import replaces
from catalog.errors import SlipwayError
from catalog.plain import nearest
from providers.server import Engine
from providers.wire import UNKNOWN, Path, plain
from sandbox.providers.changes import Change, Difference, compare, show
from sandbox.providers.cloud import invent
from sandbox.providers.cloud.cloud import Cloud, Document, Place
from sandbox.providers.cloud.made import Values
from sandbox.providers.collecting import Collecting, Failures
from sandbox.providers.sdk import check
from sandbox.providers.sdk.reader import Sdk
from sandbox.providers.sdk.types import Resource, Scalar

DEFAULTS = "__defaults"
"""The property in which a provider remembers, as the real ones do, which names it has given itself."""


class Resources:
    """The resources of one place.

    Args:
        cloud: whose they are.
        sdk: its types.
        place: where they are.
        engine: where lines for people go.
        collecting: what becomes of refusals.
    """

    def __init__(self, cloud: Cloud, sdk: Sdk, place: Place, engine: Engine, collecting: Collecting) -> None:
        self._cloud = cloud
        self._sdk = sdk
        self._place = place
        self._engine = engine
        self._collecting = collecting
        self._replaced: set[str] = set()
        self._unlisted = 0

    def check(self, urn: str, news: Document, olds: Document, seed: bytes) -> tuple[Document, Failures]:
        """The inputs with a name, and what is wrong with them."""
        token = token_of(urn)
        resource = self._sdk.resource(token)
        if resource is None:
            return news, self._collecting.checked(urn, [("", f"the SDK has no resource type {token}")])
        found = check.failures(resource.name, resource.inputs, news)
        failures = [(show(each.path), f"{show(each.path)}: {each.why}") for each in found]
        project, reached = plain(news.get("project")), self._place.get("reached")
        if reached and isinstance(project, str) and project not in reached:
            failures.append(("project", f"the credentials are not for project {project}"))
        return self._named(urn, token, resource, news, olds, seed), self._collecting.checked(urn, failures)

    def diff(self, urn: str, olds: Document, news: Document) -> Difference:
        """What has changed, and whether the cloud would make a new resource for it."""
        token = token_of(urn)
        changes = compare(_visible(olds), _visible(news))
        replacing = {path for path, change in changes.items() if self._replaces(urn, token, path, change)}
        if replacing:
            self._replaced.add(urn)
        name = self._name_property(token, self._sdk.resource(token))
        kept = bool(name) and name not in news.get(DEFAULTS, ()) and plain(olds.get(name)) == plain(news.get(name))
        return Difference(changes, frozenset(replacing), delete_first=bool(replacing) and kept)

    def foresee(self, urn: str, inputs: Document) -> Document:
        """The outputs of a new resource, as far as a preview can tell."""
        if self._collecting.refused(urn):
            return inputs
        resource, values = self._known(urn), self._values(urn, inputs)
        return invent.foreseen(self._cloud, self._place, token_of(urn), resource, inputs, values)

    def create(self, urn: str, inputs: Document) -> tuple[str, Document]:
        """The id and the outputs of a new resource.

        Raises:
            SlipwayError: when its inputs were refused.
        """
        self._collecting.make(urn)
        resource, values = self._known(urn), self._values(urn, inputs)
        return invent.made(self._cloud, self._place, token_of(urn), resource, inputs, values)

    def update(self, urn: str, inputs: Document, olds: Document, state: Document, *, preview: bool = False) -> Document:
        """The outputs after a change in place; raises as `create`."""
        if preview and self._collecting.refused(urn):
            return state
        self._collecting.make(urn)
        return invent.changed(self._cloud, self._place, self._known(urn), inputs, olds, state)

    def delete(self, urn: str, state: Document) -> None:
        """Lets a resource go.

        Raises:
            SlipwayError: when its own deletion protection is on.
        """
        for key, value in _PROTECTED:
            if plain(state.get(key)) == value:
                raise SlipwayError(
                    f"{token_of(urn)} {urn.rpartition('::')[2]}", f"{key}: {str(value).lower()}",
                    "the cloud refuses to delete it while this is in its state",
                    f"change {key}, run up, and destroy then",
                )  # fmt: skip

    def _replaces(self, urn: str, token: str, path: Path, change: Change) -> bool:
        verdict = replaces.verdict(token, path, taken_away=change is Change.DELETE)
        if verdict is None:
            self._unlisted += 1
            said = f"stand-in {self._cloud.name}: not known whether a change of {show(path)} makes a new {token}"
            self._engine.info(f"{said}; taken as a change in place ({self._unlisted} so far)", urn)
        return bool(verdict)

    def _known(self, urn: str) -> Resource:
        resource = self._sdk.resource(token_of(urn))
        if resource is None:
            fix = "use a version of the SDK that has it"
            raise SlipwayError(token_of(urn), "", "the SDK has no such resource type", fix)
        return resource

    def _values(self, urn: str, inputs: Document) -> Values:
        return Values(urn, self._place, inputs, again=urn in self._replaced)

    def _name_property(self, token: str, resource: Resource | None) -> str:
        """The property that gets a name when it has none; empty where there is no such."""
        name = self._cloud.named.get(token, "name")
        field = resource.inputs.get(name) if resource else None
        return name if field and not field.required and field.type == Scalar("string") else ""

    def _named(self, urn: str, token: str, resource: Resource, news: Document, olds: Document, seed: bytes) -> Document:
        name = self._name_property(token, resource)
        prefix = plain(news.get(f"{name}Prefix"))
        if not name or news.get(name) is not None or prefix is UNKNOWN:
            return news
        before = plain(olds.get(name)) if name in olds.get(DEFAULTS, ()) else None
        logical = str(prefix or f"{urn.rpartition('::')[2]}-")
        drawn = f"{_NOT_IN_NAMES.sub('-', logical.lower())}{hashlib.sha256(seed or urn.encode()).hexdigest()[:7]}"
        return {**news, name: before or drawn, DEFAULTS: [name]}


def token_of(urn: str) -> str:
    """The resource type in a URN, without its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def function(cloud: Cloud, sdk: Sdk, place: Place, token: str, arguments: Document) -> Document:
    """What a function of the provider answers.

    Raises:
        SlipwayError: when only a cloud could, or its arguments are wrong.
    """
    if token not in cloud.functions:
        why = "the stand-in cannot answer this function: it asks the cloud"
        raise SlipwayError(token, "", why, f"give the value in the stack file; {nearest(token, cloud.functions)}")
    for each in check.failures(token, sdk.function(token) or {}, arguments):
        raise SlipwayError(f"{token} {show(each.path)}", "", each.why, "correct the argument")
    return cloud.functions[token](place, arguments)


_PROTECTED: tuple[tuple[str, Any], ...] = (
    ("deletionProtection", True),
    ("deletionProtectionEnabled", True),
    ("deletionPolicy", "PREVENT"),
)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]+")


def _visible(inputs: Document) -> Document:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}

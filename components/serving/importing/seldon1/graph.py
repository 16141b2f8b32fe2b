"""Nodes of a graph, each with its container."""

from dataclasses import dataclass
from typing import Any

from components.serving.engines.seldon1 import words
from components.serving.importing.reading import Reading, present
from components.serving.importing.seldon1.containers import of_container
from components.serving.spec import Builtin, Container, Format, ModelServer, Node, Parameter, PayloadLogging, Role, Uri
from components.serving.spec.seldon1 import Endpoint, Seldon1Node

_BUILTINS: dict[str, Any] = {value: key for key, value in words.BUILTINS.items()}
_ROLES = {value: key for key, value in words.ROLES.items()}
_FORMATS = {words.implementation(ModelServer(format=f)): f for f in Format if f is not Format.CUSTOM}
_TYPED = "operator/apis/machinelearning.seldon.io/v1/defaults.go: without a type it is a MODEL"


@dataclass(frozen=True, slots=True)
class Found:
    """A container that plays a node.

    Attributes:
        path: where it is.
        fields: as in the manifest.
        pod: fields of a pod that holds only it.
    """

    path: str
    fields: dict[str, Any]
    pod: dict[str, Any]


class Nodes:
    """Reads the graph of one predictor.

    Args:
        model: name of the deployment.
        containers: of the predictor, by name.
    """

    def __init__(self, model: str, containers: dict[str, Found]) -> None:
        self._model = model
        self._containers = containers

    def read(self, unit: Reading) -> Node | None:
        """A node and all below it; None where it has a problem, which is noted."""
        name, implementation = unit.take("name"), unit.said("implementation")
        builtin = _BUILTINS.get(implementation)
        found = None if builtin else self._containers.get(name)
        fields: dict[str, Any] = {
            **present(name=None if name == self._model else name),
            **_typed(unit, implementation),
            **_shared(unit),
        }
        children = [self.read(child) for child in unit.children("children")]
        uri = unit.said("modelUri")
        if builtin and uri is not None:
            unit.refuse("modelUri", "nothing is loaded by what the executor plays itself")
        unit.done()
        fields["children"] = tuple(children)
        if builtin:
            node: Node | None = unit.make(Builtin, implementation=builtin, **fields)
        else:
            fields |= present(artifact=Uri(uri=uri) if uri else None)
            node = _with_container(unit, implementation, found, fields)
        return None if None in children else node


def fetching(reading: Reading) -> dict[str, Any]:
    """How an artifact is fetched."""
    return present(**{field: reading.said(key) for field, key in words.FETCHING.items()})


def endpoint(reading: Reading) -> dict[str, Any]:
    """The slot's `endpoint`."""
    inner = reading.child("endpoint")
    fields = present(**{field: inner.said(key) for field, key in words.ENDPOINT.items()})
    inner.done()
    return {"endpoint": Endpoint(**fields)} if fields else {}


def _typed(unit: Reading, implementation: str | None) -> dict[str, Any]:
    """Role and slot: with which type, implementation and methods the builder gives this unit back."""
    kind, empty = unit.take("type"), unit.has("methods")
    methods = tuple(unit.said("methods") or ())
    prepackaged = implementation not in (None, words.UNKNOWN, *_BUILTINS)
    slot: dict[str, Any] = {"methods": methods} if methods else {}
    role: dict[str, Any] = {}
    if kind == "UNKNOWN_TYPE" or (kind == "MODEL" and implementation in _BUILTINS):
        slot["type"] = kind
    elif kind is not None:
        role = {"role": _ROLES[kind]} if kind != words.ROLES[Role.MODEL] else {}
    elif prepackaged or (implementation is None and not empty):
        unit.differ("type", _TYPED)
    elif implementation not in _BUILTINS:
        slot["type"] = ""
        if empty and not methods:
            unit.refuse("methods", "an empty list is not the same as none: the node would become a MODEL")
    if implementation == words.UNKNOWN or (prepackaged and implementation not in _FORMATS):
        slot["implementation"] = implementation
    slot |= fetching(unit) | endpoint(unit)
    return role | ({"seldon1": Seldon1Node(**slot)} if slot else {})


def _shared(unit: Reading) -> dict[str, Any]:
    """Parameters and logging."""
    parameters = []
    for parameter in unit.children("parameters"):
        parameters.append(parameter.make(Parameter, **{key: parameter.take(key) for key in ("name", "value", "type")}))
        parameter.done()
    fields: dict[str, Any] = {"parameters": tuple(parameters)} if parameters else {}
    if unit.has("logger"):
        logger = Reading(unit.take("logger"), unit.at("logger"), unit.notes)
        mode, url = logger.take("mode"), logger.said("url")
        logger.done()
        if mode:
            fields["logging"] = PayloadLogging(mode=mode, **present(url=url))
        else:
            logger.reject("mode", "S1-13", "a logger says what it logs: all, request or response")
    return fields


def _with_container(
    unit: Reading, implementation: str | None, found: Found | None, fields: dict[str, Any]
) -> Node | None:
    """A known server, or a container of the user's own."""
    if found:
        fields |= of_container(found.fields, own=implementation in (None, words.UNKNOWN))
        fields |= {"pod": found.pod} if found.pod else {}
    if implementation not in (None, words.UNKNOWN):
        return unit.make(ModelServer, format=_FORMATS.get(implementation, Format.CUSTOM), **fields)
    if found is None:
        unit.reject("name", "S1-10", "no container of a componentSpec has this name, and no implementation plays it")
        return None
    if "image" not in fields:
        unit.reject("name", "S1-10", f"its container has no image ({found.path})")
        return None
    return unit.make(Container, **fields)

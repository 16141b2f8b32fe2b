"""The outputs of a resource that nobody makes: its inputs, and what its type says that a cloud would add."""

import copy
from collections.abc import Mapping
from typing import Any

from providers.wire import UNKNOWN, plain
from sandbox.providers.cloud.cloud import Cloud, Document, Place
from sandbox.providers.cloud.made import Made, Values, put
from sandbox.providers.sdk.types import Fields, ListOf, MapOf, ObjectOf, OneOf, Resource, Scalar, Type

_NOTHING = Made("{logical}-{hex}")


def foreseen(cloud: Cloud, place: Place, token: str, resource: Resource, inputs: Document, values: Values) -> Document:
    """The outputs before the resource is made: what the cloud decides is not known.

    Args:
        cloud: whose resource it is.
        place: of the provider.
        token: of the resource.
        resource: its types.
        inputs: checked.
        values: what templates are filled with.
    """
    made = cloud.made.get(token, _NOTHING)
    outputs = _given(cloud, place, resource.outputs, inputs)
    for name, each in resource.outputs.items():
        if name not in outputs and (each.required or name in _tops(made.outputs)):
            outputs[name] = UNKNOWN
    for path in made.outputs:
        if path not in inputs and outputs.get(path.partition(".")[0]) is not UNKNOWN:
            put(outputs, path, UNKNOWN)
    for path, template in made.early.items():
        if outputs.get(path.partition(".")[0]) is UNKNOWN and not values.again:
            del outputs[path.partition(".")[0]]
        put(outputs, path, UNKNOWN if values.again else values.fill(template))
    return outputs


def made(
    cloud: Cloud, place: Place, token: str, resource: Resource, inputs: Document, values: Values
) -> tuple[str, Document]:
    """The id and the outputs of the resource as made; arguments as `foreseen`."""
    given = cloud.made.get(token, _NOTHING)
    outputs = _given(cloud, place, resource.outputs, inputs)
    id_ = str(plain(values.fill(given.id_)))
    values.add("id", id_)
    for path, template in {**given.outputs, **given.early}.items():
        if path not in inputs:
            value = values.fill(template)
            put(outputs, path, value)
            values.add(path, value)
    for name, each in resource.outputs.items():
        # What a program may say and has not said is left open, unless it is known what the cloud puts there.
        if name not in outputs and each.required and (name in cloud.by_property or name not in resource.inputs):
            outputs[name] = _invented(cloud.by_property, values, name, each.type)
    return id_, outputs


def changed(
    cloud: Cloud, place: Place, resource: Resource, inputs: Document, olds: Document, state: Document
) -> Document:
    """The outputs after a change in place: what the cloud has decided stays.

    Args:
        cloud: whose resource it is.
        place: of the provider.
        resource: its types.
        inputs: the new ones, checked.
        olds: the old ones.
        state: the old outputs.
    """
    outputs: Document = _over(state, olds, _given(cloud, place, resource.outputs, inputs))
    return outputs


def _given(cloud: Cloud, place: Place, outputs: Fields, inputs: Document) -> Document:
    """What is known from the inputs and the provider alone."""
    found = {key: copy.deepcopy(value) for key, value in inputs.items() if key in outputs and value is not None}
    computed = {**{key: place[key] for key in ("region", "project", "zone") if key in place}, **found}
    computed.update(cloud.merged(place, inputs))
    return {key: value for key, value in computed.items() if key in outputs}


def _over(state: Any, olds: Any, news: Any) -> Any:
    """The new values over the old state, at any depth: what the state has beyond the old inputs is the cloud's."""
    if not (isinstance(state, dict) and isinstance(news, dict)):
        return news
    before = olds if isinstance(olds, dict) else {}
    added = {key: value for key, value in state.items() if key not in before and key not in news}
    return added | {key: _over(state.get(key), before.get(key), value) for key, value in news.items()}


def _tops(paths: Mapping[str, Any]) -> set[str]:
    return {path.partition(".")[0] for path in paths}


def _invented(by_property: Mapping[str, Any], values: Values, name: str, type_: Type) -> Any:
    if name in by_property:
        return values.fill(by_property[name])
    match type_:
        case OneOf(options):
            return _invented(by_property, values, name, options[0])
        case ListOf(ObjectOf() as item):
            return [_invented(by_property, values, name, item)]
        case ObjectOf():
            scalars = {key: each.type for key, each in type_.fields.items() if isinstance(each.type, Scalar)}
            return {key: _invented(by_property, values, key, each) for key, each in scalars.items()}
    return _EMPTY.get(type_, values.fill(f"stand-in-{name}")) if isinstance(type_, Scalar) else _empty(type_)


_EMPTY = {Scalar("boolean"): False, Scalar("integer"): 0, Scalar("number"): 0}


def _empty(type_: Type) -> Any:
    return [] if isinstance(type_, ListOf) else {} if isinstance(type_, MapOf) else None

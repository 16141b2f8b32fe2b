"""What a stand-in needs to know of one cloud."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.cloud.made import Made

Document = dict[str, Any]
Place = Mapping[str, Any]
"""Where a provider works: its account or project, region and zone, default tags or labels, by the name in templates."""

Function = Callable[[Place, Document], Document]
"""Answers a function of the provider from where it works and the function's arguments.

Raises `SlipwayError` for arguments that only a cloud could answer."""


@dataclass(frozen=True)
class Cloud:
    """One cloud's stand-in.

    Args:
        name: of its provider.
        package: the SDK.
        place: where a provider with these (plain) settings works, given the environment; raises `SlipwayError` when
            its credentials are not for there.
        words: the place in words, for people.
        made: what its resources are given when they are made, by token.
        by_property: what any resource is given under a property's name, where `made` says nothing.
        merged: properties that the provider computes from its defaults and the resource's tags or labels.
        named: the property that is given a name when the program gives none, where it is not `name`.
        functions: what answers its functions, by token.
    """

    name: str
    package: str
    place: Callable[[Document, Mapping[str, str]], Place]
    words: Callable[[Place], str]
    made: Mapping[str, Made]
    by_property: Mapping[str, Any]
    merged: Callable[[Place, Document], Document]
    named: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

"""What a declaration acknowledges: only traps that are there, each with a reason."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import RULES, Check, Finding, Rule, rule
from components.serving.spec import ModelDeployment

_SOURCE = "components.serving.rules.base"


def _rule(number: int) -> Callable[[Check], Check]:
    return rule(f"C-{number:02}", source=_SOURCE)


@_rule(30)
def acknowledges_known_rules(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """What is acknowledged is the id of a rule."""
    for id_ in model.acknowledge:
        if id_ not in RULES:
            yield Finding(path=f"acknowledge.{id_}", value=id_, why="no rule has this id", fix=_nearest(id_))


@_rule(31)
def acknowledges_traps_alone(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """What is acknowledged is a trap: what a server refuses, no reason makes it take."""
    for id_ in model.acknowledge:
        if id_ in RULES and not RULES[id_].trap:
            yield Finding(
                path=f"acknowledge.{id_}", value=id_, why="it is no trap: it cannot work", fix="correct what it finds"
            )


@_rule(32)
def acknowledges_with_a_reason(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An acknowledgement has a reason."""
    for id_, reason in model.acknowledge.items():
        if not reason.strip():
            yield Finding(path=f"acknowledge.{id_}", value="", why="it has no reason", fix="say why it is wanted")


@_rule(33)
def acknowledges_what_is_there(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """What is acknowledged is found in the declaration; one that is not would hide a later trap."""
    for id_ in model.acknowledge:
        known = RULES.get(id_)
        if known and known.trap and isinstance(model, known.about) and not _finds(known, model, facts):
            yield Finding(
                path=f"acknowledge.{id_}",
                value=id_,
                why="this rule finds nothing in the declaration",
                fix="remove it",
            )


def _finds(known: Rule, model: ModelDeployment, facts: EngineFacts) -> bool:
    """Whether the rule finds something, here or where the engine is installed otherwise: stacks share declarations."""
    others = product((True, False), ("v1", "v2", None), ("standard", "knative"))
    installations = [replace(facts, keda=keda, ambassador=a, kserve_mode=mode) for keda, a, mode in others]
    return any(next(known.check(model, each), None) for each in (facts, *installations))


def _nearest(id_: str) -> str:
    """There are too many traps to name them all."""
    traps = [known.id for known in RULES.values() if known.trap]
    close = difflib.get_close_matches(id_, traps, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else "remove it; docs/rules.md has all of them"

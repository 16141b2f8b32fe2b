"""What the rules and the builder of an engine answer to a probe."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from components.serving.engines.context import EngineFacts, Manifest
from components.serving.engines.registry import ENGINES
from components.serving.rules import all_rules
from components.serving.spec import ModelDeployment
from scripts.engines_document.probes import Declared, Probe
from scripts.engines_document.stand_in import context

_BARE = EngineFacts()
_PROMETHEUS = "http://prometheus.monitoring:9090"
# What an installation may have beside the engine, the least first.
_WITH: Mapping[str, EngineFacts] = {
    "": _BARE,
    "KEDA": replace(_BARE, keda=True),
    "a Prometheus": replace(_BARE, prometheus=_PROMETHEUS),
    "KEDA and a Prometheus": replace(_BARE, keda=True, prometheus=_PROMETHEUS),
    "the autoscaling of Models": replace(_BARE, seldon2_autoscaling=True),
}
_MODES: Mapping[str, Sequence[str]] = {"kserve": ("standard", "knative")}
# The groups of the kinds that an engine brings; what is not among them is put together around it.
_GROUPS = {"seldon1": "machinelearning.seldon.io", "seldon2": "mlops.seldon.io", "kserve": "serving.kserve.io"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Of one engine, as it is installed.

    Attributes:
        mode: of the engine; empty where it has one alone.
        installed: what has to be installed beside it; empty: nothing.
        rules: that refuse it however it is installed; none where it can be had.
        kinds: of the objects that differ from those without it.
        native: an object of the engine's own is among them, or all of this is Kubernetes' own.
    """

    mode: str = ""
    installed: str = ""
    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    native: bool = True


def answers(probe: Probe, engine: str) -> tuple[Answer, ...]:
    """One answer a mode of the engine; one alone where they are the same.

    Args:
        probe: what is wanted.
        engine: of whom.
    """
    found = tuple(_answer(probe, engine, mode) for mode in _MODES.get(engine, ("",)))
    return found[:1] if len({replace(each, mode="") for each in found}) == 1 else found


def _answer(probe: Probe, engine: str, mode: str) -> Answer:
    declared, without = probe.of(engine)
    refused: list[tuple[str, ...]] = []
    for installed, facts in _WITH.items():
        known = replace(facts, kserve_mode=mode or "standard")
        rules = refusing(declared, engine, known)
        if not rules:
            changed = _changed(declared, without, engine, known)
            kinds = tuple(dict.fromkeys(str(one["kind"]) for one in changed))
            native = engine not in probe.emulated and (engine == "plain" or not kinds or _own(changed, engine))
            return Answer(mode=mode, installed=installed, kinds=kinds, native=native)
        refused.append(rules)
    return Answer(mode=mode, rules=common(refused))


def refusing(declared: Declared, engine: str, facts: EngineFacts) -> tuple[str, ...]:
    """The rules that refuse a declaration on an engine, as `slipway engines` has them."""
    return tuple(dict.fromkeys(str(error.rule) for error in all_rules.check("model", declared, engine, facts)))


def common(refused: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The rules that refuse it in all cases; where there are none, those of the case with the fewest."""
    always = tuple(id_ for id_ in refused[0] if all(id_ in rules for rules in refused))
    return always or min(refused, key=len)


def _own(changed: Sequence[Manifest], engine: str) -> bool:
    return any(str(one["apiVersion"]).startswith(_GROUPS[engine]) for one in changed)


def _changed(declared: Declared, without: ModelDeployment | None, engine: str, facts: EngineFacts) -> list[Manifest]:
    """The objects that are made with it, and are not, or otherwise, without it."""
    made = list(ENGINES[engine].build(declared, context(declared, engine, facts)).values())
    if without is None:
        return made
    if rules := refusing(without, engine, facts):
        raise ValueError(f"{engine}: the declaration without it is refused, too: {rules}")
    before = list(ENGINES[engine].build(without, context(without, engine, facts)).values())
    return [*(one for one in made if one not in before), *(one for one in before if _gone(one, made))]


def _gone(one: Manifest, made: Sequence[Manifest]) -> bool:
    """Whether no object of the kind is left."""
    return all(other["kind"] != one["kind"] for other in made)


def matrix(probes: Sequence[Probe]) -> Iterator[tuple[str, Mapping[str, tuple[Answer, ...]]]]:
    """Every concept with the answers of all engines."""
    for probe in probes:
        yield probe.concept, {engine: answers(probe, engine) for engine in ENGINES}

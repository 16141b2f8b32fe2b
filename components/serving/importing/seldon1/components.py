"""The componentSpecs of one predictor: which of them the builder makes by itself, and which are declared."""

from collections.abc import Iterator
from typing import Any

from components.serving.engines.seldon1 import scaling, words
from components.serving.importing.reading import Reading, present
from components.serving.importing.seldon1.graph import Found
from components.serving.spec import Cpu, Memory, Scaling
from components.serving.spec.seldon1 import DisruptionBudget, Hpa, Keda, Seldon1Component

METADATA = "the operator takes only name, labels and annotations over to the pods"


class Components:
    """What a predictor's componentSpecs say.

    Args:
        readings: of the list.
        graph: the predictor's, as in the manifest.
        replicated: the predictor says the number of its replicas, so its autoscalers stay where they are.
    """

    def __init__(self, readings: list[Reading], graph: dict[str, Any], *, replicated: bool) -> None:
        self._all = [_Component(reading) for reading in readings]
        nodes = dict(_playing(graph))
        self._owners: dict[str, tuple[int, int]] = {}
        for at, component in enumerate(self._all):
            for place, container in enumerate(component.containers):
                if container["name"] in nodes:
                    self._owners.setdefault(container["name"], (at, place))
        self.scaling = None if replicated else self._scaling()
        if self.scaling:
            for component in self._all:
                del component.fields["hpa"]
        self._plain = self._is_default(nodes)

    @property
    def found(self) -> dict[str, Found]:
        """The containers of the nodes, by name."""
        return {name: self._found(*place) for name, place in self._owners.items()}

    @property
    def declared(self) -> tuple[Seldon1Component, ...]:
        """What the slot says; nothing where the builder would put the nodes into pods the same way."""
        if self._plain:
            return ()
        made = [
            component.given.make(
                Seldon1Component,
                {"pod": "spec"},
                containers=tuple(self._entry(at, place) for place in range(len(component.containers))),
                pod=component.pod,
                **component.fields,
            )
            for at, component in enumerate(self._all)
        ]
        return tuple(component for component in made if component)

    def _entry(self, at: int, place: int) -> str | dict[str, Any]:
        container: dict[str, Any] = self._all[at].containers[place]
        name: str = container["name"]
        return name if self._owners.get(name) == (at, place) else container

    def _found(self, at: int, place: int) -> Found:
        component = self._all[at]
        pod = component.pod if self._plain else {}
        return Found(f"{component.given.path}.spec.containers[{place}]", component.containers[place], pod)

    def _is_default(self, nodes: dict[str, bool]) -> bool:
        """Whether each of the nodes of which anything is said has pods of its own, in the order of the graph."""
        if any(component.fields or len(component.containers) != 1 for component in self._all):
            return False
        names = [component.containers[0]["name"] for component in self._all]
        said = {c.containers[0]["name"] for c in self._all if c.pod or self.scaling or _says(c.containers[0])}
        return names == [name for name, own in nodes.items() if name in self._owners and (own or name in said)]

    def _scaling(self) -> Scaling | None:
        """The one autoscaler that all components have, where our words say it."""
        specs = [component.hpa for component in self._all]
        first = specs[0] if specs else None
        if first is None or any(spec != first for spec in specs) or any(c.scaled for c in self._all):
            return None
        if set(first) != {"minReplicas", "maxReplicas", "metricsv2"} or first["minReplicas"] < 1:
            return None
        metrics = tuple(metric for given in first["metricsv2"] if (metric := _metric(given)))
        if [scaling.resource_metric(metric) for metric in metrics] != first["metricsv2"] or not metrics:
            return None
        return Scaling(
            min_replicas=first["minReplicas"],
            max_replicas=first["maxReplicas"],
            metrics=() if metrics == (Cpu(),) else metrics,
        )


class _Component:
    """One componentSpec.

    Attributes:
        given: what it was read from.
        fields: of the slot, without containers and pod.
        scaled: whether anything else than `hpaSpec` says the number of its replicas.
    """

    def __init__(self, given: Reading) -> None:
        self.given = given
        metadata, pod = given.child("metadata"), given.child("spec")
        self.fields: dict[str, Any] = present(
            name=metadata.said("name"), labels=metadata.said("labels"), annotations=metadata.said("annotations")
        )
        for key in metadata.rest():
            metadata.refuse(key, METADATA)
        self.containers: list[dict[str, Any]] = pod.said("containers") or []
        self.pod = pod.rest()
        self.hpa = given.take("hpaSpec")
        keda, budget, replicas = given.take("kedaSpec"), given.take("pdbSpec"), given.take("replicas")
        given.done()
        self.scaled = keda is not None or replicas is not None
        self.fields |= present(
            replicas=replicas,
            hpa=_hpa(Reading(self.hpa, given.at("hpaSpec"), given.notes)) if self.hpa else None,
            keda=_keda(Reading(keda, given.at("kedaSpec"), given.notes)) if keda else None,
            disruption_budget=None if budget is None else _budget(budget),
        )


def _playing(unit: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The nodes that a container can play, parents first, and whether it is the user's own."""
    implementation = unit.get("implementation") or words.UNKNOWN
    if implementation not in words.BUILTINS.values():
        yield unit["name"], implementation == words.UNKNOWN
    for child in unit.get("children") or []:
        yield from _playing(child)


def _says(container: dict[str, Any]) -> bool:
    return any(value is not None for key, value in container.items() if key != "name")


def _metric(given: dict[str, Any]) -> Cpu | Memory | None:
    resource = given.get("resource") or {}
    target = (resource.get("target") or {}).get("averageUtilization")
    if not isinstance(target, int):
        return None
    match resource.get("name"):
        case "cpu":
            return Cpu(target=target)
        case "memory":
            return Memory(target=target)
        case _:
            return None


def _hpa(given: Reading) -> Hpa:
    found = Hpa(
        min_replicas=given.take("minReplicas"),
        max_replicas=given.take("maxReplicas"),
        metrics=tuple(given.said("metrics") or ()),
        metricsv2=tuple(given.said("metricsv2") or ()),
    )
    given.done()
    return found


def _keda(given: Reading) -> Keda:
    fields = present(**{field: given.take(key) for field, key in words.KEDA.items()})
    given.done()
    return Keda(**fields | {"triggers": tuple(fields["triggers"])})


def _budget(given: dict[str, Any]) -> DisruptionBudget:
    return DisruptionBudget(min_available=given.get("minAvailable"), max_unavailable=given.get("maxUnavailable"))

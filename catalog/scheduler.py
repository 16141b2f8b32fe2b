"""Where pods go: what Kubernetes' scheduler does with requests, selectors, affinity and taints, without a cluster.

Source: the default plugins, https://kubernetes.io/docs/reference/scheduling/config/ (v1.36); a test compares it with
the real scheduler.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.quantity import quantity

Amounts = dict[str, Decimal]


@dataclass(slots=True)
class Node:
    """A node and what is left of it.

    Attributes:
        free: of each resource, in its own unit; `pods` counts.
    """

    name: str
    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, str]]
    allocatable: Amounts
    free: Amounts = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "Node":
        """From a Node object."""
        allocatable = {key: quantity(str(value)) for key, value in manifest["status"]["allocatable"].items()}
        return cls(
            name=manifest["metadata"]["name"],
            labels=manifest["metadata"].get("labels", {}),
            taints=manifest.get("spec", {}).get("taints", ()),
            allocatable=allocatable,
            free=dict(allocatable),
        )


@dataclass(frozen=True, slots=True)
class Pod:
    """What the scheduler reads of a pod."""

    name: str
    requests: Amounts
    selector: Mapping[str, str]
    terms: Sequence[Mapping[str, Any]]
    tolerations: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, name: str, spec: Mapping[str, Any]) -> "Pod":
        """From a PodSpec."""
        required = (spec.get("affinity", {}).get("nodeAffinity", {})).get(
            "requiredDuringSchedulingIgnoredDuringExecution", {}
        )
        return cls(
            name=name,
            requests=requests(spec),
            selector=spec.get("nodeSelector", {}),
            terms=required.get("nodeSelectorTerms", ()),
            tolerations=spec.get("tolerations", ()),
        )


def requests(spec: Mapping[str, Any]) -> Amounts:
    """What a pod asks for: the sum of its containers, or its largest first step where that is more.

    A limit without a request is a request. A first step that keeps running (`restartPolicy: Always`) counts as one of
    the containers.
    """
    steps = spec.get("initContainers", ())
    running = [*spec.get("containers", ()), *(step for step in steps if step.get("restartPolicy") == "Always")]
    total: Amounts = {}
    for container in running:
        for key, value in _asked(container).items():
            total[key] = total.get(key, Decimal(0)) + value
    for step in steps:
        for key, value in _asked(step).items():
            total[key] = max(total.get(key, Decimal(0)), value)
    return total | {"pods": Decimal(1)}


def _asked(container: Mapping[str, Any]) -> Amounts:
    resources = container.get("resources", {})
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {key: quantity(str(value)) for key, value in asked.items()}


def why_not(pod: Pod, node: Node) -> str | None:
    """Why a pod cannot go to a node as it is now; None: it can."""
    return _never(pod, node) or _full(pod, node)


def _never(pod: Pod, node: Node) -> str | None:
    """Why a pod cannot go to a node however empty it is."""
    if any(node.labels.get(key) != value for key, value in pod.selector.items()):
        return "its labels are not those of the node selector"
    if pod.terms and not any(_term(term, node) for term in pod.terms):
        return "its labels do not satisfy the affinity"
    for taint in node.taints:
        if taint.get("effect") != "PreferNoSchedule" and not any(_tolerates(t, taint) for t in pod.tolerations):
            return f"its taint {taint['key']} is not tolerated"
    return None


def _full(pod: Pod, node: Node) -> str | None:
    """Why a node has too little left for a pod."""
    for key, wanted in pod.requests.items():
        left = node.free.get(key, Decimal(0))
        if wanted > left:
            return (
                f"not enough {key}: {left.normalize():f} left of {node.allocatable.get(key, Decimal(0)).normalize():f}"
            )
    return None


def schedule(pods: Iterable[Pod], nodes: Sequence[Node]) -> dict[str, str | None]:
    """Puts pods one after the other where the scheduler would, the least used fitting node; changes `nodes`.

    Returns:
        The node's name by pod; None for one that has to wait.
    """
    room = Room(nodes)
    return {pod.name: room.place(pod) for pod in pods}


class Room:
    """Nodes, and what is left of them; those of a pool are asked together, so that a thousand pods take no time.

    Args:
        nodes: they are changed when a pod is placed.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        groups: dict[tuple[int, int, int], list[_Entry]] = {}
        for index, node in enumerate(nodes):
            alike = id(node.labels), id(node.taints), id(node.allocatable)
            groups.setdefault(alike, []).append((-_spare(node), index, node))
        self._groups = [sorted(group) for group in groups.values()]

    def fits(self, pod: Pod) -> bool:
        """Whether a pod can go to one of the nodes as they are now."""
        return any(_best(pod, group) for group in self._groups)

    def place(self, pod: Pod) -> str | None:
        """Puts a pod where the scheduler would; gives the node's name, None where it has to wait."""
        fitting = [(group, entry) for group in self._groups if (entry := _best(pod, group))]
        if not fitting:
            return None
        group, entry = max(fitting, key=lambda each: (_score(pod, each[1][2]), -each[1][1]))
        _, index, node = entry
        del group[bisect_left(group, entry)]
        for key, wanted in pod.requests.items():
            node.free[key] -= wanted
        insort(group, (-_spare(node), index, node))
        return node.name


# What is left of a node, less first, and its place among all nodes; so nodes themselves are never compared.
_Entry = tuple[Decimal, int, Node]


def _best(pod: Pod, group: list[_Entry]) -> _Entry | None:
    """The least used of nodes that differ in nothing but their names; only a pod's affinity can tell them apart."""
    if not pod.terms and _never(pod, group[0][2]):
        return None
    for entry in group:
        if not (pod.terms and _never(pod, entry[2])) and not _full(pod, entry[2]):
            return entry
    return None


def _spare(node: Node) -> Decimal:
    """The part of a node's score that is its own: among nodes of one size it decides, whatever the pod asks for."""
    return _share(node, {})


def _score(pod: Pod, node: Node) -> Decimal:
    """NodeResourcesFit as it is by default: what would be left of processors and memory, as a share."""
    return _share(node, pod.requests)


def _share(node: Node, wanted: Amounts) -> Decimal:
    shares = []
    for key in ("cpu", "memory"):
        whole = node.allocatable.get(key, Decimal(0))
        if whole:
            shares.append((node.free[key] - wanted.get(key, Decimal(0))) / whole)
    return sum(shares, Decimal(0)) / len(shares) if shares else Decimal(0)


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint["key"]
    return toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", "")


def _term(term: Mapping[str, Any], node: Node) -> bool:
    labels = {**node.labels}
    fields = {"metadata.name": node.name}
    wanted = [(labels, e) for e in term.get("matchExpressions", ())]
    wanted += [(fields, e) for e in term.get("matchFields", ())]
    return bool(wanted) and all(_matches(values, expression) for values, expression in wanted)


def _matches(values: Mapping[str, str], expression: Mapping[str, Any]) -> bool:
    found, given = values.get(expression["key"]), expression.get("values", ())
    number = int(found) if found is not None and found.lstrip("-").isdecimal() else None
    return {
        "In": found in given,
        "NotIn": found not in given,
        "Exists": found is not None,
        "DoesNotExist": found is None,
        "Gt": number is not None and number > _bound(given),
        "Lt": number is not None and number < _bound(given),
    }[expression["operator"]]


def _bound(given: Sequence[str]) -> int:
    """The one number of `Gt` and `Lt`; a text is none of theirs, and a list of another operator may hold anything."""
    return int(given[0]) if len(given) == 1 and given[0].lstrip("-").isdecimal() else 0

"""Which InferenceServices a declaration becomes, and the InferenceGraph that joins them where one is not enough."""

from dataclasses import dataclass, field

from components.serving.engines.kserve.service import Unit, split
from components.serving.spec import Builtin, Container, ModelDeployment, Node, Predictor, Protocol, Role
from components.serving.spec.kserve_kinds import ROOT, GraphNode, Step

RATIO = "ratioA"


class Inexpressible(Exception):
    """A graph that KServe has no routers for.

    Args:
        path: of the node, `predictors[0].graph`.
        why: what is missing.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why


@dataclass(slots=True)
class Plan:
    """The services and the routers of a declaration; without routers, it is one service."""

    units: list[Unit] = field(default_factory=list)
    routers: dict[str, GraphNode] = field(default_factory=dict)


def plan(model: ModelDeployment, mode: str) -> Plan:
    """How a declaration is laid out.

    Args:
        model: the declaration.
        mode: `Standard` has canaries of one service; in Knative mode several predictors are services behind a splitter.

    Raises:
        Inexpressible: KServe has no such graph.
    """
    pairs = [(predictor, split(predictor.graph)) for predictor in model.predictors]
    alone = [(predictor, *pair) for predictor, pair in pairs if pair is not None]
    if len(alone) == len(pairs) and (len(pairs) == 1 or mode == "Standard"):
        return Plan(units=[Unit(name=model.name, predictors=tuple(alone))])
    return _Layout(model).whole()


class _Layout:
    """One walk over the graphs of a declaration."""

    def __init__(self, model: ModelDeployment) -> None:
        self._model = model
        self._plan = Plan()
        # `predictions` of one model are `instances` of the next one only where both speak v1.
        self._v1 = model.protocol in (None, Protocol.V1, Protocol.TENSORFLOW)

    def whole(self) -> Plan:
        predictors = self._model.predictors
        if len(predictors) == 1:
            self._step(predictors[0], predictors[0].graph, "predictors[0].graph", ROOT, several=False)
            return self._plan
        steps = tuple(
            self._step(one, one.graph, f"predictors[{at}].graph", one.name, several=True).model_copy(
                update={"name": one.name, "weight": one.traffic or 0}
            )
            for at, one in enumerate(predictors)
        )
        self._plan.routers = {ROOT: GraphNode(router_type="Splitter", steps=steps)} | self._plan.routers
        return self._plan

    def _step(self, predictor: Predictor, node: Node, path: str, router: str, *, several: bool) -> Step:
        """The step that reaches a node; services and routers that it needs are planned on the way."""
        if isinstance(node, Builtin):
            return self._by_chance(predictor, node, path, router, several=several)
        above, served, rest = self._head(node, path)
        service = self._service(predictor, above, served, several=several)
        if not rest and router != ROOT:
            return Step(service_name=service)
        steps = [Step(name=self._model.node_name(served), service_name=service)]
        for at, child in enumerate(rest):
            below = self._step(predictor, child, f"{path}.children[{at}]", f"{service}-next", several=several)
            handed = {"data": "$response", **({"map_predictions_to_instances": True} if self._v1 else {})}
            steps.append(below.model_copy(update={"name": self._model.node_name(child), **handed}))
        self._plan.routers = {router: GraphNode(router_type="Sequence", steps=tuple(steps))} | self._plan.routers
        return Step(node_name=router)

    def _head(self, node: Node, path: str) -> tuple[Node | None, Node, tuple[Node, ...]]:
        """Transformer and model of the first service, and what comes after it."""
        above: Node | None = None
        if node.role in (Role.TRANSFORMER, Role.OUTPUT_TRANSFORMER) and isinstance(node, Container) and node.children:
            above, node, path = node, node.children[0], f"{path}.children[0]"
            if len(above.children) > 1 or isinstance(node, Builtin):
                raise Inexpressible(path, "a transformer stands in front of exactly one model")
        if node.role is not Role.MODEL:
            raise Inexpressible(path, f"KServe has no {node.role.replace('_', ' ')} here")
        if len(node.children) > 1:
            raise Inexpressible(path, "a model hands its answer to one other at most")
        return above, node, node.children

    def _service(self, predictor: Predictor, above: Node | None, node: Node, *, several: bool) -> str:
        chained = bool(node.children) or (node is not predictor.graph and above is not predictor.graph)
        parts = [self._model.name, *([predictor.name] if several else []), *([node.name or ""] if chained else [])]
        name = "-".join(part for part in parts if part)
        if any(unit.name == name for unit in self._plan.units):
            name = f"{name}-{len(self._plan.units)}"
        self._plan.units.append(Unit(name=name, predictors=((predictor, above, node),)))
        return name

    def _by_chance(self, predictor: Predictor, node: Builtin, path: str, router: str, *, several: bool) -> Step:
        if node.implementation != "random_ab_test" or len(node.children) != 2:
            raise Inexpressible(path, "of the built-in routers KServe has a random choice between two")
        share = ratio(node)
        first, second = (
            self._step(predictor, child, f"{path}.children[{at}]", f"{router}-{'ab'[at]}", several=several).model_copy(
                update={"name": child.name, "weight": weight}
            )
            for at, (child, weight) in enumerate(zip(node.children, (share, 100 - share), strict=True))
        )
        splitter = GraphNode(router_type="Splitter", steps=(first, second))
        self._plan.routers = {router: splitter} | self._plan.routers
        return Step(node_name=router)


def ratio(node: Builtin) -> int:
    """Percent of the requests for the first of two children; half of them where nothing is said."""
    for parameter in node.parameters:
        if parameter.name == RATIO:
            return round(float(parameter.value) * 100)
    return 50

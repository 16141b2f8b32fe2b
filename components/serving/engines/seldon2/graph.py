"""The graph of a predictor as the steps of a Pipeline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.serving.engines.seldon2 import words
from components.serving.spec import Detector, ModelDeployment, Node, Predictor, Role
from components.serving.spec.seldon2 import Batch, PipelineOutput, StepOptions
from components.serving.spec.seldon2_kinds import Step

# These come after their children: they read what these answer.
_AFTER = (Role.COMBINER, Role.OUTPUT_TRANSFORMER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wired:
    """A step with the node or detector that it runs, and where that is declared."""

    path: str
    runs: Node | Detector
    step: Step


class Names:
    """What a predictor's nodes are called as steps, and the other way round in references.

    Args:
        model: the declaration.
        predictor: one of its predictors.
        resource: name of the predictor's Pipeline.
    """

    def __init__(self, model: ModelDeployment, predictor: Predictor, resource: str) -> None:
        self._model = model
        self._resource = resource
        known = {self._own(node): self.step(node) for _, node in predictor.nodes("")}
        known |= {detector.name: detector_name(model, detector) for detector in model.detectors}
        self._steps = known | {model.name: resource}

    @staticmethod
    def _own(node: Node) -> str:
        return node.name or words.NAMELESS

    def step(self, node: Node) -> str:
        """The name of a node's step, which is that of its Model."""
        return f"{self._resource}-{self._own(node)}"

    def reference(self, text: str) -> str:
        """A reference with the step's name in place of the node's."""
        name, dot, rest = text.partition(".")
        return f"{self._steps.get(name, name)}{dot}{rest}"

    def options(self, declared: StepOptions | None) -> StepOptions:
        """A step's options with the steps' names."""
        if declared is None:
            return StepOptions()
        return declared.model_copy(
            update={
                "inputs": tuple(map(self.reference, declared.inputs)),
                "triggers": tuple(map(self.reference, declared.triggers)),
                "tensor_map": {self.reference(key): name for key, name in declared.tensor_map.items()},
            }
        )

    def output(self, declared: PipelineOutput) -> PipelineOutput:
        """What the Pipeline answers, with the steps' names."""
        return declared.model_copy(
            update={
                "steps": tuple(map(self.reference, declared.steps)),
                "tensor_map": {self.reference(key): name for key, name in declared.tensor_map.items()},
            }
        )


def detector_name(model: ModelDeployment, detector: Detector) -> str:
    """The name of a detector's Model, which all predictors share."""
    return f"{model.name}-{detector.name}"


def wired(model: ModelDeployment, predictor: Predictor, path: str, names: Names) -> tuple[list[Wired], tuple[str, ...]]:
    """The steps of a predictor, and those whose answers are its own.

    Args:
        model: the declaration.
        predictor: one of its predictors; a shadow has no detectors, because it sees only copies.
        path: of the predictor.
        names: of its steps.
    """
    steps, last = _node(predictor.graph, f"{path}.graph", (), names)
    beside = () if predictor.shadow else _detectors(model, names)
    return [*steps, *beside], last


def _node(node: Node, path: str, reads: tuple[str, ...], names: Names) -> tuple[list[Wired], tuple[str, ...]]:
    own = names.step(node)
    if node.role in _AFTER and node.children:
        below, last = _children(node.children, path, reads, names)
        return [*below, _wired(node, path, last, names)], (own,)
    first = _wired(node, path, reads, names)
    if not node.children:
        return [first], (own,)
    below, last = _children(node.children, path, (own,), names)
    return [first, *below], last


def _children(
    children: Sequence[Node], path: str, reads: tuple[str, ...], names: Names
) -> tuple[list[Wired], tuple[str, ...]]:
    steps: list[Wired] = []
    last: tuple[str, ...] = ()
    for at, child in enumerate(children):
        below, answers = _node(child, f"{path}.children[{at}]", reads, names)
        steps += below
        last += answers
    return steps, last


def _wired(node: Node, path: str, reads: tuple[str, ...], names: Names) -> Wired:
    options = names.options(node.seldon2.step if node.seldon2 else None)
    return Wired(path=path, runs=node, step=_step(names.step(node), options, reads))


def _detectors(model: ModelDeployment, names: Names) -> Iterator[Wired]:
    """Steps that nothing waits for."""
    for at, detector in enumerate(model.detectors):
        options = names.options(detector.seldon2.step if detector.seldon2 else None)
        if options.batch is None and detector.batch_size is not None:
            options = options.model_copy(update={"batch": Batch(size=detector.batch_size)})
        step = _step(detector_name(model, detector), options, ())
        yield Wired(path=f"detectors[{at}]", runs=detector, step=step)


def _step(name: str, options: StepOptions, reads: tuple[str, ...]) -> Step:
    said = {field: getattr(options, field) for field in StepOptions.model_fields}
    return Step(**(said | {"name": name, "inputs": options.inputs or reads}))

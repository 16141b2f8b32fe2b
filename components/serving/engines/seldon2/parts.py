"""What a declaration becomes on Seldon Core 2, as declarations of its kinds: builders write them, rules read them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, detector_key, explainer_key, node_key, uri_of
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.graph import Names, Wired, detector_name, wired
from components.serving.spec import (
    ArtifactReference,
    Detector,
    Explainer,
    Format,
    ModelDeployment,
    ModelServer,
    Node,
    Predictor,
    Scaling,
)
from components.serving.spec.seldon2 import (
    ModelOptions,
    PipelineOutput,
    Seldon2,
    Seldon2Detector,
    Seldon2Explainer,
    Seldon2Node,
    Seldon2Predictor,
)
from components.serving.spec.seldon2_kinds import (
    Candidate,
    Experiment,
    ExplainerRef,
    Kind,
    Logger,
    Mirror,
    Model,
    ModelParameter,
    Pipeline,
)

_NOWHERE = BuildContext(namespace="", engine=words.ENGINE, nodes={})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One object that a declaration becomes.

    Attributes:
        made: the object, as a declaration of its kind.
        where: path of what it comes from; empty where it is the declaration itself.
        steps: of a Pipeline, the path of each step's node.
    """

    made: Kind
    where: str = ""
    steps: tuple[str, ...] = ()


def parts(declaration: ModelDeployment | Kind, context: BuildContext = _NOWHERE) -> tuple[Part, ...]:
    """All objects of a declaration, in the order in which they are made.

    Args:
        declaration: of a model, or one of Seldon Core 2's own kinds.
        context: knows where artifacts are; without it they stand as `words.UNRESOLVED`.
    """
    if isinstance(declaration, Kind):
        return (Part(made=declaration),)
    return tuple(_marked(declaration, list(_Lowering(declaration, context).all())))


def resources(model: ModelDeployment) -> dict[str, str]:
    """The name of each predictor's Model or Pipeline: the first one's is the deployment's own.

    So a second predictor, an Experiment beside it, leaves the first one as it runs.
    """
    main = main_predictor(model)
    return {one.name: model.name if one is main else f"{model.name}-{one.name}" for one in model.predictors}


def main_predictor(model: ModelDeployment) -> Predictor:
    """The first predictor that answers."""
    return next((one for one in model.predictors if not one.shadow), model.predictors[0])


def is_pipeline(model: ModelDeployment) -> bool:
    """Whether its predictors are Pipelines; all are as soon as one must be, because an Experiment has one kind."""
    return bool(model.detectors) or any(
        one.graph.children or one.seldon2 or (one.graph.seldon2 and one.graph.seldon2.step) for one in model.predictors
    )


def requirements(node: ModelServer) -> tuple[str, ...]:
    """The capabilities that a node's Server must have."""
    declared = node.seldon2.requirements if node.seldon2 else None
    return words.REQUIREMENTS.get(node.format, ()) if declared is None else declared


def loadable(node: ModelServer) -> bool:
    """Whether it is known what its Server must be able to do."""
    declared = node.seldon2.requirements if node.seldon2 else None
    return node.format in words.REQUIREMENTS or node.format is Format.CUSTOM or bool(declared)


class _Lowering:
    """One declaration.

    Args:
        model: the declaration.
        context: knows where artifacts are.
    """

    def __init__(self, model: ModelDeployment, context: BuildContext) -> None:
        self._model = model
        self._context = context
        self._resources = resources(model)
        self._pipelines = is_pipeline(model)

    def all(self) -> Iterator[Part]:
        """Models, what explains them, Pipelines, what explains those, the Experiment."""
        model = self._model
        for at, detector in enumerate(model.detectors):
            yield self._detector(f"detectors[{at}]", detector)
        for at, predictor in enumerate(model.predictors):
            yield from self._predictor(f"predictors[{at}]", predictor)
        if len(model.predictors) > 1:
            yield self._experiment()

    def _predictor(self, path: str, predictor: Predictor) -> Iterator[Part]:
        resource = self._resources[predictor.name]
        if not self._pipelines:
            yield from self._node(f"{path}.graph", predictor, predictor.graph, resource)
            explained = ExplainerRef(model_ref=resource)
        else:
            names = Names(self._model, predictor, resource)
            steps, last = wired(self._model, predictor, path, names)
            for one in steps:
                if not isinstance(one.runs, Detector):
                    yield from self._node(one.path, predictor, one.runs, one.step.name)
            yield _pipeline(path, predictor, resource, names, steps, last)
            alone = not predictor.graph.children
            explained = ExplainerRef(model_ref=last[0]) if alone else ExplainerRef(pipeline_ref=resource)
        if predictor.explainer:
            name = f"{resource}-{words.EXPLAINER}"
            yield self._explainer(f"{path}.explainer", predictor, predictor.explainer, name, explained)

    def _node(self, path: str, predictor: Predictor, node: Node, name: str) -> Iterator[Part]:
        """The Model of a node; none of what no Server could load, which is refused by a rule."""
        model, slot = self._model, node.seldon2 or Seldon2Node()
        if not isinstance(node, ModelServer) or not loadable(node):
            return
        fields = self._replicas(slot, model.scaling_of(predictor)) | {
            "storage_uri": self._uri(node.artifact, node_key(model, predictor, node)) or words.UNRESOLVED,
            "requirements": requirements(node),
            "memory": node.resources.memory,
            "parameters": tuple(ModelParameter(name=one.name, value=one.value) for one in node.parameters),
        }
        if node.logging or model.logging or slot.logger_percent is not None:
            fields["logger"] = Logger(percent=slot.logger_percent)
        yield Part(made=_made(name, slot, fields), where=path)

    def _explainer(
        self, path: str, predictor: Predictor, explainer: Explainer, name: str, explained: ExplainerRef
    ) -> Part:
        slot = explainer.seldon2 or Seldon2Explainer()
        method = slot.type or words.METHODS.get(explainer.method)
        fields = self._replicas(slot, Scaling(min_replicas=1 if explainer.replicas is None else explainer.replicas)) | {
            "storage_uri": self._uri(explainer.artifact, explainer_key(predictor)) or words.UNRESOLVED,
            "requirements": slot.requirements or (),
            "memory": explainer.resources.memory,
            "parameters": _parameters(explainer.parameters),
            "explainer": explained.model_copy(update={"type": method}),
        }
        return Part(made=_made(name, slot, fields), where=path)

    def _detector(self, path: str, detector: Detector) -> Part:
        slot = detector.seldon2 or Seldon2Detector()
        fields = self._replicas(slot, Scaling()) | {
            "storage_uri": self._uri(detector.artifact, detector_key(detector.name)) or words.UNRESOLVED,
            "requirements": words.DETECTOR if slot.requirements is None else slot.requirements,
            "memory": detector.resources.memory,
            "parameters": _parameters(detector.parameters),
        }
        return Part(made=_made(detector_name(self._model, detector), slot, fields), where=path)

    def _uri(self, artifact: ArtifactReference | None, key: str) -> str | None:
        return uri_of(artifact, self._context.of(key))

    def _replicas(self, slot: ModelOptions, scaling: Scaling) -> dict[str, Any]:
        """What the scaling says, unless the slot says any of it."""
        if any(number is not None for number in (slot.replicas, slot.min_replicas, slot.max_replicas)):
            return {}
        if scaling.autoscaled:
            return {"min_replicas": scaling.min_replicas, "max_replicas": scaling.max_replicas}
        said = self._model.safe_defaults or scaling != Scaling()
        return {"replicas": scaling.min_replicas} if said else {}

    def _experiment(self) -> Part:
        model = self._model
        shadow = next((one for one in model.predictors if one.shadow), None)
        share = 100 if shadow is None or shadow.traffic is None else shadow.traffic
        split = (model.seldon2 or Seldon2()).split_default and not model.exposure.headers
        made = Experiment(
            name=model.name,
            candidates=tuple(
                # A predictor alone beside its shadow gets all requests without a word.
                Candidate(name=self._resources[one.name], weight=100 if one.traffic is None else one.traffic)
                for one in model.predictors
                if not one.shadow
            ),
            default=model.name if split else None,
            mirror=Mirror(name=self._resources[shadow.name], percent=share) if shadow else None,
            resource_type="pipeline" if self._pipelines else "model",
        )
        return Part(made=made, where="predictors")


def _pipeline(
    path: str, predictor: Predictor, name: str, names: Names, steps: list[Wired], last: tuple[str, ...]
) -> Part:
    slot = predictor.seldon2 or Seldon2Predictor()
    said = {field: getattr(slot, field) for field in Seldon2Predictor.model_fields}
    output = names.output(slot.output) if slot.output else PipelineOutput(steps=last)
    made = Pipeline(**(said | {"name": name, "steps": tuple(one.step for one in steps), "output": output}))
    return Part(made=made, where=path, steps=tuple(one.path for one in steps))


def _made(name: str, slot: ModelOptions, fields: dict[str, Any]) -> Model:
    said = {field: getattr(slot, field) for field in ModelOptions.model_fields}
    return Model(name=name, **({field: value for field, value in said.items() if value is not None} | fields))


def _parameters(declared: Mapping[str, Any]) -> tuple[ModelParameter, ...]:
    """Values that are no texts are written as JSON."""
    return tuple(
        ModelParameter(name=name, value=value if isinstance(value, str) else json.dumps(value))
        for name, value in declared.items()
    )


def _marked(model: ModelDeployment, made: list[Part]) -> Iterator[Part]:
    """The parts with their labels; what is declared for the main object is on that which requests go to."""
    own = labels.model_labels(model.name, model.team, words.ENGINE) if model.safe_defaults else {}
    rank = (Model, Pipeline, Experiment)
    named = [part for part in made if part.made.name == model.name]
    main = max(named, key=lambda part: rank.index(type(part.made)), default=None)
    of = {f"predictors[{at}]": predictor for at, predictor in enumerate(model.predictors)}
    for part in made:
        predictor = of.get(part.where.partition(".")[0])
        marks = own | (predictor.labels if predictor else {}) | (model.labels if part is main else {})
        notes = (predictor.annotations if predictor else {}) | (model.annotations if part is main else {})
        if marks or notes:
            part = replace(part, made=part.made.model_copy(update={"labels": marks, "annotations": notes}))  # noqa: PLW2901  the same part with its marks
        yield part

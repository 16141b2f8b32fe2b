"""Declarations whose objects are committed under tests/golden/seldon2."""

from components.serving.spec import (
    Artifact,
    Format,
    ModelDeployment,
    Parameter,
    PayloadLogging,
    Predictor,
    Resources,
    Role,
    Scaling,
    Uri,
)
from components.serving.spec.seldon2 import (
    Batch,
    PipelineInput,
    PipelineOutput,
    Seldon2Node,
    Seldon2Predictor,
    StepOptions,
)
from components.serving.spec.seldon2_kinds import Candidate, Experiment, Mirror, Pipeline, Server, Step
from tests.serving.seldon2.parts import chain, deployment, detector, explainer, node, of, predictor, split_by_header


def one() -> ModelDeployment:
    """One model from the artifact store, with an explainer."""
    graph = node(
        artifact=Artifact(name="iris"),
        resources=Resources(memory="100Mi"),
        parameters=(Parameter(name="method", value="predict_proba"),),
        logging=PayloadLogging(),
    )
    return deployment(
        Predictor(graph=graph, explainer=explainer(parameters={"threshold": 0.9, "seed": "7"})),
        scaling=Scaling(min_replicas=2, max_replicas=4),
        labels={"tier": "gold"},
    )


def watched() -> ModelDeployment:
    """A chain with a transformer in front and one behind, watched for drift and outliers."""
    last = node(name="classify", format=Format.TENSORFLOW)
    after = node(name="label", role=Role.OUTPUT_TRANSFORMER, children=(last,))
    first = node(
        name="scale", role=Role.TRANSFORMER, children=(after,), seldon2=Seldon2Node(requirements=("mlserver", "python"))
    )
    detectors = (
        detector(batch_size=20),
        detector(name="outlier", watches="outlier", artifact=Uri(uri="s3://models/outlier/")),
    )
    return of(first, detectors=detectors)


def joined() -> ModelDeployment:
    """Two models whose answers a third one joins, as soon as one of them is there."""
    join = Seldon2Node(step=StepOptions(inputs_join_type="any", tensor_map={"left.outputs.y": "a"}))
    children = (node(name="left"), node(name="right", format=Format.ONNX))
    combiner = node(name="vote", role=Role.COMBINER, children=children, seldon2=join)
    return deployment(predictor(graph=combiner, explainer=explainer()))


def conditional() -> ModelDeployment:
    """A branch by a trigger, fed by another Pipeline."""
    step = StepOptions(inputs=("iris.inputs.x",), triggers=("check.outputs.ok",), batch=Batch(size=4))
    slot = Seldon2Predictor(
        input=PipelineInput(external_inputs=("other.step.first.outputs",)),
        output=PipelineOutput(steps=("check", "answer.outputs.y"), steps_join="any"),
    )
    graph = chain("check", "answer", seldon2=Seldon2Node(step=step))
    return deployment(predictor(graph=graph, seldon2=slot))


def shared() -> ModelDeployment:
    """A canary and a shadow, and a predictor that a header chooses."""
    split = split_by_header()
    shadow = predictor(name="next", shadow=True, traffic=20)
    return split.model_copy(update={"predictors": (*split.predictors, shadow)})


def pipelines() -> ModelDeployment:
    """A canary of a chain beside a single model."""
    return deployment(
        predictor(name="stable", traffic=90), predictor(name="canary", traffic=10, graph=chain("scale", "classify"))
    )


EXAMPLES = {
    "one": one(),
    "watched": watched(),
    "joined": joined(),
    "conditional": conditional(),
    "shared": shared(),
    "pipelines": pipelines(),
    "pipeline": Pipeline(
        name="chain", steps=(Step(name="a"), Step(name="b", inputs=("a",))), output=PipelineOutput(steps=("b",))
    ),
    "experiment": Experiment(
        name="test",
        candidates=(Candidate(name="a", weight=1), Candidate(name="b", weight=3)),
        default="a",
        mirror=Mirror(name="c", percent=10),
    ),
    "server": Server(
        name="gpu",
        server_config="triton",
        extra_capabilities=("gpu",),
        pod_spec={"containers": [{"name": "triton", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]},
        min_replicas=1,
        max_replicas=2,
    ),
}

"""What is accepted and then ignored, and the same put right."""

from components.serving.engines.context import EngineFacts
from components.serving.spec import (
    Format,
    Scaling,
)
from components.serving.spec.seldon2 import (
    Batch,
    Dataflow,
    Seldon2Detector,
    Seldon2Node,
    Seldon2Predictor,
    StepOptions,
)
from components.serving.spec.seldon2_kinds import ExplainerRef, LlmRef, Logger, Step
from tests.serving.seldon2.case import KERNEL, case, known, slot
from tests.serving.seldon2.parts import (
    FACTS,
    deployment,
    detector,
    model,
    node,
    of,
    pipeline,
    predictor,
    server,
)

TRAPS = [
    case("S2-T01", "requirements", model(requirements=()), model()),
    case("S2-T01", "predictors[0].graph", of(node(format=Format.CUSTOM)), slot()),
    case("S2-T02", "requirements", model(requirements=("python",)), model(requirements=("python", "triton"))),
    case(
        "S2-T02", "predictors[0].graph", slot(requirements=("python",)), slot(requirements=("python",), server="triton")
    ),
    case("S2-T03", "preloaded", model(preloaded=True), model(preloaded=False)),
    case("S2-T03", "predictors[0].graph", slot(preloaded=True), slot()),
    case("S2-T04", "dedicated", model(dedicated=True), model(server="mlserver")),
    case("S2-T05", "logger.percent", model(logger=Logger(percent=10)), model(logger=Logger())),
    case("S2-T05", "predictors[0].graph", slot(logger_percent=10), slot(logger_percent=100)),
    case(
        "S2-T06",
        "steps[0].batch.rolling",
        pipeline(Step(name="a", batch=Batch(size=2, rolling=True))),
        pipeline(Step(name="a", batch=Batch(size=2))),
    ),
    case(
        "S2-T06",
        "detectors[0]",
        deployment(detectors=(detector(seldon2=Seldon2Detector(step=StepOptions(batch=Batch(rolling=True)))),)),
        deployment(detectors=(detector(batch_size=20),)),
    ),
    case("S2-T07", "replicas", model(replicas=3), model(replicas=3, min_replicas=1, max_replicas=3)),
    case(
        "S2-T07",
        "predictors[0].graph.seldon2.replicas",
        of(node(seldon2=Seldon2Node(replicas=2)), scaling=Scaling(max_replicas=3)),
        of(node(seldon2=Seldon2Node(replicas=2)), scaling=Scaling(min_replicas=3)),
    ),
    case("S2-T08", "replicas", server(replicas=0), server(replicas=1)),
    case("S2-T08", "predictors[0].graph", deployment(scaling=Scaling(min_replicas=0)), deployment()),
    case("S2-T09", "min_replicas", model(min_replicas=0, max_replicas=2), model(min_replicas=1, max_replicas=2)),
    case(
        "S2-T10",
        "predictors[0].graph",
        deployment(scaling=Scaling(max_replicas=2)),
        deployment(scaling=Scaling(max_replicas=2)),
        EngineFacts(),
        FACTS,
    ),
    case("S2-T10", "max_replicas", model(max_replicas=2), model(), EngineFacts()),
    case(
        "S2-T11", "explainer", model(explainer=KERNEL.model_copy(update={"pipeline_ref": "p"})), model(explainer=KERNEL)
    ),
    case(
        "S2-T11",
        "explainer",
        model(explainer=ExplainerRef(type="anchor_text")),
        model(explainer=ExplainerRef(type="integrated_gradients")),
    ),
    case("S2-T11", "llm", model(llm=LlmRef()), model(llm=LlmRef(pipeline_ref="p"))),
    case("S2-T12", "max_replicas", server(min_replicas=1), server(min_replicas=1, max_replicas=2)),
    case("S2-T12", "min_replicas", server(max_replicas=2), server(replicas=2)),
    case(
        "S2-T13",
        "extra_capabilities",
        server(capabilities=("a",), extra_capabilities=("b",)),
        server(capabilities=("a", "b")),
    ),
    case(
        "S2-T14",
        "dataflow",
        model(dataflow=Dataflow(clean_topics_on_delete=True)),
        model(dataflow=Dataflow(clean_topics_on_delete=True)),
        known(seldon2_version="2.6.0"),
        known(seldon2_version="2.10.2"),
    ),
    case(
        "S2-T14",
        "predictors[0]",
        deployment(predictor(seldon2=Seldon2Predictor(allow_cycles=True))),
        deployment(predictor(seldon2=Seldon2Predictor())),
        known(seldon2_version="2.9.0"),
    ),
]

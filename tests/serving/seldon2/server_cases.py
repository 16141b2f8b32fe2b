"""What operator and scheduler refuse, and the same put right."""

from components.serving.rules.seldon2_together import Together
from components.serving.spec import (
    Resources,
    Scaling,
)
from components.serving.spec.seldon2 import (
    PipelineInput,
    PipelineOutput,
    Seldon2Predictor,
)
from components.serving.spec.seldon2_kinds import Candidate, LlmRef, Mirror, Step
from tests.serving.seldon2.case import BOTH, KERNEL, ONE, SMALL, case, known, slot, split, step
from tests.serving.seldon2.parts import (
    FACTS,
    deployment,
    detector,
    experiment,
    explainer,
    model,
    node,
    of,
    pipeline,
    predictor,
    server,
)

RULES = [
    case("S2-01", "name", model(name="a.b"), model(name="a-b")),
    case("S2-01", "name", pipeline("x", name="P"), pipeline("x")),
    case("S2-01", "detectors[0]", deployment(detectors=(detector(name="a_b"),)), deployment(detectors=(detector(),))),
    case("S2-02", "llm", model(explainer=KERNEL, llm=LlmRef(model_ref="x")), model(explainer=KERNEL)),
    case("S2-03", "replicas", model(replicas=1, min_replicas=2), model(replicas=2, min_replicas=2, max_replicas=2)),
    case("S2-03", "replicas", model(replicas=3, max_replicas=2), model(replicas=2, max_replicas=2)),
    case("S2-03", "replicas", model(min_replicas=3, max_replicas=2), model(min_replicas=2, max_replicas=2)),
    case("S2-03", "min_replicas", server(min_replicas=-1), server()),
    case(
        "S2-03",
        "predictors[0].graph",
        slot(replicas=5, max_replicas=2, min_replicas=1),
        slot(replicas=2, max_replicas=5, min_replicas=1),
    ),
    case("S2-04", "steps", pipeline(), pipeline("a")),
    case("S2-05", "steps[0].name", pipeline("p"), pipeline("a")),
    case("S2-06", "steps[1].inputs[0]", pipeline("a", Step(name="b", inputs=("a.output",))), pipeline("a", "b")),
    case(
        "S2-06",
        "steps[1].triggers[0]",
        pipeline("a", Step(name="b", triggers=("a.outputs.x.y",))),
        pipeline("a", Step(name="b", triggers=("a.outputs.x",))),
    ),
    case(
        "S2-06",
        "output.steps[0]",
        pipeline("a", output=PipelineOutput(steps=("a.out",))),
        pipeline("a", output=PipelineOutput(steps=("a.outputs",))),
    ),
    case("S2-06", "predictors[0].graph.children[0]", step(inputs=("",)), step(inputs=("a",))),
    case(
        "S2-07", "steps[0].inputs[0]", pipeline(Step(name="a", inputs=("c",))), pipeline(Step(name="a", inputs=("p",)))
    ),
    case(
        "S2-07",
        "steps[0].triggers[0]",
        pipeline(Step(name="a", triggers=("c.outputs",))),
        pipeline(Step(name="a", triggers=("p.inputs.x",))),
    ),
    case(
        "S2-07",
        "output.steps[0]",
        pipeline("a", output=PipelineOutput(steps=("p",))),
        pipeline("a", output=PipelineOutput(steps=("a",))),
    ),
    case("S2-07", "predictors[0].graph.children[0]", step(inputs=("c",)), step(inputs=("iris.inputs",))),
    case(
        "S2-08",
        "steps[0]",
        pipeline(Step(name="a", inputs=("b",)), Step(name="b", inputs=("a",))),
        pipeline(Step(name="a"), Step(name="b", inputs=("a",))),
    ),
    case(
        "S2-08",
        "steps[0]",
        pipeline(Step(name="a", triggers=("a.outputs.again",))),
        pipeline(Step(name="a", triggers=("a.outputs.again",)), allow_cycles=True),
    ),
    case("S2-08", "predictors[0].graph.children[0]", step(triggers=("b",)), step(triggers=("iris.inputs.x",))),
    case(
        "S2-09",
        "steps[1].triggers[0]",
        pipeline("a", Step(name="b", inputs=("a",), triggers=("a.outputs",))),
        pipeline("a", Step(name="b", inputs=("a.outputs.x",), triggers=("a.outputs.y",))),
    ),
    case(
        "S2-10",
        "input.external_inputs",
        pipeline("a", input=PipelineInput()),
        pipeline("a", input=PipelineInput(external_inputs=("q.outputs",))),
    ),
    case(
        "S2-10",
        "input.external_inputs[0]",
        pipeline("a", input=PipelineInput(external_inputs=("q.steps.x",))),
        pipeline("a", input=PipelineInput(external_inputs=("q.step.x.inputs.t",))),
    ),
    case(
        "S2-10",
        "predictors[0]",
        deployment(predictor(seldon2=Seldon2Predictor(input=PipelineInput(external_inputs=("q.out",))))),
        deployment(predictor(seldon2=Seldon2Predictor(input=PipelineInput(external_inputs=("q.outputs.t",))))),
    ),
    case("S2-11", "default", experiment("a", default="b"), experiment("a", default="a")),
    case("S2-12", "candidates", experiment(), experiment(mirror=Mirror(name="a", percent=10))),
    case("S2-13", "candidates[1].name", experiment("a", "a"), experiment("a", "b")),
    case(
        "S2-13",
        "mirror.name",
        experiment("a", mirror=Mirror(name="a", percent=1)),
        experiment("a", mirror=Mirror(name="b", percent=1)),
    ),
    case(
        "S2-14",
        "f.default",
        Together(declarations=(experiment("a", default="a"), experiment("a", name="f", default="a"))),
        Together(
            declarations=(
                experiment("a", default="a"),
                experiment("a", name="f", default="a", resource_type="pipeline"),
            )
        ),
    ),
    case(
        "S2-15", "requirements", model(requirements=("sklearn", "triton")), model(requirements=("sklearn", "mlserver"))
    ),
    case("S2-15", "server", model(server="mlservr"), model(server="mlserver")),
    case("S2-15", "predictors[0].graph", slot(server="triton"), slot(server="mlserver")),
    case(
        "S2-15",
        "predictors[0].graph",
        slot(requirements=("mlserver", "pvc")),
        slot(requirements=("mlserver", "pvc")),
        fixed_facts=known(seldon2_servers={"disk": ("mlserver", "pvc")}),
    ),
    case(
        "S2-16",
        "explainer",
        model(requirements=(), server="triton", explainer=KERNEL),
        model(requirements=(), server="mlserver", explainer=KERNEL),
    ),
    case(
        "S2-16",
        "predictors[0].explainer",
        deployment(predictor(explainer=explainer())),
        deployment(predictor(explainer=explainer())),
        BOTH,
        FACTS,
    ),
    case("S2-17", "memory", model(memory="2Gi"), model(memory="1Gi"), SMALL),
    case(
        "S2-17",
        "predictors[0].graph",
        of(node(resources=Resources(memory="2Gi"))),
        of(node(resources=Resources(memory="1024Mi"))),
        SMALL,
    ),
    case("S2-18", "replicas", model(min_replicas=2, max_replicas=4), model(min_replicas=1, max_replicas=4), ONE),
    case("S2-18", "predictors[0].graph", deployment(scaling=Scaling(min_replicas=2)), deployment(), ONE),
    case("S2-19", "steps[1].name", pipeline("a", "a"), pipeline("a", "b")),
    case(
        "S2-20",
        "candidates[0].weight",
        experiment(candidates=(Candidate(name="a", weight=-1),)),
        experiment(candidates=(Candidate(name="a", weight=0),)),
    ),
    case(
        "S2-20",
        "mirror.percent",
        experiment("a", mirror=Mirror(name="b", percent=101)),
        experiment("a", mirror=Mirror(name="b", percent=100)),
    ),
    case("S2-20", "predictors", split(-50, 150), split(50, 50)),
    case("S2-21", "predictors[0].graph.artifact", of(node(artifact=None)), deployment()),
    case("S2-21", "detectors[0].artifact", deployment(detectors=(detector(artifact=None),)), deployment()),
    case("S2-21", "storage_uri", model(storage_uri=" "), model()),
    case(
        "S2-22",
        "iris-b",
        Together(declarations=(split(50, 50), deployment(name="iris-b"))),
        Together(declarations=(split(50, 50), deployment(name="iris-c"))),
    ),
]

"""Declarations that break one rule of Seldon Core 2 each, and the same ones mended."""

from dataclasses import dataclass, replace
from typing import Any

from catalog.machines import Accelerator
from components.serving.engines.context import EngineFacts
from components.serving.rules.seldon2_together import Together
from components.serving.spec import (
    Accelerators,
    BuiltImage,
    Builtin,
    Container,
    Cpu,
    Exposure,
    Format,
    HuggingFace,
    Image,
    Method,
    PayloadLogging,
    Protocol,
    Resources,
    Role,
    Rollout,
    Scaling,
)
from components.serving.spec.seldon2 import (
    Batch,
    Dataflow,
    PipelineInput,
    PipelineOutput,
    Seldon2Detector,
    Seldon2Explainer,
    Seldon2Node,
    Seldon2Predictor,
    StepOptions,
)
from components.serving.spec.seldon2_kinds import Candidate, ExplainerRef, LlmRef, Logger, Mirror, Step
from tests.serving.seldon2.parts import (
    FACTS,
    chain,
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


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule, both ways.

    Attributes:
        broken: what it refuses.
        fixed: the same put right.
        path: of the finding.
        facts: how the engine is installed.
        fixed_facts: the same where the installation is what is put right.
    """

    id: str
    broken: Any
    fixed: Any
    path: str
    facts: EngineFacts = FACTS
    fixed_facts: EngineFacts = FACTS


def case(id_: str, path: str, broken: Any, fixed: Any, facts: EngineFacts = FACTS, fixed_facts: Any = None) -> Case:
    return Case(id=id_, path=path, broken=broken, fixed=fixed, facts=facts, fixed_facts=fixed_facts or facts)


def step(**fields: Any) -> Any:
    """A graph of two nodes, the second with these options of its step."""
    return of(chain("a", "b", seldon2=Seldon2Node(step=StepOptions(**fields))))


def slot(**fields: Any) -> Any:
    return of(node(seldon2=Seldon2Node(**fields)))


def split(*shares: int, **fields: Any) -> Any:
    """Predictors with these shares, the first one named a, the second one b, ..."""
    return deployment(
        *(predictor(name=name, traffic=share) for name, share in zip("abc", shares, strict=False)), **fields
    )


def known(**fields: Any) -> EngineFacts:
    return replace(FACTS, **fields)


KERNEL = ExplainerRef(type="kernel_shap", model_ref="iris")
BOTH = known(seldon2_servers={"mlserver": ("mlserver", "sklearn")})
SMALL = known(seldon2_memory={"mlserver": "1Gi"})
ONE = known(seldon2_replicas={"mlserver": 1})
OWN_IMAGE = Image(reference="registry.test/app:1")
L4 = Accelerators(kind=Accelerator.L4)

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

UNSUPPORTED = [
    case(
        "S2-X01", "predictors[0].graph.role", of(chain("a", "b").model_copy(update={"role": Role.ROUTER})), deployment()
    ),
    case(
        "S2-X02",
        "predictors[0].graph.implementation",
        deployment(
            predictor(graph=Builtin(implementation="random_ab_test", children=(node(name="a"), node(name="b"))))
        ),
        split(50, 50),
    ),
    case("S2-X03", "feedback", deployment(feedback=True), deployment()),
    case("S2-X04", "predictors[0].graph.resources.cpu", of(node(resources=Resources(cpu="1"))), deployment()),
    case(
        "S2-X04",
        "predictors[0].graph.resources.accelerators",
        of(node(resources=Resources(accelerators=L4))),
        slot(server="mlserver"),
    ),
    case(
        "S2-X04",
        "detectors[0].resources.limits",
        deployment(detectors=(detector(resources=Resources(limits={"cpu": "1"})),)),
        deployment(),
    ),
    case(
        "S2-X05",
        "scaling.min_replicas",
        deployment(scaling=Scaling(min_replicas=0, max_replicas=2)),
        deployment(scaling=Scaling(min_replicas=1, max_replicas=2)),
    ),
    case("S2-X06", "protocol", deployment(protocol=Protocol.SELDON), deployment(protocol=Protocol.V2)),
    case("S2-X06", "protocol", deployment(protocol=Protocol.OPENAI), deployment()),
    case("S2-X07", "predictors[0].graph", deployment(predictor(graph=Container(image=OWN_IMAGE))), deployment()),
    case("S2-X07", "predictors[0].graph.env", of(node(env={"A": "1"})), deployment()),
    case(
        "S2-X07",
        "predictors[0].explainer.image",
        deployment(predictor(explainer=explainer(image=OWN_IMAGE))),
        deployment(predictor(explainer=explainer())),
    ),
    case(
        "S2-X07", "detectors[0].image", deployment(detectors=(detector(image=BuiltImage(context="a")),)), deployment()
    ),
    case("S2-X08", "predictors[0].graph.format", of(node(format=Format.PMML)), deployment()),
    case(
        "S2-X08",
        "predictors[0].graph.format",
        of(node(format=Format.VLLM)),
        of(node(format=Format.VLLM, seldon2=Seldon2Node(requirements=("llm",)))),
        fixed_facts=known(seldon2_servers={"llm": ("llm",)}),
    ),
    case(
        "S2-X09",
        "scaling.metrics",
        deployment(scaling=Scaling(max_replicas=2, metrics=(Cpu(),))),
        deployment(scaling=Scaling(max_replicas=2)),
    ),
    case(
        "S2-X09",
        "predictors[0].scaling.behavior",
        deployment(predictor(scaling=Scaling(max_replicas=2, behavior={"scaleDown": {}}))),
        deployment(),
    ),
    case(
        "S2-X10",
        "logging.url",
        deployment(logging=PayloadLogging(url="http://x")),
        deployment(logging=PayloadLogging()),
    ),
    case(
        "S2-X10",
        "predictors[0].graph.logging.mode",
        of(node(logging=PayloadLogging(mode="request"))),
        of(node(logging=PayloadLogging())),
    ),
    case("S2-X11", "exposure.tls_secret", deployment(exposure=Exposure(tls_secret="s")), deployment()),
    case("S2-X11", "exposure.callers", deployment(exposure=Exposure(callers=("a",))), deployment()),
    case("S2-X12", "rollout", deployment(rollout=Rollout(strategy="recreate")), deployment(rollout=Rollout())),
    case("S2-X12", "rollout", deployment(rollout=Rollout(surge=2)), deployment(rollout=Rollout(strategy="surge"))),
    case("S2-X13", "detectors[0].reply_url", deployment(detectors=(detector(reply_url="http://x"),)), deployment()),
    case("S2-X13", "detectors[0].watches", deployment(detectors=(detector(watches="metrics"),)), deployment()),
    case(
        "S2-X14",
        "predictors[0].explainer.method",
        deployment(predictor(explainer=explainer(method=Method.LIME))),
        deployment(predictor(explainer=explainer(method=Method.TREE_SHAP))),
    ),
    case(
        "S2-X14",
        "predictors[0].explainer.method",
        deployment(predictor(explainer=explainer(method=Method.CUSTOM))),
        deployment(predictor(explainer=explainer(method=Method.CUSTOM, seldon2=Seldon2Explainer(type="mine")))),
    ),
    case("S2-X15", "predictors[0].graph.artifact", of(node(artifact=HuggingFace(repo="a/b"))), deployment()),
    case(
        "S2-X16",
        "predictors[1].graph",
        deployment(predictor(name="a", traffic=50, explainer=explainer()), predictor(name="explainer", traffic=50)),
        deployment(predictor(name="a", traffic=50, explainer=explainer()), predictor(name="b", traffic=50)),
    ),
    case("S2-X17", "predictors[0].graph.format_version", of(node(format_version="1.5")), deployment()),
]

CASES = [*RULES, *TRAPS, *UNSUPPORTED]

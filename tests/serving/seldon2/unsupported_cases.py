"""What Seldon Core 2 cannot express, and the same put right."""

from components.serving.spec import (
    BuiltImage,
    Builtin,
    Container,
    Cpu,
    Exposure,
    Format,
    HuggingFace,
    Method,
    PayloadLogging,
    Protocol,
    Resources,
    Role,
    Rollout,
    Scaling,
)
from components.serving.spec.seldon2 import (
    Seldon2Explainer,
    Seldon2Node,
)
from tests.serving.seldon2.case import L4, OWN_IMAGE, case, known, slot, split
from tests.serving.seldon2.parts import (
    chain,
    deployment,
    detector,
    explainer,
    node,
    of,
    predictor,
)

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

"""Declarations of every kind, sensible or not: whatever the types let through."""

from typing import Any

from hypothesis import strategies as st

from catalog.machines import Accelerator
from components.serving.spec import (
    Accelerators,
    Artifact,
    Builtin,
    Concurrency,
    Container,
    Cpu,
    Detector,
    Explainer,
    Exposure,
    Format,
    HeaderMatch,
    HuggingFace,
    Image,
    Memory,
    Method,
    MlflowModel,
    ModelDeployment,
    ModelServer,
    Node,
    PayloadLogging,
    Predictor,
    Protocol,
    Resources,
    Role,
    Scaling,
    Slo,
    Transport,
    Uri,
)

names = st.sampled_from([None, "a", "b", "With_Underscore"])
images = st.sampled_from([None, Image(reference="a:1")])
artifacts = st.sampled_from(
    [None, Artifact(name="a"), Uri(uri="gs://b/c"), Uri(uri="pvc://c"), Uri(uri="strange"), HuggingFace(repo="a/b"), MlflowModel(model="m")]
)  # fmt: skip
numbers = st.sampled_from([-50, -1, 0, 1, 2, 90, 150])
metrics = st.lists(
    st.sampled_from([Cpu(), Cpu(target=0), Memory(target=120), Concurrency(target=0), Concurrency(target=4)]),
    max_size=2,
).map(tuple)
scalings = st.builds(Scaling, min_replicas=numbers, max_replicas=st.none() | numbers, metrics=metrics)
resources = st.sampled_from(
    [Resources(), Resources(cpu="1", memory="1Gi"), Resources(accelerators=Accelerators(kind=Accelerator.L4, count=2)), Resources(limits={"nvidia.com/gpu": "1"})]
)  # fmt: skip


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2) -> Node:
    children = tuple(draw(st.lists(nodes(depth - 1), max_size=2))) if depth else ()
    common: dict[str, Any] = {
        "name": draw(names),
        "role": draw(st.sampled_from(Role)),
        "children": children,
        "logging": draw(st.sampled_from([None, PayloadLogging()])),
        "resources": draw(resources),
        "env": draw(st.sampled_from([{}, {"A": "b=c", "PYTHONPATH": "/x"}, {"A": None}])),
    }
    match draw(st.sampled_from(["server", "container", "builtin"])):
        case "server":
            return ModelServer(format=draw(st.sampled_from(Format)), artifact=draw(artifacts), image=draw(images), **common)  # fmt: skip
        case "container":
            port = draw(st.sampled_from([None, 8080]))
            return Container(image=Image(reference="a:1"), port=port, artifact=draw(artifacts), **common)
        case _:
            return Builtin(implementation=draw(st.sampled_from(["random_ab_test", "average_combiner"])), **common)


@st.composite
def wild(draw: st.DrawFn) -> ModelDeployment:
    explainers = st.none() | st.builds(Explainer, method=st.sampled_from(Method), image=images, artifact=artifacts)
    predictors = st.builds(
        Predictor,
        name=st.sampled_from(["default", "canary", "explainer"]),
        graph=nodes(),
        traffic=st.none() | numbers,
        shadow=st.booleans(),
        scaling=st.none() | scalings,
        explainer=explainers,
        annotations=st.sampled_from([{}, {"a": "b=c"}]),
    )
    detectors = st.builds(Detector, name=st.sampled_from(["d", "D_"]), watches=st.just("drift"), image=images)
    headers = st.builds(HeaderMatch, name=st.sampled_from(["x-v", "x v"]), value=st.just("1"), predictor=st.just("canary"))  # fmt: skip
    return ModelDeployment(
        name=draw(st.sampled_from(["m", "m" * 60])),
        team="t",
        predictors=tuple(draw(st.lists(predictors, min_size=1, max_size=3))),
        protocol=draw(st.none() | st.sampled_from(Protocol)),
        transport=draw(st.none() | st.sampled_from(Transport)),
        scaling=draw(scalings),
        detectors=tuple(draw(st.lists(detectors, max_size=2))),
        feedback=draw(st.booleans()),
        exposure=Exposure(headers=tuple(draw(st.lists(headers, max_size=2))), external=draw(st.booleans())),
        slo=draw(st.sampled_from([None, Slo()])),
        safe_defaults=draw(st.booleans()),
        acknowledge=draw(st.sampled_from([{}, {"C-24": "why"}, {"S1-T04": "", "nothing": "x"}])),
    )

"""Both ways of every rule that holds for all engines."""

from catalog.machines import Accelerator
from components.serving.engines.context import EngineFacts
from components.serving.rules.common_engines import ENGINES
from components.serving.rules.common_stack import Served
from components.serving.spec import (
    Accelerators,
    Builtin,
    Concurrency,
    Container,
    Cpu,
    Detector,
    Exposure,
    Format,
    HeaderMatch,
    Image,
    ModelDeployment,
    ModelServer,
    Protocol,
    Resources,
    Role,
    Scaling,
    SecretRef,
    Slo,
    Uri,
)
from components.serving.spec.kserve import KServe
from components.serving.spec.plain import PlainEngine, PlainNode
from components.serving.spec.seldon1 import Seldon1
from components.serving.spec.seldon2 import Seldon2
from tests.serving.cases import Case, model, node, predictor

KEDA = EngineFacts(keda=True, prometheus="http://prometheus.monitoring:9090")
CANARY = predictor(name="canary", traffic=10)


def shared(*traffic: int | None) -> ModelDeployment:
    """Predictors with these shares."""
    return model(*(predictor(name=f"p{at}", traffic=share) for at, share in enumerate(traffic)))


def shadows(*shadow: bool) -> ModelDeployment:
    return model(*(predictor(name=f"p{at}", shadow=each) for at, each in enumerate(shadow)))


def headers(*named: HeaderMatch) -> ModelDeployment:
    return model(predictor(traffic=90), CANARY, exposure=Exposure(headers=named))


def detectors(*names: str) -> ModelDeployment:
    image = Image(reference="registry.test/drift:1")
    return model(detectors=tuple(Detector(name=name, watches="drift", image=image) for name in names))


def scaled(**fields) -> ModelDeployment:
    return model(scaling=Scaling(**fields))


def on_gpu(**fields) -> ModelDeployment:
    gpu = Resources(accelerators=Accelerators(kind=Accelerator.L4))
    metrics = (Concurrency(target=4),)
    return model(predictor(graph=node(resources=gpu)), scaling=Scaling(max_replicas=2, metrics=metrics, **fields))


def with_uri(uri: str) -> ModelDeployment:
    return model(predictor(graph=node(name="a", artifact=Uri(uri=uri))))


def nested(levels: int) -> ModelDeployment:
    graph = node(name=f"n{levels}")
    for level in reversed(range(levels)):
        graph = Container(name=f"n{level}", image=graph.image, children=(graph,))
    return model(predictor(graph=graph))


def graph(root, *children) -> ModelDeployment:
    return model(predictor(graph=root.model_copy(update={"children": children})))


A, B = node(name="a"), node(name="b")
ROUTER = node(name="r", role=Role.ROUTER)
LONG = "n" * 40
SLOTS = {
    "plain": {"plain": PlainEngine(route_metadata={"labels": {"a": "b"}})},
    "seldon1": {"seldon1": Seldon1()},
    "seldon2": {"seldon2": Seldon2()},
    "kserve": {"kserve": KServe()},
}
# Seldon Core 1 and 2 and KServe need more of a declaration than the container that these cases are about.
_SERVED = ModelServer(format=Format.SKLEARN, artifact=Uri(uri="gs://models/m"), resources=Resources(memory="1Gi"))


def served(engine: str, **fields) -> ModelDeployment:
    """A declaration in which no rule of the engine finds anything."""
    if engine == "plain":
        return model(**fields)
    return model(predictor(graph=_SERVED), protocol=Protocol.V2, **fields)


def canary(name: str) -> ModelDeployment:
    """Beside `m` runs `m-<name>`."""
    live = predictor(graph=_SERVED, traffic=90)
    return model(live, predictor(name=name, graph=_SERVED, traffic=10), protocol=Protocol.V2)


def together(*models: ModelDeployment) -> Served:
    return Served(models={each.name: each for each in models}, engines={each.name: "plain" for each in models})


CASES = [
    Case(id="C-01", broken=shared(-50, 150), fixed=shared(50, 50)),
    Case(id="C-02", broken=shared(90, 20), fixed=shared(90, 10)),
    Case(id="C-02", broken=shared(None, None), fixed=shared(100, None)),
    Case(id="C-03", broken=shared(10), fixed=shared(100)),
    Case(id="C-04", broken=shadows(True), fixed=shadows(True, False)),
    Case(id="C-05", broken=shadows(False, True, True), fixed=shadows(False, True)),
    Case(
        id="C-06",
        broken=headers(HeaderMatch(name="x-v", value="2", predictor="canaree")),
        fixed=headers(HeaderMatch(name="x-v", value="2", predictor="canary")),
    ),
    Case(
        id="C-07",
        broken=headers(*(HeaderMatch(name=n, value="2", predictor="canary") for n in ("x-v", "X-V"))),
        fixed=headers(*(HeaderMatch(name="x-v", value=v, predictor="canary") for v in ("2", "3"))),
    ),
    Case(
        id="C-10",
        broken=model(predictor(traffic=90), predictor(traffic=10)),
        fixed=model(predictor(traffic=90), CANARY),
    ),
    Case(id="C-11", engine="seldon1", broken=graph(A, B, B), fixed=graph(A, B), also=frozenset({"S1-T04", "S1-T09"})),
    Case(id="C-12", broken=detectors("drift", "drift"), fixed=detectors("drift", "other")),
    Case(id="C-13", broken=detectors("My_Detector"), fixed=detectors("my-detector")),
    Case(
        id="C-14",
        broken=model(predictor(graph=ModelServer(format=Format.VLLM)), protocol=Protocol.TENSORFLOW),
        fixed=model(predictor(graph=ModelServer(format=Format.VLLM)), protocol=Protocol.OPENAI),
        also=frozenset({"PL-X09"}),
    ),
    Case(
        id="C-15",
        broken=with_uri("ftp://there/model"),
        fixed=with_uri("pvc://claim/model"),
        also=frozenset({"PL-X13"}),
    ),
    Case(id="C-16", engine="seldon1", broken=nested(11), fixed=nested(10), also=frozenset({"S1-T11"})),
    Case(
        id="C-17",
        engine="seldon1",
        broken=graph(ROUTER),
        fixed=graph(ROUTER, A),
    ),
    Case(
        id="C-17",
        engine="seldon1",
        broken=model(predictor(graph=Builtin(name="ab", implementation="random_ab_test"))),
        fixed=model(predictor(graph=Builtin(name="ab", implementation="random_ab_test", children=(A, B)))),
        also=frozenset({"S1-T02"}),
    ),
    Case(
        id="C-18",
        broken=model(predictor(graph=node(env={"A": "1"}, secrets={"A": SecretRef(name="s")}))),
        fixed=model(predictor(graph=node(env={"B": "1"}, secrets={"A": SecretRef(name="s")}))),
    ),
    Case(id="C-19", broken=model(slo=Slo()), fixed=model(slo=Slo(latency_ms=100))),
    Case(id="C-20", broken=scaled(min_replicas=3, max_replicas=2), fixed=scaled(min_replicas=2, max_replicas=3)),
    Case(id="C-21", broken=scaled(min_replicas=-1), fixed=scaled(min_replicas=0)),
    Case(
        id="C-21",
        broken=scaled(min_replicas=0, max_replicas=0, metrics=(Concurrency(target=1),)),
        fixed=scaled(min_replicas=0, max_replicas=1, metrics=(Concurrency(target=1),)),
        facts=KEDA,
    ),
    Case(
        id="C-22",
        broken=scaled(max_replicas=2, metrics=(Cpu(target=0),)),
        fixed=scaled(max_replicas=2, metrics=(Cpu(target=1),)),
    ),
    Case(id="C-23", broken=scaled(metrics=(Cpu(),)), fixed=scaled(metrics=(Cpu(),), max_replicas=2)),
    Case(id="C-24", broken=on_gpu(min_replicas=0), fixed=on_gpu(min_replicas=1), facts=KEDA),
    Case(
        id="C-25",
        broken=model(predictor(graph=node(resources=Resources(limits={"nvidia.com/gpu": "1"})))),
        fixed=model(predictor(graph=node(resources=Resources(limits={"memory": "1Gi"})))),
    ),
    Case(id="C-30", broken=model(acknowledge={"C-99": "why"}), fixed=model()),
    Case(id="C-31", broken=model(acknowledge={"C-02": "why"}), fixed=model()),
    Case(
        id="C-32",
        broken=on_gpu(min_replicas=0).model_copy(update={"acknowledge": {"C-24": " "}}),
        fixed=on_gpu(min_replicas=0).model_copy(update={"acknowledge": {"C-24": "asked at night only"}}),
        facts=KEDA,
    ),
    Case(id="C-33", broken=model(acknowledge={"C-24": "why"}), fixed=model()),
    Case(
        id="C-43",
        engine="kserve",
        broken=served("kserve", name="n" * 52),
        fixed=served("kserve", name="n" * 51),
    ),
    Case(
        id="C-40",
        broken=model(predictor(name=LONG, traffic=90), predictor(traffic=10), name=LONG),
        fixed=model(predictor(name="canary", traffic=90), predictor(traffic=10), name=LONG),
    ),
    Case(
        id="C-41",
        engine="seldon1",
        broken=served("seldon1", name="n" * 30),
        fixed=served("seldon1", name="n" * 27),
    ),
    Case(
        id="C-42",
        engine="seldon2",
        broken=canary("n" * 62),
        fixed=canary("n" * 61),
    ),
    *(
        Case(
            id=f"C-{at}",
            engine=engine,
            broken=served(engine, **SLOTS[other]),
            fixed=served(engine, **SLOTS[engine]),
        )
        for at, (engine, other) in enumerate(((a, b) for a in ENGINES for b in ENGINES if a != b), start=50)
    ),
]

CASES += [
    Case(
        id="C-08",
        engine="",
        broken=together(model(predictor(name="canary"), name="m"), model(name="m-canary")),
        fixed=together(model(predictor(name="canary"), name="m"), model(name="other-canary")),
    ),
    Case(
        id="C-09",
        engine="",
        broken=together(model(name="m", exposure=Exposure(path="/a")), model(name="n", exposure=Exposure(path="/a"))),
        fixed=together(
            model(name="m", exposure=Exposure(path="/a")),
            model(name="n", exposure=Exposure(path="/a", host="h.example")),
        ),
    ),
]

# A slot anywhere below is found, too.
DEEP_SLOT = model(predictor(graph=node(plain=PlainNode(leave_replicas=True))))

"""Declarations for Seldon Core 1, in the form in which an import writes them."""

from typing import Any

from hypothesis import strategies as st

from components.serving.spec import (
    Builtin,
    Container,
    Cpu,
    Explainer,
    Exposure,
    Image,
    Memory,
    Method,
    ModelDeployment,
    ModelServer,
    Node,
    Parameter,
    PayloadLogging,
    Predictor,
    Protocol,
    Resources,
    Rollout,
    Scaling,
    Uri,
)
from components.serving.spec.node import walk
from components.serving.spec.seldon1 import (
    Ambassador,
    DisruptionBudget,
    Endpoint,
    Hpa,
    Istio,
    Keda,
    Orchestrator,
    Seldon1,
    Seldon1Component,
    Seldon1Explainer,
    Seldon1Node,
    Seldon1Predictor,
)

NAME = "iris"
_WORDS = st.sampled_from(["a", "b-1", "true", "7", "0x1", "é", "on"])
_LABELS = st.dictionaries(st.sampled_from(["app", "slipway.test/x"]), _WORDS, min_size=1)
_SOURCES = st.sampled_from([{"fieldRef": {"fieldPath": "metadata.name"}}, {"secretKeyRef": {"name": "s", "key": "k"}}])
_ENV = st.dictionaries(st.sampled_from(["A", "B_C", "d.e"]), _WORDS | _SOURCES | st.just("") | st.none(), max_size=3)
_URIS = st.sampled_from(["s3://models/iris", "gs://models/x", "pvc://claim/path"]).map(lambda uri: Uri(uri=uri))
_PORTS = st.integers(1024, 65535)
_SMALL = st.integers(1, 9)
_PARTS = st.sampled_from(
    [
        {"imagePullPolicy": "Always"},
        {"securityContext": {}},
        {"volumeMounts": [{"name": "v", "mountPath": "/v"}], "command": ["serve"]},
        {"resources": {"limits": {"cpu": 1}}},
        {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        {"ports": [{"name": "metrics", "containerPort": 6000}]},
    ]
)
_PODS = st.sampled_from(
    [{"volumes": [{"name": "v", "emptyDir": {}}]}, {"securityContext": {}}, {"nodeSelector": {"a": "b"}, "priority": 3}]
)
_NEW = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
_OLD = {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 70}}
_TRIGGER = {"type": "prometheus", "metadata": {"query": "up", "threshold": "1"}}


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def slot(kind: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A part with some of these fields, or None with none of them."""
    return some(**fields).map(lambda given: kind(**given) if given else None)


_RESOURCES = some(
    cpu=st.sampled_from(["100m", "2"]),
    memory=st.sampled_from(["1Gi", "512Mi"]),
    requests=st.just({"ephemeral-storage": "1Gi"}),
    limits=st.just({"cpu": "4"}),
).map(lambda given: Resources(**given))
_ENDPOINT = some(service_host=st.just("localhost"), http_port=_PORTS, grpc_port=_PORTS).filter(bool)
_UNIT = slot(
    Seldon1Node,
    endpoint=_ENDPOINT.map(lambda given: Endpoint(**given)),
    service_account=_WORDS,
    env_secret=_WORDS,
    storage_initializer_image=_WORDS,
    methods=st.just(("SEND_FEEDBACK",)),
)
_COMMON = {
    "env": _ENV,
    "args": st.lists(_WORDS, max_size=2).map(tuple),
    "resources": _RESOURCES,
    "logging": some(url=st.just("http://log"), mode=st.sampled_from(["all", "request"])).map(
        lambda given: PayloadLogging(**given)
    ),
    "parameters": st.lists(
        st.builds(Parameter, name=_WORDS, value=_WORDS, type=st.sampled_from(["INT", "STRING", "BOOL"])), max_size=2
    ).map(tuple),
    "seldon1": _UNIT,
    "pod": _PODS,
}
_LISTENING = st.one_of(
    st.fixed_dictionaries(
        {"port": _PORTS, "ready_path": st.none() | st.just("/ready"), "live_path": st.none() | st.just("/")}
    ),
    st.fixed_dictionaries(
        {"port": st.none(), "ready_path": st.none(), "live_path": st.none()}, optional={"grpc_port": _PORTS}
    ),
)


@st.composite
def nodes(draw: Any, names: list[str], depth: int) -> Node:
    """A graph whose nodes have these names, in turn."""
    name = names.pop(0)
    named = {} if name == NAME else {"name": name}
    wanted = draw(st.integers(0, 2)) if depth and len(names) > 6 else 0
    children = tuple(draw(nodes(names, depth - 1)) for _ in range(wanted))
    common = {**named, "children": children}
    if wanted == 2 and draw(st.booleans()):
        ratio = Parameter(name="ratioA", value="0.5", type="FLOAT")
        return Builtin(implementation="random_ab_test", parameters=draw(st.sampled_from([(), (ratio,)])), **common)
    fields = draw(some(**_COMMON))
    if not {"args", "env", "resources"} & fields.keys():
        fields |= draw(some(container=_PARTS))
    roles = ["router", "combiner"] if wanted == 2 else ["model", "transformer", "output_transformer"]
    if wanted < 2 and draw(st.booleans()):
        return ModelServer(
            format=draw(st.sampled_from(["sklearn", "mlflow", "xgboost"])), artifact=draw(_URIS), **common, **fields
        )
    listening = (
        draw(_LISTENING)
        if "ports" not in fields.get("container", {})
        else {"port": None, "ready_path": None, "live_path": None}
    )
    return Container(
        image=Image(reference=draw(st.sampled_from(["a:1", "r.test/b@sha256:c"]))),
        role=draw(st.sampled_from(roles)), **common, **listening, **fields, **draw(some(artifact=_URIS)),
    )  # fmt: skip


_CLEAN = st.sampled_from([(), (Memory(target=50),), (Cpu(target=70), Memory())])
_SCALING = st.none() | st.builds(Scaling, min_replicas=st.integers(1, 3)) | st.builds(
    lambda least, metrics: Scaling(min_replicas=least, max_replicas=9, metrics=metrics), st.integers(1, 3), _CLEAN
)  # fmt: skip
_ORCHESTRATOR = some(env=_ENV, resources=st.sampled_from([{}, {"requests": {"cpu": "1"}}])).map(
    lambda given: Orchestrator(**given)
)
_COMPONENT = some(
    name=st.just("part"),
    labels=_LABELS,
    annotations=_LABELS,
    replicas=_SMALL,
    hpa=st.sampled_from([Hpa(max_replicas=3, metricsv2=(_NEW,)), Hpa(min_replicas=1, max_replicas=3, metrics=(_OLD,))]),
    pod=_PODS,
)
_KEDA = st.builds(
    Keda, triggers=st.just((_TRIGGER,)), min_replicas=st.none() | _SMALL, advanced=st.none() | st.just({}),
    fallback=st.none() | st.just({"failureThreshold": 3, "replicas": 2}),
)  # fmt: skip


@st.composite
def components(draw: Any, graph: Node) -> tuple[Seldon1Component, ...]:
    """Some way to put the graph's nodes into pods that is not the builder's own."""
    names = [node.name or NAME for _, node in walk(graph, "") if not isinstance(node, Builtin)]
    cut = draw(st.integers(0, len(names)))
    beside: Any = {"name": "beside", "image": "x:1"}
    first = {"containers": (*names[:cut], beside), "disruption_budget": None, **draw(_COMPONENT)}
    first.pop("hpa" if draw(st.booleans()) else "replicas", None)
    second = {"containers": tuple(reversed(names[cut:])), "keda": draw(_KEDA)}
    if draw(st.booleans()) and cut == len(names):
        return (Seldon1Component(**first | {"disruption_budget": DisruptionBudget(min_available="50%")}),)
    return Seldon1Component(**first), Seldon1Component(**second)


_METHODS = [Method.ANCHOR_TABULAR, Method.ANCHOR_TEXT, Method.TREE_SHAP]


@st.composite
def explainers(draw: Any, protocol: Protocol | None) -> Explainer:
    v2 = protocol is Protocol.V2
    values = st.dictionaries(_WORDS, st.integers() | _WORDS | st.lists(_SMALL) if v2 else _WORDS, max_size=2)
    fields = draw(
        some(
            artifact=_URIS, parameters=values, replicas=_SMALL, resources=_RESOURCES,
            container=st.just({"name": "explainer", "tty": True}), image=st.just(Image(reference="mine:1")),
            seldon1=slot(Seldon1Explainer, service_account=_WORDS, env_secret=_WORDS),
        )
    )  # fmt: skip
    return Explainer(method=draw(st.sampled_from(_METHODS)), **fields)


@st.composite
def predictors(draw: Any, name: str, protocol: Protocol | None, **given: Any) -> Predictor:
    names = draw(st.permutations([NAME, *(f"n{at}" for at in range(9))]))
    graph = draw(nodes(names, 3))
    fields = draw(some(labels=_LABELS, annotations=_LABELS, explainer=explainers(protocol), scaling=_SCALING))
    own = draw(some(orchestrator=_ORCHESTRATOR, service_name=st.just(f"{name}-service")))
    if draw(st.integers(0, 3)) == 0:
        graph = _without_pods(graph)
        own["components"] = draw(components(graph))
        fields.pop("scaling", None)
    own = {key: value for key, value in own.items() if value != Orchestrator()}
    return Predictor(name=name, graph=graph, seldon1=Seldon1Predictor(**own) if own else None, **fields, **given)


def _without_pods(node: Node) -> Node:
    return node.model_copy(update={"pod": {}, "children": tuple(map(_without_pods, node.children))})


_SLOT = slot(
    Seldon1,
    annotations=_LABELS,
    spec_name=_WORDS,
    server_type=st.just("rpc"),
    replicas=st.just(1),
    rest_timeout=st.integers(1, 999),
    grpc_max_message_size=_SMALL,
    headless_service=st.just(True),
    logger_queue_size=_SMALL,
    istio=st.builds(
        Istio, gateway=st.just("a/b"), retries=st.none() | _SMALL, host=st.none() | st.just("a.test,b.test")
    ),
    ambassador=st.builds(Ambassador, service_name=st.just("x"), max_requests=st.none() | _SMALL),
)
_EXPOSURE = some(timeout_seconds=_SMALL, host=st.just("a.test"), tls_secret=st.just("certificate"))


@st.composite
def declarations(draw: Any) -> ModelDeployment:
    """A declaration as an import writes it."""
    protocol = draw(st.sampled_from([None, Protocol.SELDON, Protocol.V2]))
    shares = draw(st.sampled_from([(None,), (100,), (90, 10), (0, 100)]))
    given = [draw(predictors(f"p{at}", protocol, traffic=share)) for at, share in enumerate(shares)]
    if draw(st.booleans()):
        given.append(draw(predictors("dark", protocol, shadow=True)))
    exposure, own = draw(_EXPOSURE), draw(_SLOT)
    # What the slot says goes before what is said in common: an import never writes both.
    if own and own.rest_timeout:
        exposure.pop("timeout_seconds", None)
    if own and own.istio.host:
        exposure.pop("host", None)
    fields = draw(some(labels=_LABELS, annotations=_LABELS, transport=st.sampled_from(["rest", "grpc"])))
    if not (own and own.replicas):
        fields |= draw(some(scaling=st.builds(Scaling, min_replicas=st.integers(2, 4))))
    return ModelDeployment(
        name=NAME, team="science", predictors=tuple(given), protocol=protocol, exposure=Exposure(**exposure),
        rollout=Rollout(**draw(some(deadline_seconds=st.integers(10, 99)))), seldon1=own, safe_defaults=False, **fields,
    )  # fmt: skip

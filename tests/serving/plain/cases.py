"""Both ways of every rule of the plain engine."""

from components.serving.engines.context import EngineFacts
from components.serving.spec import (
    Artifact,
    Builtin,
    Concurrency,
    Cpu,
    Detector,
    Explainer,
    Exposure,
    Format,
    HeaderMatch,
    HuggingFace,
    Image,
    Method,
    MlflowModel,
    ModelDeployment,
    ModelServer,
    Parameter,
    PayloadLogging,
    PrometheusQuery,
    Protocol,
    RequestRate,
    Resources,
    Role,
    Scaling,
    Transport,
    Uri,
)
from components.serving.spec.plain import PlainNode
from tests.serving.cases import Case, model, node, predictor
from tests.serving.common_cases import CANARY, KEDA, detectors, headers

IMAGE = Image(reference="registry.test/own:1")
NO_PROMETHEUS = EngineFacts(keda=True)
SELECTED = {"selector": {"matchLabels": {"app": "m"}}}


def server(format_: Format = Format.SKLEARN, **fields) -> ModelDeployment:
    """A model server; the artifact is of the stack's store."""
    mine = {"protocol", "transport"} & fields.keys()
    said = {name: fields.pop(name) for name in mine}
    node_fields = {"format": format_, "artifact": Artifact(name="m")} | fields
    return model(predictor(graph=ModelServer(**node_fields)), **said)


def slot(**fields) -> ModelDeployment:
    return model(predictor(graph=node(plain=PlainNode(**fields))))


def bare(deployment=SELECTED, labels=None, **fields) -> ModelDeployment:
    """As an import declares it: nothing is added."""
    graph = node(plain=PlainNode(deployment=deployment), **fields)
    labels = {"app": "m"} if labels is None else labels
    return model(predictor(graph=graph, labels=labels), safe_defaults=False)


def scaled(at_least=1, *metrics, **fields) -> ModelDeployment:
    return model(scaling=Scaling(min_replicas=at_least, max_replicas=3, metrics=metrics), **fields)


def many_headers(number: int) -> ModelDeployment:
    return headers(*(HeaderMatch(name="x-version", value=str(at), predictor="canary") for at in range(number)))


def role(name: Role, **fields) -> ModelDeployment:
    return model(predictor(graph=node(name="a", role=name, **fields)))


CHILD = (node(name="b"),)
ON_ITS_OWN = model(predictor(graph=node(name="a")))
EXPLAINED = Explainer(method=Method.KERNEL_SHAP, image=IMAGE)
WATCHING = Detector(name="drift", watches="drift", image=IMAGE)

SERVER_RULES = [
    Case(
        id="PL-01",
        broken=model(predictor(traffic=90, explainer=EXPLAINED), predictor(name="explainer", traffic=10)),
        fixed=model(predictor(traffic=90, explainer=EXPLAINED), CANARY),
    ),
    Case(id="PL-02", broken=many_headers(16), fixed=many_headers(15)),
    Case(
        id="PL-03",
        broken=model(exposure=Exposure(path="/a//b")),
        fixed=model(exposure=Exposure(path="/a/b")),
    ),
    Case(
        id="PL-04",
        broken=model(exposure=Exposure(host="Models.example")),
        fixed=model(exposure=Exposure(host="*.models.example")),
    ),
    Case(
        id="PL-05",
        broken=headers(HeaderMatch(name="x version", value="2", predictor="canary")),
        fixed=headers(HeaderMatch(name="x-version", value="2", predictor="canary")),
    ),
    Case(
        id="PL-05",
        broken=headers(HeaderMatch(name="x-version", value="", predictor="canary")),
        fixed=headers(HeaderMatch(name="x-version", value="2", predictor="canary")),
    ),
    Case(id="PL-06", broken=scaled(0, Cpu()), fixed=scaled(0, Concurrency(target=2)), facts=KEDA),
    Case(
        id="PL-07",
        broken=scaled(1, RequestRate(target=5)),
        fixed=scaled(1, Cpu()),
        facts=EngineFacts(prometheus="http://prometheus.monitoring"),
    ),
    Case(
        id="PL-08",
        broken=scaled(1, RequestRate(target=5)),
        fixed=scaled(1, PrometheusQuery(query="up", target=1, server="http://prometheus.monitoring")),
        facts=NO_PROMETHEUS,
    ),
    Case(id="PL-09", broken=bare(labels={}), fixed=bare()),
    Case(id="PL-09", broken=bare(deployment={}), fixed=bare()),
    Case(
        id="PL-10",
        broken=slot(budget={"minAvailable": 0, "maxUnavailable": 1}),
        fixed=slot(budget={"maxUnavailable": 1}),
    ),
]

TRAPS = [
    Case(
        id="PL-T01",
        broken=scaled(1).model_copy(update={"predictors": slot(deployment={"replicas": 2}).predictors}),
        fixed=slot(deployment={"minReadySeconds": 2}),
    ),
    Case(
        id="PL-T02",
        broken=model(predictor(graph=node(pod={"terminationGracePeriodSeconds": 5}))),
        fixed=model(predictor(graph=node(pod={"terminationGracePeriodSeconds": 60}))),
    ),
    Case(
        id="PL-T03",
        broken=model(predictor(graph=node(pod={"hostNetwork": True}))),
        fixed=model(predictor(graph=node(pod={"hostNetwork": False}))),
    ),
    *(
        Case(id="PL-T04", broken=slot(budget=never), fixed=slot(budget={"maxUnavailable": 1}))
        for never in ({"minAvailable": 1}, {"minAvailable": "100%"}, {"maxUnavailable": 0}, {"maxUnavailable": "0%"})
    ),
    Case(
        id="PL-T05",
        broken=bare().model_copy(update={"scaling": Scaling(max_replicas=2)}),
        fixed=bare(resources=Resources(cpu="1")).model_copy(update={"scaling": Scaling(max_replicas=2)}),
    ),
]

CANNOT = [
    Case(id="PL-X01", broken=role(Role.MODEL, children=CHILD), fixed=ON_ITS_OWN),
    Case(id="PL-X02", broken=role(Role.ROUTER, children=CHILD), fixed=ON_ITS_OWN),
    Case(id="PL-X03", broken=role(Role.COMBINER, children=CHILD), fixed=ON_ITS_OWN),
    Case(id="PL-X04", broken=role(Role.TRANSFORMER), fixed=ON_ITS_OWN),
    Case(id="PL-X04", broken=role(Role.OUTPUT_TRANSFORMER), fixed=ON_ITS_OWN),
    Case(
        id="PL-X05",
        broken=model(predictor(graph=Builtin(name="a", implementation="simple_model"))),
        fixed=ON_ITS_OWN,
    ),
    Case(id="PL-X06", broken=model(feedback=True), fixed=model()),
    Case(id="PL-X07", broken=model(logging=PayloadLogging()), fixed=model()),
    Case(id="PL-X07", broken=model(predictor(graph=node(logging=PayloadLogging()))), fixed=model()),
    Case(id="PL-X08", broken=server(Format.PMML), fixed=server(Format.ONNX)),
    Case(
        id="PL-X09",
        broken=server(protocol=Protocol.V1),
        fixed=server(protocol=Protocol.V2),
    ),
    Case(
        id="PL-X10",
        broken=server(Format.VLLM, transport=Transport.GRPC),
        fixed=server(Format.TRITON, transport=Transport.GRPC),
    ),
    Case(
        id="PL-X10",
        broken=model(transport=Transport.GRPC),
        fixed=model(predictor(graph=node(grpc_port=9000)), transport=Transport.GRPC),
    ),
    Case(
        id="PL-X11",
        broken=model(predictor(explainer=Explainer(method=Method.KERNEL_SHAP))),
        fixed=model(predictor(explainer=EXPLAINED)),
    ),
    Case(
        id="PL-X12",
        broken=model(detectors=(Detector(name="drift", watches="drift"),)),
        fixed=detectors("drift"),
    ),
    Case(
        id="PL-X13",
        broken=server(artifact=Uri(uri="gs://models/iris")),
        fixed=server(artifact=Uri(uri="pvc://claim/iris")),
    ),
    Case(
        id="PL-X13",
        broken=server(artifact=HuggingFace(repo="a/b")),
        fixed=server(Format.HUGGINGFACE, artifact=HuggingFace(repo="a/b")),
    ),
    Case(
        id="PL-X13",
        broken=model(predictor(explainer=EXPLAINED.model_copy(update={"artifact": HuggingFace(repo="a/b")}))),
        fixed=model(predictor(explainer=EXPLAINED.model_copy(update={"artifact": Artifact(name="anchors")}))),
    ),
    Case(
        id="PL-X13",
        broken=model(detectors=(WATCHING.model_copy(update={"artifact": HuggingFace(repo="a/b")}),)),
        fixed=model(detectors=(WATCHING.model_copy(update={"artifact": Artifact(name="drift")}),)),
    ),
    Case(
        id="PL-X13",
        broken=server(artifact=MlflowModel(model="iris")),
        fixed=server(artifact=Artifact(name="iris")),
    ),
    Case(id="PL-X14", broken=model(exposure=Exposure(tls_secret="tls")), fixed=model()),
    Case(
        id="PL-X15",
        broken=model(predictor(graph=node(parameters=(Parameter(name="a", value="1"),)))),
        fixed=model(
            predictor(graph=node(port=None, parameters=(Parameter(name="a", value="1"),))), protocol=Protocol.SELDON
        ),
    ),
    Case(
        id="PL-X16",
        broken=model(predictor(traffic=90), CANARY, exposure=Exposure(external=False)),
        fixed=model(exposure=Exposure(external=False)),
    ),
    Case(id="PL-X17", broken=server(format_version="1"), fixed=server(server_version="1.7.1")),
]

CASES = [*SERVER_RULES, *TRAPS, *CANNOT]

"""Every rule of Seldon Core 1 with declarations that break it, and such that do not: (id, broken, fixed, facts)."""

from components.serving.engines.context import EngineFacts
from components.serving.spec import (
    Builtin,
    Concurrency,
    Cpu,
    Detector,
    Explainer,
    Exposure,
    HeaderMatch,
    HuggingFace,
    Image,
    Parameter,
    PayloadLogging,
    PrometheusQuery,
    RequestRate,
    Rollout,
    Scaling,
)
from components.serving.spec.seldon1 import (
    DisruptionBudget,
    Endpoint,
    Hpa,
    Keda,
    Orchestrator,
    Seldon1,
    Seldon1Explainer,
)
from tests.serving.seldon1.parts import (
    ALL,
    ab_test,
    ambassador,
    component,
    model,
    own,
    predictor,
    server,
    slot,
    unit,
)

V1, V2 = EngineFacts(ambassador="v1"), EngineFacts(ambassador="v2")
NO_KEDA = EngineFacts(prometheus="http://prometheus.test:9090")
NO_PROMETHEUS = EngineFacts(keda=True)
LIGHTGBM = EngineFacts(seldon1_servers={"LIGHTGBM_SERVER": ("seldon",)})
TOPICS = {"KAFKA_BROKER": "k:9092", "KAFKA_INPUT_TOPIC": "in", "KAFKA_OUTPUT_TOPIC": "out"}
NO_MODE = PayloadLogging().model_copy(update={"mode": ""})
QUERY = {"type": "prometheus", "metadata": {"query": "up", "threshold": "1"}}
OLD = {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 70}}
NEW = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
KEDA, HPA = Keda(triggers=(QUERY,)), Hpa(max_replicas=3)
BUDGET = DisruptionBudget(max_unavailable=1)


def two(first: dict, second: dict, **fields):
    return model(predictor(name="a", **first), predictor(name="b", **second), **fields)


def kafka(env):
    return model(predictor(seldon1=slot(orchestrator=Orchestrator(env=env))), seldon1=Seldon1(server_type="kafka"))


def parts(*components):
    return model(predictor(own("m"), seldon1=slot(components=components)))


def explained(protocol=None, **fields):
    return model(predictor(explainer=Explainer(**{"method": "anchor_tabular"} | fields)), protocol=protocol)


def ends(first, second, **fields):
    return model(
        own("a", own("b", seldon1=unit(endpoint=Endpoint(type=second))), seldon1=unit(endpoint=Endpoint(type=first))),
        **fields,
    )


def ratio(value, *more):
    return ab_test(own("a"), own("b"), parameters=(Parameter(name="ratioA", value=value, type="FLOAT"), *more))


def scaled(*metrics, **fields):
    return model(scaling=Scaling(**{"max_replicas": 3, "metrics": metrics} | fields))


OTHER = Parameter(name="x", value="1")
LOAD = Parameter(name="load_model", value="a")
ROUTER = {"role": "router"}

CASES = [
    ("S1-01", model(protocol="openai"), model(protocol="v2"), ALL),
    ("S1-01", model(protocol="v1"), model(protocol="tensorflow"), ALL),
    ("S1-02", model().model_copy(update={"predictors": ()}), model(), ALL),
    ("S1-03", two({"traffic": 50}, {"traffic": 50}).model_copy(update={"predictors": (predictor(), predictor())}),
     two({"traffic": 50}, {"traffic": 50}), ALL),
    ("S1-04", two({"seldon1": slot(service_name="s")}, {"annotations": {"seldon.io/svc-name": "s"}}),
     two({"seldon1": slot(service_name="s")}, {"seldon1": slot(service_name="t")}), ALL),
    ("S1-05", kafka({"KAFKA_BROKER": "k:9092"}), kafka(TOPICS), ALL),
    ("S1-06", model(predictor(shadow=True)), two({}, {"shadow": True}), ALL),
    ("S1-07", model(predictor(), predictor(name="b", shadow=True), predictor(name="c", shadow=True)),
     two({}, {"shadow": True}), ALL),
    ("S1-07", two({}, {"shadow": True, "traffic": 101}), two({}, {"shadow": True, "traffic": 100}), ALL),
    ("S1-08", two({"traffic": 90}, {"traffic": 20}), two({"traffic": 90}, {"traffic": 10}), ALL),
    ("S1-08", two({}, {}), two({"traffic": 0}, {"traffic": 100}), ALL),
    ("S1-08", model(predictor(traffic=50)), model(predictor(traffic=100)), ALL),
    ("S1-09", model(predictor(own("a", own("b")), seldon1=slot(no_orchestrator=True))),
     model(predictor(own("a"), seldon1=slot(no_orchestrator=True))), ALL),
    ("S1-09", model(predictor(own("a", own("b")), annotations={"seldon.io/no-engine": "false"})),
     model(predictor(own("a", own("b")))), ALL),
    ("S1-10", parts(component({"name": "x", "image": "x:1"})), parts(component("m", {"name": "x", "image": "x:1"})), ALL),
    ("S1-10", parts(component("m", "x")), parts(component("m")), ALL),
    ("S1-10", parts(component("m"), component("m")), parts(component("m"), component()), ALL),
    ("S1-11", model(own("m", seldon1=unit(type="UNKNOWN_TYPE"))),
     model(own("m", seldon1=unit(type="UNKNOWN_TYPE", methods=("ROUTE",)))), ALL),
    ("S1-12", model(server(artifact=None)), model(server(format="huggingface", artifact=None)), ALL),
    ("S1-12", model(server(), protocol="tensorflow"), model(server(format="tensorflow"), protocol="tensorflow"), ALL),
    ("S1-12", model(server(format="lightgbm")), model(server(format="lightgbm", image=Image(reference="l:1"))), ALL),
    ("S1-12", model(server(format="custom")),
     model(server(format="custom", seldon1=unit(implementation="TEMPO_SERVER"))), ALL),
    ("S1-13", model(logging=NO_MODE), model(logging=PayloadLogging()), ALL),
    ("S1-13", model(server(logging=NO_MODE)), model(server(logging=PayloadLogging())), ALL),
    ("S1-14", ends("REST", "GRPC"), ends("REST", "REST"), ALL),
    ("S1-14", ends("REST", "REST", transport="grpc"), ends("REST", "REST", transport="rest"), ALL),
    *[("S1-T01", model(Builtin(implementation=built, name="b", children=(own("a"),))), model(ratio("0.5")), ALL)
      for built in ("average_combiner", "simple_router", "simple_model")],
    ("S1-T01", model(ab_test(own("a"), own("b"), role="router")), model(ab_test(own("a"), own("b"))), ALL),
    ("S1-T02", model(ab_test(own("a"))), model(ab_test(own("a"), own("b"))), ALL),
    ("S1-T02", model(ratio("1.5")), model(ratio("1")), ALL),
    ("S1-T02", model(ratio("half")), model(ratio("0.5")), ALL),
    ("S1-T02", model(ratio("0.5", OTHER)), model(ratio("0")), ALL),
    ("S1-T03", model(own("m", seldon1=unit(implementation="UNKNOWN_IMPLEMENTATION", type=""))),
     model(own("m", seldon1=unit(implementation="UNKNOWN_IMPLEMENTATION"))), ALL),
    ("S1-T04", model(own("m", own("a"), own("b"))), model(own("m", own("a"), own("b"), **ROUTER)), ALL),
    ("S1-T04", model(own("m", own("a"), own("b"), seldon1=unit(type="", methods=("TRANSFORM_INPUT",)))),
     model(own("m", own("a"), own("b"), seldon1=unit(type="", methods=("AGGREGATE",)))), ALL),
    ("S1-T05", model(seldon1=Seldon1(annotations={"k": "a=b"})), model(seldon1=Seldon1(annotations={"k": "a:b"})), ALL),
    ("S1-T05", model(predictor(annotations={"k": "a=b"})), model(annotations={"k": "a=b"}), ALL),
    ("S1-T05", parts(component("m", annotations={"k": "a=b"})), parts(component("m", labels={"k": "a"})), ALL),
    ("S1-T06a", parts(component("m", disruption_budget=BUDGET), component(disruption_budget=BUDGET)),
     parts(component("m", disruption_budget=BUDGET)), ALL),
    ("S1-T06a", parts(component("m", disruption_budget=BUDGET), component()), parts(component("m"), component()), ALL),
    ("S1-T06b", parts(component("m", hpa=HPA, keda=KEDA)), parts(component("m", keda=KEDA)), ALL),
    ("S1-T06c", parts(component("m", keda=KEDA)), parts(component("m", hpa=HPA)), NO_KEDA),
    ("S1-T06c", scaled(RequestRate(target=5)), scaled(Cpu()), NO_KEDA),
    ("S1-T06d", parts(component("m", hpa=Hpa(max_replicas=3, metrics=(OLD,), metricsv2=(NEW,)))),
     parts(component("m", hpa=Hpa(max_replicas=3, metricsv2=(NEW,)))), ALL),
    ("S1-T06e", parts(component("m", hpa=HPA, replicas=2)), parts(component("m", replicas=2)), ALL),
    ("S1-T06e", model(predictor(own("m"), scaling=Scaling(min_replicas=2), seldon1=slot(components=(component("m", hpa=HPA),)))),
     model(predictor(own("m"), seldon1=slot(components=(component("m", hpa=HPA),)))), ALL),
    ("S1-T07a", explained(method="custom"), explained(method="custom", seldon1=Seldon1Explainer(type="AnchorTabular")), ALL),
    ("S1-T07b", explained(method="custom", seldon1=Seldon1Explainer(type="Mine")),
     explained(method="custom", image=Image(reference="mine:1"), seldon1=Seldon1Explainer(type="Mine")), ALL),
    ("S1-T07b", explained(method="contrastive"), explained("v2", method="contrastive"), ALL),
    ("S1-T07c", explained("v2", seldon1=Seldon1Explainer(config={"a": "b"})),
     explained(seldon1=Seldon1Explainer(config={"a": "b"})), ALL),
    ("S1-T07c", explained("v2", env={"A": "b"}), explained(env={"A": "b"}), ALL),
    ("S1-T07d", explained(seldon1=Seldon1Explainer(init_parameters="{}")),
     explained("v2", seldon1=Seldon1Explainer(init_parameters="{}")), ALL),
    ("S1-T07d", explained(container={"args": ["x"]}), explained("v2", container={"args": ["x"]}), ALL),
    ("S1-T08a", model(seldon1=Seldon1(grpc_timeout=5000)), model(exposure=Exposure(timeout_seconds=5)), V2),
    ("S1-T08b", model(seldon1=ambassador(regex_header="a:b")), model(seldon1=ambassador(regex_header="a:b", header="c:d")), V2),
    ("S1-T08c", model(exposure=Exposure(tls_secret="s")), model(), V2),
    ("S1-T08c", model(predictor(seldon1=slot(tls_secret="s"))), model(), V2),
    ("S1-T08d", model(seldon1=ambassador(config="x")), model(seldon1=ambassador(id="x")), V2),
    ("S1-T09", model(own("model_one")), model(own("model-one")), ALL),
    ("S1-T09", model(own("a", own("a"))), model(own("a", own("b"))), ALL),
    ("S1-T10a", model(annotations={"seldon.io/rest-read-timeout": "1"}), model(exposure=Exposure(timeout_seconds=1)), ALL),
    ("S1-T10b", model(own("r", own("a"), **ROUTER), protocol="tensorflow"), model(own("r", own("a"), **ROUTER)), ALL),
    ("S1-T11", model(server(format="triton")), model(server(format="triton"), protocol="v2"), ALL),
    ("S1-T11", model(server(format="lightgbm"), protocol="v2"), model(server(format="lightgbm")), LIGHTGBM),
    ("S1-T12", model(server(role="transformer")), model(server()), ALL),
    ("S1-T13", model(seldon1=Seldon1(annotations={"seldon.io/rest-timeout": "5s"})),
     model(seldon1=Seldon1(annotations={"seldon.io/rest-timeout": "5000"})), ALL),
    ("S1-T13", model(seldon1=Seldon1(grpc_max_message_size=2**31)), model(seldon1=Seldon1(grpc_max_message_size=2**31 - 1)), ALL),
    ("S1-T17", model(server(format="triton", parameters=(LOAD,)), protocol="v2"),
     model(server(format="triton", parameters=(LOAD,)), protocol="v2", seldon1=Seldon1(no_storage_initializer=True)), ALL),
    ("S1-T17", model(seldon1=Seldon1(no_storage_initializer=True)),
     model(server(format="triton"), protocol="v2", seldon1=Seldon1(no_storage_initializer=True)), ALL),
    ("S1-T14", model(annotations={"seldon.io/rest-timeout": "5000"}), model(seldon1=Seldon1(rest_timeout=5000)), ALL),
    ("S1-T15", model(predictor(seldon1=slot(orchestrator=Orchestrator(replicas=2)))),
     model(predictor(seldon1=slot(orchestrator=Orchestrator(replicas=2))), seldon1=Seldon1(separate_orchestrator=True)), ALL),
    ("S1-T16", model(predictor(seldon1=slot(engine_resources={"requests": {"cpu": "1"}}))),
     model(predictor(seldon1=slot(orchestrator=Orchestrator(resources={"requests": {"cpu": "1"}})))), ALL),
    ("S1-X01", model(exposure=Exposure(path="/mine")), model(exposure=Exposure(host="a.test")), ALL),
    ("S1-X02", model(exposure=Exposure(headers=(HeaderMatch(name="a", value="b", predictor="default"),))), model(), ALL),
    ("S1-X03", model(exposure=Exposure(external=False)), model(), ALL),
    ("S1-X04", model(rollout=Rollout(strategy="recreate")), model(rollout=Rollout(strategy="surge")), ALL),
    ("S1-X05", scaled(Concurrency(target=2)), scaled(Cpu()), ALL),
    ("S1-X05", scaled(RequestRate(target=2)), scaled(PrometheusQuery(query="up", target=1, server="http://p")), NO_PROMETHEUS),
    ("S1-X05", scaled(Cpu(), min_replicas=0), scaled(RequestRate(target=2), min_replicas=0), ALL),
    ("S1-X06", scaled(Cpu(), behavior={"scaleUp": {}}), scaled(RequestRate(target=2), behavior={"scaleUp": {}}), ALL),
    ("S1-X07", model(server(format_version="1")), model(server()), ALL),
    ("S1-X08", model(server(artifact=HuggingFace(repo="a/b"))), model(server(format="huggingface", artifact=HuggingFace(repo="a/b"))), ALL),
    ("S1-X08", model(server(format="huggingface", artifact=HuggingFace(repo="a/b", revision="c"))),
     model(server(format="huggingface", artifact=HuggingFace(repo="a/b"))), ALL),
    ("S1-X09", model(logging=PayloadLogging(options={"a": 1})), model(logging=PayloadLogging()), ALL),
    ("S1-X10", explained(method="lime"), explained(method="lime", seldon1=Seldon1Explainer(type="Mine")), ALL),
    ("S1-X10", explained(pod={"priority": 1}), explained(container={"tty": True}), ALL),
    ("S1-X11", model(detectors=(Detector(name="d", watches="drift"),)), model(), ALL),
    ("S1-X12", model(ab_test(own("a"), own("b"), env={"A": "b"})), model(ab_test(own("a"), own("b"))), ALL),
    ("S1-X13", model(own("m", container={"resizePolicy": []})), model(own("m", container={"tty": True})), ALL),
]  # fmt: skip

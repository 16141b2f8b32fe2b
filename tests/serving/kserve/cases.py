"""Declarations that break one rule of KServe each, and the same ones mended."""

from dataclasses import dataclass
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.rules.kserve_change import Change, RuntimeChange, Runtimes
from components.serving.spec import (
    Builtin,
    Concurrency,
    Container,
    Cpu,
    Detector,
    Explainer,
    Exposure,
    Format,
    HeaderMatch,
    Image,
    Memory,
    Method,
    ModelDeployment,
    ModelServer,
    Parameter,
    Predictor,
    PrometheusQuery,
    Protocol,
    RequestRate,
    Resources,
    Role,
    Rollout,
    Scaling,
    Transport,
    Uri,
)
from components.serving.spec.kserve import KServe, KServeNode, KServePredictor, Worker
from components.serving.spec.kserve_kinds import (
    GraphNode,
    InferenceGraph,
    RuntimeWorker,
    ServingRuntime,
    Step,
    SupportedModelFormat,
)
from components.serving.spec.kserve_parts import (
    AutoScaling,
    AutoScalingMetric,
    Confidential,
    DeploymentStrategy,
    ExternalMetric,
    ExternalQuery,
    Logger,
    LoggerStorage,
    MetricTarget,
    ResourceMetric,
    Router,
    Storage,
    StorageUri,
)

STANDARD = EngineFacts(kserve_mode="standard", keda=True)
KNATIVE = EngineFacts(kserve_mode="knative")
FILES = Uri(uri="s3://models/iris/")


def server(**fields: Any) -> ModelServer:
    return ModelServer(**{"format": Format.SKLEARN, "artifact": FILES} | fields)


def own(**fields: Any) -> Container:
    return Container(**{"image": Image(reference="registry.test/app:1")} | fields)


def model(
    graph: Any = None, *others: Predictor, stable: dict[str, Any] | None = None, **fields: Any
) -> ModelDeployment:
    first = Predictor(graph=graph or server(), **stable or {})
    return ModelDeployment(**{"name": "iris", "team": "science", "predictors": (first, *others)} | fields)


def scaled(slot: KServePredictor | None = None, **fields: Any) -> ModelDeployment:
    return model(stable={"kserve": slot} if slot else None, **fields)


def imported(**fields: Any) -> ModelDeployment:
    return model(safe_defaults=False, **fields)


def canary(name: str = "next", **fields: Any) -> Predictor:
    return Predictor(**{"name": name, "graph": server(), "traffic": 10} | fields)


def metric(type_: str, **fields: Any) -> AutoScaling:
    return AutoScaling(metrics=(AutoScalingMetric(type=type_, **fields),))


def resource(name: str, **target: Any) -> AutoScaling:
    return metric("Resource", resource=ResourceMetric(name=name, target=MetricTarget(**target)))


def external(query: str | None, **target: Any) -> AutoScaling:
    return metric("External", external=ExternalMetric(metric=ExternalQuery(query=query), target=MetricTarget(**target)))


def keda(auto: AutoScaling) -> ModelDeployment:
    return scaled(KServePredictor(auto_scaling=auto), kserve=KServe(autoscaler_class="keda"))


def hpa(*metrics: Any, slot: KServePredictor | None = None, least: int = 1) -> ModelDeployment:
    scaling = Scaling(min_replicas=least, max_replicas=3, metrics=metrics)
    return scaled(slot, scaling=scaling, kserve=KServe(autoscaler_class="hpa"))


def multi(
    uri: str = "pvc://volume/model", class_: Any = "none", node: dict[str, Any] | None = None, **worker: Any
) -> Any:
    slot = KServePredictor(worker=Worker(**{"pod": {"containers": [{"name": "worker"}]}} | worker))
    graph = server(format=Format.HUGGINGFACE, artifact=Uri(uri=uri), **node or {})
    return model(graph, stable={"kserve": slot}, kserve=KServe(autoscaler_class=class_))


def graph(root: str = "root", kind: str = "Sequence", *steps: Step, **fields: Any) -> InferenceGraph:
    nodes = {root: GraphNode(router_type=kind, steps=steps or (Step(service_name="a"),))}
    return InferenceGraph(**{"name": "chain", "nodes": nodes} | fields)


def nodes(**found: Any) -> InferenceGraph:
    return InferenceGraph(
        name="chain", nodes={name: GraphNode(router_type=k, steps=s) for name, (k, s) in found.items()}
    )


def runtime(name: str = "server", formats: Any = (), worker: RuntimeWorker | None = None, **container: Any) -> Any:
    listed = [{"name": "kserve-container", "image": "registry.test/server:1"} | container]
    return ServingRuntime(
        name=name, supported_model_formats=tuple(formats), pod={"containers": listed}, worker=worker,
        protocol_versions=("v2",),
    )  # fmt: skip


def worker(*containers: Any, **sizes: Any) -> RuntimeWorker:
    return RuntimeWorker(pod={"containers": list(containers or [{"name": "worker"}])}, **sizes)


def supports(name: str, priority: int | None, *, auto: bool = True, version: str | None = None) -> SupportedModelFormat:
    return SupportedModelFormat(name=name, priority=priority, auto_select=auto or None, version=version)


TRANSFORMER = own(role=Role.TRANSFORMER, children=(server(),), name="front")


@dataclass(frozen=True)
class Case:
    """A declaration that one rule refuses, and one that it accepts."""

    id: str
    broken: Any
    fixed: Any
    facts: EngineFacts = STANDARD


def env(**values: str) -> dict[str, Any]:
    return {"env": [{"name": name, "value": value} for name, value in values.items()]}


SERVICE = [
    # What the type refuses already comes here from a copy, as a stack's overrides make it.
    Case("KS-01", model().model_copy(update={"name": "Iris_1"}), model()),
    Case("KS-02", model(annotations={"serving.kserve.io/autoscalerClass": "kpa"}), model(kserve=KServe(autoscaler_class="hpa"))),
    Case("KS-03", model(server(env={"PYTHONPATH": "/app"})), model(server(env={"PATH": "/app"}))),
    Case("KS-03", model(server(pod={"initContainers": [{"name": "a", **env(PYTHONPATH="/")}]})), model(server())),
    Case("KS-03", model(server(container=env(PYTHONPATH="/"))), model(server(container=env(HOME="/")))),
    Case("KS-04", model(server(pod={"containers": [{"name": "kserve-container"}]})), model(server(pod={"containers": [{"name": "side"}]}))),
    Case("KS-04", model(stable={"explainer": Explainer(method=Method.KERNEL_SHAP)}), model(stable={"explainer": Explainer(method=Method.SQUARE_ATTACK)})),
    Case("KS-05", model(server(container={"name": "kserve-container"})), model(own(container={"name": "kserve-container"}))),
    Case("KS-06", model(scaling=Scaling(min_replicas=3, max_replicas=2)), model(scaling=Scaling(min_replicas=2, max_replicas=2))),
    Case("KS-06", model(scaling=Scaling(min_replicas=-1)), model(scaling=Scaling(min_replicas=0)), KNATIVE),
    Case("KS-06", scaled(KServePredictor(container_concurrency=-1)), scaled(KServePredictor(container_concurrency=0)), KNATIVE),
    Case("KS-07", model(server(kserve=KServeNode(logger=Logger(url="http://log")))), model(server(kserve=KServeNode(logger=Logger(mode="all"))))),
    Case("KS-07", model(server(kserve=KServeNode(logger=Logger(mode="all", storage=LoggerStorage(path="p"))))),
         model(server(kserve=KServeNode(logger=Logger(mode="all", storage=LoggerStorage(path="p", parameters={}, key="k")))))),
    Case("KS-08", model(own(env={"PROTOCOL": "grpc-v2"})), model(own(env={"PROTOCOL": "v2"}))),
    Case("KS-09", model(own(pod={"containers": [{"name": "transformer-container", **env(STORAGE_URI="s3://a")}]})),
         model(own(pod={"containers": [{"name": "transformer-container", **env(OTHER="s3://a")}]}))),
    Case("KS-10", model(server(kserve=KServeNode(storage_uris=(StorageUri(uri="s3://a"),)))),
         model(server(artifact=None, kserve=KServeNode(storage_uris=(StorageUri(uri="s3://a"),))))),
    Case("KS-10", *(model(server(artifact=None, kserve=KServeNode(storage_uris=(StorageUri(uri="s3://a", mount_path=path),))))
                    for path in ("/mnt/../etc", "/mnt/models"))),
    Case("KS-10", *(model(server(artifact=None, kserve=KServeNode(storage_uris=(
        StorageUri(uri="s3://a", mount_path="/mnt/a"), StorageUri(uri="s3://b", mount_path=path))))) for path in ("/opt/b", "/mnt/b"))),
    Case("KS-10", *(model(server(artifact=None, kserve=KServeNode(storage_uris=(
        StorageUri(uri="pvc://a", mount_path="/mnt/a"), StorageUri(uri="pvc://b", mount_path=path))))) for path in ("/mnt/a", "/mnt/b"))),
    Case("KS-11", *(model(server(artifact=files, kserve=KServeNode(confidential=Confidential(enabled=True)))) for files in (None, FILES))),
    Case("KS-11", *(model(server(kserve=KServeNode(confidential=Confidential(enabled=True, resource_id=key)))) for key in ("kbs://a", "kbs:///a/b/c"))),
    Case("KS-12", *(scaled(KServePredictor(deployment_strategy=strategy)) for strategy in (DeploymentStrategy(type="Recreate"), None)), KNATIVE),
    Case("KS-12", *(scaled(KServePredictor(scale_metric=name)) for name in ("cpu", "rps")), KNATIVE),
    Case("KS-12", *(model(scaling=Scaling(max_replicas=2, metrics=(RequestRate(target=rate),))) for rate in (0.0, 1.0)), KNATIVE),
    Case("KS-13", hpa(Concurrency(target=2.0)), hpa(Cpu(target=50))),
    Case("KS-13", hpa(Cpu(target=0)), hpa(Cpu(target=100))),
    Case("KS-13", hpa(Memory(target=120)), hpa(Memory(target=90))),
    Case("KS-13", hpa(slot=KServePredictor(auto_scaling=external("up", type="Value", value=1))),
         hpa(slot=KServePredictor(auto_scaling=resource("cpu", type="Utilization", average_utilization=50)))),
    Case("KS-14", scaled(KServePredictor(scale_metric="cpu"), kserve=KServe(autoscaler_class="keda")), scaled(kserve=KServe(autoscaler_class="keda"))),
    Case("KS-14", keda(resource("cpu", type="AverageValue", average_value="1")), keda(resource("cpu", type="Utilization", average_utilization=50))),
    Case("KS-14", keda(resource("memory", type="AverageValue", average_value="1Ki")), keda(resource("memory", type="AverageValue", average_value="1Gi"))),
    Case("KS-14", keda(external(None, type="Value", value=1)), keda(external("up", type="Value", value=1))),
    Case("KS-14", keda(external("up", type="Value")), keda(external("up", type="Value", value="1"))),
    Case("KS-15", multi(pod={"containers": [{"name": "a"}, {"name": "b"}]}), multi()),
    Case("KS-15", multi("s3://model"), multi("oci://registry.test/model")),
    Case("KS-15", multi(class_="hpa"), multi(class_="none")),
    Case("KS-15", multi(tensor_parallel_size=0), multi(tensor_parallel_size=1)),
    Case("KS-15", multi(node={"env": {"TENSOR_PARALLEL_SIZE": "2"}}), multi(node={"env": {"OTHER": "2"}})),
    Case("KS-15", *(multi(pod={"containers": [{"name": "a", "resources": {"limits": {name: "1"}}}]}) for name in ("example.test/gpu", "nvidia.com/gpu"))),
    Case("KS-16", model(None, canary(traffic=60), canary("third", traffic=50)), model(None, canary(traffic=50), canary("third", traffic=50))),
    Case("KS-16", model(None, canary(traffic=101)), model(None, canary(traffic=100))),
    Case("KS-16", model(None, canary("default")), model(None, canary("other"))),
    Case("KS-16", model(None, canary(scaling=Scaling(min_replicas=2))), model(None, canary(scaling=Scaling(min_replicas=1)))),
    Case("KS-16", model(None, canary(scaling=Scaling(max_replicas=2))), model(None, canary())),
    Case("KS-16", model(None, canary(kserve=KServePredictor(worker=Worker()))), model(None, canary(kserve=KServePredictor(timeout=3)))),
    Case("KS-17", Change(before=model(), after=model(stable={"name": "v2"})),
         Change(before=model(), after=model(server(artifact=Uri(uri="s3://models/iris/2")), stable={"name": "v2"}))),
    Case("KS-19", Change(before=model(kserve=KServe(deployment_mode="Knative")), after=model()),
         Change(before=model(kserve=KServe(deployment_mode="Standard")), after=model())),
    Case("KS-18", *(model(server(format=Format.TENSORFLOW, server_version=version, kserve=KServeNode(framework_block=True))) for version in ("2.6-gpu", "2.6"))),
    Case("KS-18", *(model(server(format=Format.ONNX, artifact=Uri(uri=uri), kserve=KServeNode(framework_block=True))) for uri in ("s3://a/m.pb", "s3://a/m.onnx"))),
    Case("KS-18", *(model(server(artifact=Uri(uri=uri), kserve=KServeNode(framework_block=True, storage=Storage(key="k")))) for uri in ("gs://a", "s3://a"))),
]  # fmt: skip

TRAPS = [
    Case("KS-T01", scaled(KServePredictor(canary_traffic_percent=10)), scaled(KServePredictor(timeout=10))),
    Case("KS-T02", hpa(least=0), hpa(least=1)),
    Case("KS-T03", model(scaling=Scaling(max_replicas=0)), model(scaling=Scaling(max_replicas=1))),
    Case("KS-T04", *(model(scaling=Scaling(min_replicas=3), kserve=KServe(autoscaler_class=name)) for name in ("external", "none"))),
    Case("KS-T05", scaled(KServePredictor(container_concurrency=2)), scaled(KServePredictor(container_concurrency=0))),
    Case("KS-T06", *(model(kserve=KServe(enable_prometheus_scraping=on)) for on in (True, False))),
    Case("KS-T07", imported().model_copy(update={"predictors": model(server(format=Format.MLFLOW)).predictors}),
         model(server(format=Format.MLFLOW))),
    Case("KS-T07", *(model(server(format=Format.MLFLOW), protocol=protocol) for protocol in (Protocol.V1, Protocol.V2))),
    Case("KS-T08", model(server(kserve=KServeNode(framework_block=True))), model(server())),
    Case("KS-T08", *(model(server(kserve=KServeNode(framework_block=True)), kserve=KServe(deployment_mode=mode)) for mode in ("Knative", "ModelMesh"))),
    Case("KS-T09", *(model(own(container={"name": name})) for name in ("app", "kserve-container"))),
    Case("KS-T10", *(model(own(resources=Resources(cpu="4", limits=limits)), safe_defaults=False) for limits in ({}, {"cpu": "4"}))),
    Case("KS-T10", *(model(own(resources=Resources(requests={"memory": size})), safe_defaults=False) for size in ("4Gi", "1Gi"))),
    Case("KS-T11", *(model(server(env={"A": "1"}), canary(graph=server(env=values))) for values in ({}, {"A": "2"}))),
    Case("KS-T11", *(model(None, canary(graph=below)) for below in (own(), server()))),
    Case("KS-T12", *(model(scaling=Scaling(max_replicas=2, behavior={"scaleDown": {}}), kserve=KServe(autoscaler_class=name)) for name in ("hpa", "keda"))),
    Case("KS-T13", *(model(stable={"kserve": KServePredictor(scale_metric=name)}, safe_defaults=False) for name in ("rps", "cpu"))),
    Case("KS-T14", *(scaled(KServePredictor(auto_scaling=found)) for found in (resource("cpu", type="Utilization"), None)), KNATIVE),
    Case("KS-T15", *(hpa(slot=KServePredictor(scale_metric="memory", scale_target=target)) for target in (None, 80))),
    Case("KS-T16", *(hpa(slot=KServePredictor(scale_metric_type=kind)) for kind in ("AverageValue", "Utilization"))),
    Case("KS-T17", *(model(server(artifact=Uri(uri=uri), kserve=KServeNode(confidential=Confidential(enabled=True)))) for uri in ("oci://a", "s3://a"))),
    Case("KS-T18", *(model(own(pod={"containers": [{"name": "side"}]}, kserve=KServeNode(container_at=at))) for at in (1, 0))),
]  # fmt: skip

CHAIN = server(name="first", children=(server(name="second"),))


def by_chance(**fields: Any) -> Builtin:
    return Builtin(
        **{"role": Role.ROUTER, "implementation": "random_ab_test", "children": (server(name="a"), server(name="b"))}
        | fields
    )


UNSUPPORTED = [
    Case("KS-X01", model(feedback=True), model()),
    Case("KS-X02", model(detectors=(Detector(name="d", watches="drift"),)), model()),
    Case("KS-X03", model(None, canary(shadow=True)), model(None, canary())),
    Case("KS-X04", model(exposure=Exposure(headers=(HeaderMatch(name="a", value="b", predictor="default"),))), model()),
    Case("KS-X05", model(protocol=Protocol.SELDON), model(protocol=Protocol.V2)),
    Case("KS-X05", *(model(server(format=form), protocol=Protocol.TENSORFLOW) for form in (Format.SKLEARN, Format.TENSORFLOW))),
    Case("KS-X05", *(model(server(format=Format.VLLM), protocol=Protocol.OPENAI, transport=way) for way in (Transport.GRPC, Transport.REST))),
    Case("KS-X06", model(exposure=Exposure(host="a.test")), model(exposure=Exposure(external=False))),
    Case("KS-X07", model(server(name="a", children=(server(name="b"), server(name="c")))), model(CHAIN)),
    Case("KS-X07", model(by_chance(implementation="average_combiner", role=Role.COMBINER)), model(by_chance())),
    Case("KS-X07", model(own(role=Role.ROUTER, name="r", children=(server(name="a"),))), model(TRANSFORMER)),
    Case("KS-X08", *(model(by_chance(parameters=(Parameter(name="ratioA", value=share, type="FLOAT"),))) for share in ("0.333", "0.25"))),
    Case("KS-X08", *(model(None, canary(traffic=share), stable={"traffic": 90}) for share in (20, 10)), KNATIVE),
    Case("KS-X09", *(model(None, canary(graph=below)) for below in (TRANSFORMER, server()))),
    Case("KS-X09", *(model(below, stable={"explainer": Explainer(method=Method.SQUARE_ATTACK)}) for below in (CHAIN, server()))),
    Case("KS-X10", model(server(parameters=(Parameter(name="a", value="1"),))), model(by_chance(parameters=(Parameter(name="ratioA", value="0.5"),)))),
    Case("KS-X11", *(model(scaling=Scaling(max_replicas=2, metrics=(PrometheusQuery(query="up", target=1.0),))) for _ in "1"),
         model(scaling=Scaling(max_replicas=2, metrics=(Concurrency(target=1.0),))), KNATIVE),
    Case("KS-X11", *(model(scaling=Scaling(max_replicas=2, metrics=(Concurrency(target=target),))) for target in (1.5, 2.0)), KNATIVE),
    Case("KS-X12", *(model(server(format=Format.CUSTOM, kserve=slot)) for slot in (None, KServeNode(model_format="tensorrt")))),
    Case("KS-X13", *(model(None, canary("a" * length), stable={"traffic": 90}, name="m" * 20) for length in (40, 20))),
    Case("KS-X14", graph(router=Router(pod={"hostNetwork": True})), graph(router=Router(pod={"nodeName": "a"}))),
    Case("KS-X15", *(model(rollout=Rollout(strategy=strategy)) for strategy in ("recreate", "auto")), KNATIVE),
    Case("KS-X15", *(model(rollout=Rollout(surge=surge)) for surge in (2, 1)), KNATIVE),
    Case("KS-X15", *(model(rollout=Rollout(strategy="recreate"), kserve=slot) for slot in (None, KServe(deployment_mode="Standard"))), KNATIVE),
]  # fmt: skip

STEP = Step(service_name="a")
KINDS = [
    Case("KS-G01", graph(name="Chain"), graph(name="chain")),
    Case("KS-G02", graph("first"), graph("root")),
    Case("KS-G03", *(graph("root", "Ensemble", Step(name="a", service_name="a"), Step(name=name, service_name="b")) for name in "ab")),
    Case("KS-G04", graph("root", "Sequence", Step(name="a")), graph()),
    Case("KS-G04", graph("root", "Sequence", Step(service_name="a", service_url="http://a")), graph()),
    Case("KS-G05", *(graph("root", "Splitter", Step(service_name="a", weight=60), Step(service_name="b", weight=w)) for w in (30, 40))),
    Case("KS-G05", *(graph("root", "Splitter", Step(service_name="a", weight=w)) for w in (None, 100))),
    Case("KS-GT01", nodes(root=("Sequence", (Step(node_name="gone"),))), nodes(root=("Sequence", (Step(node_name="b"),)), b=("Sequence", (STEP,)))),
    Case("KS-GT02", nodes(root=("Sequence", (Step(node_name="b"),)), b=("Sequence", (Step(node_name="root"),))),
         nodes(root=("Sequence", (Step(node_name="b"),)), b=("Sequence", (STEP,)))),
    Case("KS-GT03", nodes(root=("Sequence", ())), graph()),
    Case("KS-GT04", *(graph("root", "Switch", Step(service_name="a", condition=found)) for found in (None, "a"))),
    Case("KS-GT05", *(graph("root", "Sequence", STEP, Step(service_name="b", data=d)) for d in ("$response.predictions", "$response"))),
    Case("KS-GT05", graph("root", "Ensemble", STEP, Step(service_name="b", data="$response")), graph("root", "Ensemble", STEP)),
    Case("KS-GT06", *(graph("root", kind, Step(service_name="a", condition="b")) for kind in ("Sequence", "Switch"))),
    Case("KS-GT07", graph("root", "Sequence", Step(service_name="a", weight=100)), graph("root", "Splitter", Step(service_name="a", weight=100))),
    Case("KS-GT07", *(graph("root", kind, STEP, Step(service_name="a", map_predictions_to_instances=True)) for kind in ("Ensemble", "Sequence"))),
    Case("KS-R01", *(runtime(formats=(supports("sklearn", 1), supports("sklearn", p, version="1"))) for p in (2, 1))),
    Case("KS-R02", *(Runtimes(together=(runtime(formats=(supports("sklearn", 1),)), runtime("b", (supports("sklearn", p),)))) for p in (1, 2))),
    Case("KS-R03", RuntimeChange(before=runtime(worker=worker()), after=runtime()), RuntimeChange(before=runtime(), after=runtime())),
    Case("KS-R04", runtime(worker=worker({"name": "a"}, {"name": "b"})), runtime(worker=worker())),
    Case("KS-R04", runtime(worker=RuntimeWorker()), runtime(worker=worker())),
    Case("KS-R05", runtime(worker=worker(pipeline_parallel_size=0)), runtime(worker=worker(pipeline_parallel_size=2))),
    Case("KS-R05", *(runtime(worker=found, **env(PIPELINE_PARALLEL_SIZE="2")) for found in (worker(), None))),
    Case("KS-R06", runtime(**env(PYTHONPATH="/")), runtime(**env(HOME="/"))),
    Case("KS-R07", *(runtime(worker=worker({"name": "a", "resources": {"limits": {name: "1"}}})) for name in ("example.test/gpu", "amd.com/gpu"))),
    Case("KS-RT01", ServingRuntime(name="server", pod={"containers": [{"name": "main"}]}), runtime()),
    Case("KS-RT02", *(runtime(formats=(supports("sklearn", 1, auto=auto),)) for auto in (False, True))),
]  # fmt: skip

CASES = [*SERVICE, *TRAPS, *UNSUPPORTED, *KINDS]

"""Any declaration for KServe, as an import could have made it: only what is said is there, and nothing is filled in."""

from typing import Any

from hypothesis import strategies as st

from components.serving.spec import (
    Container,
    Cpu,
    Explainer,
    Exposure,
    Format,
    Image,
    Method,
    ModelDeployment,
    ModelServer,
    PayloadLogging,
    Predictor,
    Protocol,
    Resources,
    Role,
    Rollout,
    Scaling,
    Transport,
    Uri,
)
from components.serving.spec.kserve import KServe, KServeNode, KServePredictor
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
    Batcher,
    Component,
    Confidential,
    DeploymentStrategy,
    Logger,
    MetricTarget,
    ResourceMetric,
    RollingUpdate,
    Router,
    RouterTimeouts,
    Storage,
    StorageUri,
)

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True)
TEXTS = st.text(alphabet='abcXYZ0189 -_./:=,{}"é', min_size=1, max_size=12)
MARKS = st.dictionaries(NAMES, TEXTS, max_size=2)
URIS = st.builds("{}{}".format, st.sampled_from(["s3://", "gs://", "pvc://", "hf://", "oci://", "https://"]), NAMES)
FILES = st.builds(Uri, uri=URIS)
ENV = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z0-9_]{0,6}", fullmatch=True).filter(lambda name: name not in ("PYTHONPATH", "PROTOCOL")),
    st.one_of(TEXTS, st.just({"secretKeyRef": {"name": "a", "key": "b"}}), st.none()),
    max_size=3,
)
SMALL = st.integers(min_value=1, max_value=9)
IMAGES = st.builds(Image, reference=st.builds("registry.test/{}:1".format, NAMES))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def resources(draw: st.DrawFn) -> Resources:
    memory = draw(maybe(st.sampled_from(["512Mi", "1Gi"])))
    limits = draw(st.dictionaries(st.sampled_from(["cpu", "nvidia.com/gpu"]), st.sampled_from(["1", "2"])))
    requests = draw(st.dictionaries(st.sampled_from(["ephemeral-storage"]), st.just("1Gi")))
    return Resources(cpu=draw(maybe(st.sampled_from(["100m", "1"]))), memory=memory, limits=limits, requests=requests)


PODS = st.fixed_dictionaries(
    {},
    optional={
        "serviceAccountName": NAMES,
        "nodeSelector": st.dictionaries(NAMES, NAMES, min_size=1, max_size=2),
        "tolerations": st.just([{"key": "nvidia.com/gpu", "operator": "Exists"}]),
        "volumes": st.just([{"name": "scratch", "emptyDir": {}}]),
        "initContainers": st.just([{"name": "before", "image": "registry.test/before:1"}]),
        "containers": st.just([{"name": "beside", "image": "registry.test/beside:1"}]),
        "automountServiceAccountToken": st.booleans(),
    },
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "imagePullPolicy": st.sampled_from(["Always", "IfNotPresent"]),
        "command": st.just(["serve"]),
        "ports": st.just([{"containerPort": 8080, "protocol": "TCP"}]),
        "volumeMounts": st.just([{"name": "scratch", "mountPath": "/scratch"}]),
        "readinessProbe": st.just({"httpGet": {"path": "/ready", "port": 8080}}),
    },
)
LOGGING = st.builds(
    PayloadLogging, url=maybe(st.just("http://log.test")), mode=st.sampled_from(["all", "request", "response"])
)
LOGGERS = st.builds(Logger, mode=st.just("all"), metadata_headers=st.just(("X-A",)), batch_size=maybe(SMALL))
BATCHERS = st.builds(Batcher, max_batch_size=SMALL, max_latency=maybe(SMALL))
STRATEGIES = st.builds(
    DeploymentStrategy, type=st.just("RollingUpdate"), rolling_update=st.builds(RollingUpdate, max_surge=st.just("25%"))
)
LISTED = st.builds(
    AutoScaling,
    metrics=st.just((AutoScalingMetric(
        type="Resource",
        resource=ResourceMetric(name="memory", target=MetricTarget(type="AverageValue", average_value="1Gi")),
    ),)),
)  # fmt: skip
COMPONENTS = st.builds(
    Component,
    min_replicas=SMALL,
    timeout=maybe(SMALL),
    batcher=maybe(BATCHERS),
    labels=maybe(st.dictionaries(NAMES, TEXTS, min_size=1, max_size=2)),
)


def common(draw: st.DrawFn) -> dict[str, Any]:
    """What every node has."""
    return {
        "env": draw(ENV),
        "resources": draw(resources()),
        "container": draw(PARTS),
        "pod": draw(PODS),
        "args": tuple(draw(st.lists(TEXTS, max_size=2))),
        "logging": draw(maybe(LOGGING)),
    }


def slot(**said: Any) -> KServeNode | None:
    """A slot, if it says anything."""
    found = {key: value for key, value in said.items() if value is not None}
    return KServeNode(**found) if found else None


@st.composite
def servers(draw: st.DrawFn) -> ModelServer:
    known = draw(st.sampled_from([form for form in Format if form is not Format.CUSTOM] + [Format.CUSTOM]))
    files = draw(maybe(FILES))
    made = common(draw)
    logger = draw(LOGGERS) if made["logging"] is None and draw(st.booleans()) else None
    uris = draw(maybe(st.just((StorageUri(uri="gs://more", mount_path="/mnt/models"),)))) if files is None else None
    secret = draw(maybe(st.just(Confidential(enabled=True)))) if files else None
    return ModelServer(
        **made, format=known, artifact=files, format_version=draw(maybe(st.just("1"))), image=draw(maybe(IMAGES)),
        server_version=draw(maybe(st.just("2.0"))),
        kserve=slot(
            runtime=draw(maybe(NAMES)), model_format="tensorrt" if known is Format.CUSTOM else None, logger=logger,
            storage=draw(maybe(st.just(Storage(key="k", path="p")))), storage_uris=uris, confidential=secret,
        ),
    )  # fmt: skip


@st.composite
def containers(draw: st.DrawFn, role: Role = Role.MODEL) -> Container:
    made = common(draw)
    front = role is not Role.MODEL
    return Container(
        **made, image=draw(IMAGES), artifact=draw(maybe(FILES)), role=role, port=None, ready_path=None, live_path=None,
        name="transformer" if front else None, kserve=slot(component=draw(maybe(COMPONENTS)) if front else None),
    )  # fmt: skip


SCALINGS = st.builds(
    lambda least, more, metrics: Scaling(
        min_replicas=least, max_replicas=None if more is None else least + more, metrics=metrics if more else ()
    ),
    SMALL, maybe(SMALL), st.sampled_from([(), (Cpu(target=50),)]),
)  # fmt: skip


@st.composite
def predictors(draw: st.DrawFn) -> Predictor:
    scaling = draw(maybe(SCALINGS))
    fields: dict[str, Any] = {"timeout": draw(maybe(SMALL)), "batcher": draw(maybe(BATCHERS))}
    fields["deployment_strategy"] = draw(maybe(STRATEGIES))
    if scaling is None or not scaling.metrics:
        fields["auto_scaling"] = draw(maybe(LISTED))
    said = {key: value for key, value in fields.items() if value is not None}
    graph = draw(st.one_of(servers(), containers()))
    if draw(st.booleans()):
        graph = draw(containers(Role.TRANSFORMER)).model_copy(update={"children": (graph,)})
    return Predictor(
        name=draw(st.sampled_from(["default", "first"])), graph=graph, scaling=scaling, labels=draw(MARKS),
        annotations=draw(MARKS), explainer=draw(maybe(explainers())), kserve=KServePredictor(**said) if said else None,
    )  # fmt: skip


@st.composite
def explainers(draw: st.DrawFn) -> Explainer:
    made = {"env": draw(ENV), "resources": draw(resources()), "pod": draw(PODS), "artifact": draw(maybe(FILES))}
    if draw(st.booleans()):
        made["pod"].pop("containers", None)
        return Explainer(**made, method=Method.SQUARE_ATTACK, parameters=draw(st.just({"nb_classes": "10"})))
    return Explainer(**made, method=Method.CUSTOM, image=draw(IMAGES))


@st.composite
def declarations(draw: st.DrawFn) -> ModelDeployment:
    """A model in Standard or Knative mode, with canaries in the first."""
    mode = draw(st.sampled_from(["Standard", "Knative"]))
    first = draw(predictors())
    found = [first]
    if mode == "Standard" and isinstance(first.graph, ModelServer) and draw(st.booleans()):
        percent = draw(st.integers(min_value=0, max_value=100))
        found = [first.model_copy(update={"traffic": 100 - percent})]
        found.append(Predictor(name="next", graph=draw(servers()), traffic=percent, labels=draw(MARKS)))
    protocol = draw(st.sampled_from([None, Protocol.V1, Protocol.V2]))
    served = any(isinstance(node, ModelServer) for one in found for _, node in one.nodes(""))
    return ModelDeployment(
        name=draw(NAMES), team="science", predictors=tuple(found), labels=draw(MARKS), annotations=draw(MARKS),
        protocol=protocol if served else None, exposure=Exposure(external=draw(st.booleans())),
        transport=draw(st.sampled_from([None, Transport.GRPC])) if served and protocol else None, safe_defaults=False,
        rollout=Rollout(deadline_seconds=draw(maybe(st.integers(10, 9000))) if mode == "Knative" else None),
        kserve=KServe(deployment_mode=mode, autoscaler_class=draw(maybe(st.sampled_from(["hpa", "keda", "none"])))),
    )  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> InferenceGraph:
    """A graph of routers."""
    steps = st.lists(
        st.builds(Step, service_name=NAMES, dependency=maybe(st.sampled_from(["Soft", "Hard"]))), min_size=1, max_size=3
    )
    nodes = {"root": GraphNode(router_type=draw(st.sampled_from(["Sequence", "Ensemble"])), steps=tuple(draw(steps)))}
    router = Router(
        min_replicas=draw(maybe(SMALL)), router_timeouts=draw(maybe(st.just(RouterTimeouts(server_read=3)))),
        resources=draw(st.sampled_from([{}, {"limits": {"cpu": "1"}}])), pod=draw(st.sampled_from([{}, {"nodeName": "a"}])),
    )  # fmt: skip
    return InferenceGraph(name=draw(NAMES), nodes=nodes, router=router, labels=draw(MARKS), safe_defaults=False)


@st.composite
def runtimes(draw: st.DrawFn) -> ServingRuntime:
    """A runtime, with workers or without."""
    formats = st.lists(
        st.builds(SupportedModelFormat, name=NAMES, version=maybe(st.just("1")), auto_select=st.just(True)), min_size=1
    )
    served = {"name": "kserve-container", "image": "registry.test/server:1"}
    worker = RuntimeWorker(pod={"containers": [served]}, tensor_parallel_size=draw(maybe(SMALL)))
    return ServingRuntime(
        name=draw(NAMES), cluster=draw(st.booleans()), supported_model_formats=tuple(draw(formats)),
        protocol_versions=draw(maybe(st.just(("v1", "grpc-v2")))), disabled=draw(maybe(st.booleans())),
        pod={"containers": [served]}, pod_labels=draw(MARKS) or None, worker=draw(maybe(st.just(worker))),
        annotations=draw(MARKS),
    )  # fmt: skip

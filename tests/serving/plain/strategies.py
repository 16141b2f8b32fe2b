"""Declarations for the plain engine: with everything that is safe, and as an import declares them."""

from typing import Any

from hypothesis import strategies as st

from components.serving.spec import (
    Artifact,
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
    ModelDeployment,
    ModelServer,
    Predictor,
    PrometheusQuery,
    RequestRate,
    Resources,
    Scaling,
    SecretRef,
    Transport,
    Uri,
)
from components.serving.spec.plain import PlainEngine, PlainNode

names = st.sampled_from(["a", "iris", "model-2", "house-price"])
words = st.text("abcxyz019 =:/", max_size=8)
images = st.sampled_from(["a:1", "registry.test/app@sha256:" + "0" * 64]).map(lambda text: Image(reference=text))
labels = st.dictionaries(st.sampled_from(["app", "tier", "example.com/owner"]), st.sampled_from(["a", "b"]), max_size=2)
variables = st.dictionaries(
    st.sampled_from(["LEVEL", "HOME", "MLSERVER_HTTP_PORT", "T"]),
    st.one_of(words, st.just({"fieldRef": {"fieldPath": "metadata.name"}}), st.none()),
    max_size=3,
)
own_metrics = st.lists(
    st.one_of(st.builds(Cpu, target=st.integers(1, 200)), st.builds(Memory, target=st.integers(1, 100))),
    min_size=1,
    max_size=2,
    unique_by=lambda metric: metric.kind,
).map(tuple)
asked_metrics = st.sampled_from(
    [Concurrency(target=4), RequestRate(target=2.5), PrometheusQuery(query="up", target=1, server="http://p:9090")]
)


@st.composite
def scalings(draw: st.DrawFn) -> Scaling:
    kind = draw(st.sampled_from(["fixed", "own", "asked"]))
    least = draw(st.integers(1, 4))
    if kind == "fixed":
        return Scaling(min_replicas=least)
    metrics = draw(own_metrics)
    if kind == "asked":
        metrics, least = (*metrics, draw(asked_metrics)), draw(st.integers(0, 2))
    behavior = draw(st.sampled_from([{}, {"scaleDown": {"stabilizationWindowSeconds": 60}}]))
    return Scaling(min_replicas=least, max_replicas=draw(st.integers(4, 9)), metrics=metrics, behavior=behavior)


@st.composite
def nodes(draw: st.DrawFn) -> ModelServer | Container:
    common: dict[str, Any] = {
        "env": draw(variables),
        "secrets": draw(st.sampled_from([{}, {"TOKEN": SecretRef(name="hub")}])),
        "resources": draw(st.sampled_from([Resources(), Resources(cpu="1", memory="1Gi")])),
        "container": draw(st.sampled_from([{}, {"terminationMessagePolicy": "FallbackToLogsOnError"}])),
        "pod": draw(st.sampled_from([{}, {"tolerations": [{"key": "spot", "operator": "Exists"}]}])),
    }
    if draw(st.booleans()):
        return Container(image=draw(images), grpc_port=9000, artifact=draw(st.sampled_from([None, Artifact(name="a")])), **common)  # fmt: skip
    served = draw(
        st.sampled_from([Format.SKLEARN, Format.MLFLOW, Format.TENSORFLOW, Format.TRITON, Format.HUGGINGFACE])
    )
    kinds = [Artifact(name="a"), Uri(uri="pvc://claim"), Uri(uri="pvc://claim/below/it")]
    if served is Format.HUGGINGFACE:
        kinds.append(HuggingFace(repo="a/b"))
    return ModelServer(format=served, artifact=draw(st.sampled_from(kinds)), **common)


@st.composite
def safe(draw: st.DrawFn) -> ModelDeployment:
    """A declaration as a person writes it; no rule finds anything in it."""
    number = draw(st.integers(1, 3))
    shadow = draw(st.booleans()) and number > 1
    live = number - shadow
    shares: list[int | None] = [None] if live == 1 else [100 - 10 * (live - 1), *[10] * (live - 1)]
    shares += [draw(st.sampled_from([None, 50]))] if shadow else []
    explainer = Explainer(method=Method.LIME, image=draw(images))
    predictors = tuple(
        Predictor(
            name=("default", "canary", "third")[at],
            graph=draw(nodes()),
            traffic=shares[at],
            shadow=shadow and at == number - 1,
            explainer=explainer if draw(st.booleans()) else None,
            scaling=draw(st.none() | scalings()),
        )
        for at in range(number)
    )
    headers = (HeaderMatch(name="x-version", value="1", predictor="default"),) if draw(st.booleans()) else ()
    detectors = tuple(Detector(name=name, watches="drift", image=draw(images)) for name in draw(st.sampled_from([(), ("d",), ("d", "o")])))  # fmt: skip
    host = draw(st.sampled_from([None, "models.example"]))
    return ModelDeployment(
        name=draw(names),
        team="science",
        predictors=predictors,
        transport=draw(st.sampled_from([None, Transport.REST, Transport.GRPC])),
        scaling=draw(scalings()),
        detectors=detectors,
        exposure=Exposure(host=host, headers=headers, callers=draw(st.sampled_from([(), ("shop",)]))),
        labels=draw(labels),
    )


@st.composite
def bare_resources(draw: st.DrawFn) -> Resources:
    """Amounts in the form in which an import says them."""
    memory = draw(st.none() | st.just("1Gi"))
    fields: dict[str, Any] = {"cpu": draw(st.none() | st.just("500m")), "memory": memory}
    if memory is None:
        fields["requests"] = draw(st.sampled_from([{}, {"memory": "1Gi"}, {"ephemeral-storage": "1Gi"}]))
        fields["limits"] = draw(st.sampled_from([{}, {"cpu": "1"}, {"memory": "2Gi"}]))
    return Resources(**fields)


def over(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=parts)


@st.composite
def imported(draw: st.DrawFn) -> ModelDeployment:
    """A declaration as an import makes it: what a manifest says, and nothing else."""
    chosen = {"app": "a"}
    name = draw(names)
    containers = over(
        name=st.just("app"),
        command=st.just(["serve"]),
        readinessProbe=st.just({"tcpSocket": {"port": 8080}}),
        volumeMounts=st.just([{"name": "data", "mountPath": "/data"}]),
    )
    pods = over(
        volumes=st.just([{"name": "data", "emptyDir": {}}]),
        containers=st.just([{"name": "beside", "image": "b:1"}]),
        serviceAccountName=st.just("other"),
        terminationGracePeriodSeconds=st.integers(0, 60),
    )
    scaling = draw(st.one_of(st.builds(Scaling, min_replicas=st.integers(0, 5)), scalings().filter(_own)))
    slots: dict[str, Any] = {
        "deployment": {
            "selector": {"matchLabels": chosen},
            **draw(over(minReadySeconds=st.integers(1, 9), strategy=st.just({"type": "Recreate"}))),
        },
        "service": {"selector": chosen, "ports": [{"port": draw(st.integers(1, 99))}]},
        "service_metadata": draw(over(name=st.just("svc"), labels=st.just({"a": "b"}))),
        "leave_replicas": not scaling.autoscaled and scaling == Scaling() and draw(st.booleans()),
    }
    if scaling.autoscaled:
        slots["autoscaler_metadata"] = draw(over(name=st.just("hpa"), annotations=st.just({"a": "b"})))
    graph = Container(
        image=draw(images),
        port=draw(st.none() | st.integers(1024, 65535)),
        ready_path=None,
        live_path=None,
        args=draw(st.lists(words, max_size=2).map(tuple)),
        env=draw(variables),
        resources=draw(bare_resources()),
        container=draw(containers),
        pod=draw(pods),
        plain=PlainNode(**slots),
    )
    exposure, engine = Exposure(external=False), None
    if draw(st.booleans()):
        service = slots["service_metadata"].get("name", name)
        rule: dict[str, Any] = {"backendRefs": [{"name": service, "port": 80}]}
        exposure = Exposure(path=draw(st.sampled_from([None, "/a/b"])))
        if exposure.path:
            rule["matches"] = [{"path": {"type": "PathPrefix", "value": exposure.path}}]
        engine = PlainEngine(route={"rules": [rule]}, route_metadata=draw(over(name=st.just("route"))))
    return ModelDeployment(
        name=name,
        team="science",
        predictors=(Predictor(graph=graph, labels=chosen | draw(labels.map(lambda found: {**found, "app": "a"}))),),
        scaling=scaling,
        exposure=exposure,
        labels=draw(labels),
        plain=engine,
        safe_defaults=False,
    )


def _own(scaling: Scaling) -> bool:
    """Kubernetes' own autoscaler does it."""
    return scaling.autoscaled and all(isinstance(metric, Cpu | Memory) for metric in scaling.metrics)

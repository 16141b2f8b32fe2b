"""Declarations with one of everything, and the context in which they are built."""

from components.serving.engines.context import (
    ArtifactSource,
    BuildContext,
    EngineFacts,
    NodeContext,
    detector_key,
    explainer_key,
    node_key,
)
from components.serving.spec import (
    Artifact,
    Concurrency,
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
    Scaling,
    SecretRef,
    Transport,
    Uri,
)
from tests.serving.cases import model, node, predictor

GATEWAY, STORE = "10.122.0.1/32", "10.200.0.9/32"
FACTS = EngineFacts(keda=True, prometheus="http://prometheus.monitoring:9090")
OWN = Image(reference="registry.test/own:1")


def source(name: str) -> ArtifactSource:
    return ArtifactSource(
        endpoint="http://s3.test:9000",
        bucket="artifacts",
        region="us-east-1",
        prefix=f"models/{name}/sha256:{'ab' * 32}/",
        digest=f"sha256:{'ab' * 32}",
        image="registry.test/artifact-fetch@sha256:" + "cd" * 32,
        secret=f"{name}-reader",
    )


def context(declaration: ModelDeployment, **fields) -> BuildContext:
    """A context in which everything with an artifact of the store fetches it."""
    nodes = {}
    for each in declaration.predictors:
        named = {node_key(declaration, each, each.graph): each.graph}
        if each.explainer:
            named[explainer_key(each)] = each.explainer
        nodes |= {
            key: NodeContext(artifact=source(part.artifact.name) if isinstance(part.artifact, Artifact) else None)
            for key, part in named.items()
        }
    for detector in declaration.detectors:
        nodes[detector_key(detector.name)] = NodeContext()
    known = {
        "namespace": declaration.team,
        "engine": "plain",
        "nodes": nodes,
        "gateway": ("gateway", "slipway-system"),
        "gateway_cidrs": (GATEWAY,),
        "store_cidrs": (STORE,),
        "facts": FACTS,
    }
    return BuildContext(**known | fields)


def served(format_: Format = Format.SKLEARN, **fields) -> ModelServer:
    return ModelServer(**({"format": format_, "artifact": Artifact(name="iris")} | fields))


def canary() -> ModelDeployment:
    """Two versions with shares and a header, and a shadow of a third."""
    return model(
        predictor(graph=served(), traffic=90),
        predictor(name="canary", graph=served(artifact=Artifact(name="iris-next")), traffic=10),
        predictor(name="shadow", graph=served(artifact=Artifact(name="iris-third")), shadow=True, traffic=50),
        name="iris",
        exposure=Exposure(headers=(HeaderMatch(name="x-version", value="canary", predictor="canary"),)),
    )


def watched() -> ModelDeployment:
    """An explainer, and detectors of which one sends what it finds on."""
    explainer = Explainer(method=Method.KERNEL_SHAP, image=OWN, parameters={"samples": 100})
    return model(
        predictor(graph=served(), explainer=explainer),
        name="iris",
        detectors=(
            Detector(name="drift", watches="drift", image=OWN, batch_size=50, reply_url="http://broker.events"),
            Detector(name="outlier", watches="outlier", image=OWN),
        ),
        exposure=Exposure(callers=("shop",)),
    )


def scaled() -> ModelDeployment:
    """One of each autoscaler, one fixed number."""
    return model(
        Predictor(graph=node(), traffic=50, scaling=Scaling(min_replicas=2, max_replicas=4, metrics=(Cpu(), Memory()))),
        predictor(
            name="busy", traffic=30, scaling=Scaling(min_replicas=0, max_replicas=4, metrics=(Concurrency(target=8),))
        ),
        predictor(name="fixed", traffic=20, scaling=Scaling(min_replicas=3)),
    )


def binary() -> ModelDeployment:
    """gRPC beside REST, variables of every sort, a volume claim."""
    graph = served(
        Format.TENSORFLOW,
        artifact=Uri(uri="pvc://models/mnist/v1"),
        env={"LEVEL": "1", "FROM": {"fieldRef": {"fieldPath": "spec.nodeName"}}, "EMPTY": None},
        secrets={"TOKEN": SecretRef(name="hub", key="token")},
    )
    return model(predictor(graph=graph), name="mnist", transport=Transport.GRPC, exposure=Exposure(timeout_seconds=30))


def internal() -> ModelDeployment:
    """Only asked from inside, by what it fetches from the hub."""
    graph = served(Format.VLLM, artifact=HuggingFace(repo="org/model"))
    return model(predictor(graph=graph), name="llm", exposure=Exposure(external=False, callers=("shop",)))


SHAPES = {each.__name__: each() for each in (canary, watched, scaled, binary, internal)}

"""One declaration for each thing that a person may want of an engine, and the same one without it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    Image,
    Method,
    ModelDeployment,
    ModelServer,
    Parameter,
    PayloadLogging,
    Predictor,
    PrometheusQuery,
    RequestRate,
    Resources,
    Rollout,
    Scaling,
    SecretRef,
    Uri,
)
from components.serving.spec.kserve import KServe, KServeNode, KServePredictor, Worker
from components.serving.spec.kserve_kinds import GraphNode, InferenceGraph, Step
from components.serving.spec.kserve_parts import Batcher, Storage
from components.serving.spec.own_kinds import OwnKind
from components.serving.spec.seldon1 import Orchestrator, Seldon1, Seldon1Explainer, Seldon1Node, Seldon1Predictor
from components.serving.spec.seldon2 import Batch, Seldon2Node, StepOptions

OWN = Image(reference="registry.example/own@sha256:" + "ab" * 32)
Declared = ModelDeployment | OwnKind
Pair = tuple[Declared, ModelDeployment | None]


def server(**said: Any) -> ModelServer:
    """A scikit-learn model from the store."""
    fields: dict[str, Any] = {"format": Format.SKLEARN, "artifact": Artifact(name="iris")}
    return ModelServer(**fields | said)


def own(*children: Any, **said: Any) -> Container:
    """A container of the user's own."""
    fields: dict[str, Any] = {"image": OWN, "children": children}
    return Container(**fields | said)


def model(
    graph: Any = None, *others: Predictor, first: Mapping[str, Any] | None = None, **said: Any
) -> ModelDeployment:
    """A declaration of one predictor, or more."""
    predictor = Predictor(graph=graph or server(), **first or {})
    return ModelDeployment(**{"name": "iris", "team": "science", "predictors": (predictor, *others)} | said)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One concept.

    Attributes:
        said: the declaration with it, and the one without; None where only some engines have a word for it.
        only: the same for an engine that says it in words of its own.
        emulated: engines on which it is put together from something else.
    """

    concept: str
    said: Pair | None
    only: Mapping[str, Pair] = field(default_factory=dict)
    emulated: frozenset[str] = frozenset()

    def of(self, engine: str) -> Pair:
        """The two declarations for an engine; where it has no word for it, those of another engine."""
        if found := self.only.get(engine, self.said):
            return found
        return next(pair for pair in self.only.values() if isinstance(pair[0], ModelDeployment))


_PLAIN = model()
_A, _B = server(name="a"), server(name="b")
_NEXT = server(artifact=Artifact(name="next"))
_AB = Builtin(implementation="random_ab_test", name="ab", children=(_A, _B))
_PYTHON = Seldon2Node(requirements=("mlserver", "python"))
_TRIGGERED = Seldon2Node(step=StepOptions(triggers=("a.outputs.ok",)))
_IF = Step(service_name="a", condition="x")
_L4 = Accelerators(kind=Accelerator.L4)
_LIME = Seldon1Explainer(type="lime")
_DRIFT = Detector(name="drift", watches="drift", batch_size=20, artifact=Artifact(name="drift"))
_WORKER = Worker(pod={"containers": [{"name": "worker"}]}, pipeline_parallel_size=2)
_SECRET = "keys"  # noqa: S105  the name of a Secret
_CHAIN = model(server(name="a", children=(_B,)))


def _scaled(*metrics: Any, least: int = 1, **said: Any) -> ModelDeployment:
    return model(scaling=Scaling(min_replicas=least, max_replicas=4, metrics=metrics), **said)


def _named(**slots: Any) -> ModelDeployment:
    return model(server(**slots))


def _two(**said: Any) -> ModelDeployment:
    return model(
        None, Predictor(name="next", graph=_NEXT, **said), first={"traffic": 90} if "traffic" in said else None
    )


def _sharded(first: Mapping[str, Any]) -> ModelDeployment:
    node = server(format=Format.HUGGINGFACE, artifact=Uri(uri="pvc://models/llm"))
    return model(node, first=first, kserve=KServe(autoscaler_class="none"))


PROBES: tuple[Probe, ...] = (
    Probe(
        concept="artifact of the store", said=(_PLAIN, _named(artifact=Artifact(name="other"))),
        emulated=frozenset({"plain"}),
    ),
    Probe(concept="secrets as variables", said=(_named(secrets={"TOKEN": SecretRef(name="hub")}), _PLAIN)),
    Probe(
        concept="credentials of the engine's downloader", said=None,
        only={
            "seldon1": (_named(seldon1=Seldon1Node(env_secret=_SECRET)), _PLAIN),
            "seldon2": (_named(seldon2=Seldon2Node(secret_name=_SECRET)), _PLAIN),
            "kserve": (_named(artifact=None, kserve=KServeNode(storage=Storage(key="keys", path="iris"))), _PLAIN),
        },
    ),
    Probe(concept="format", said=(_named(format="xgboost"), _PLAIN)),
    Probe(concept="protocol v2", said=(model(protocol="v2"), model(protocol=None))),
    Probe(concept="gRPC", said=(model(protocol="v2", transport="grpc"), model(protocol="v2"))),
    Probe(concept="container of the user's own", said=(model(own()), _PLAIN)),
    Probe(concept="cores and memory", said=(_named(resources=Resources(cpu="2", memory="4Gi")), _PLAIN)),
    Probe(concept="memory alone", said=(_named(resources=Resources(memory="4Gi")), _PLAIN)),
    Probe(concept="accelerator", said=(_named(resources=Resources(accelerators=_L4)), _PLAIN)),
    Probe(concept="fields of the pod", said=(_named(pod={"priorityClassName": "high"}), _PLAIN)),
    Probe(concept="typed parameters", said=(_named(parameters=(Parameter(name="method", value="a"),)), _PLAIN)),
    Probe(concept="version of the format", said=(_named(format_version="1"), _PLAIN)),
    Probe(concept="replicas, with a disruption budget", said=(model(scaling=Scaling(min_replicas=3)), _PLAIN)),
    Probe(concept="scaling by cores", said=(_scaled(Cpu()), _PLAIN)),
    Probe(concept="scaling as the engine does by itself", said=(_scaled(), _PLAIN)),
    Probe(concept="scaling by requests under way", said=(_scaled(Concurrency(target=4)), _PLAIN),),
    Probe(concept="scaling by requests a second", said=(_scaled(RequestRate(target=4)), _PLAIN),),
    Probe(concept="scaling by a query", said=(_scaled(PrometheusQuery(query="up", target=1)), _PLAIN)),
    Probe(concept="no replica while nobody asks", said=(_scaled(RequestRate(target=4), least=0), _PLAIN)),
    Probe(
        concept="several models in one server", said=None,
        only={
            "seldon2": (_named(seldon2=Seldon2Node(server="mlserver", requirements=("mlserver", "sklearn"))), _PLAIN)
        },
    ),
    Probe(concept="canary or A/B by weights", said=(_two(traffic=10), _PLAIN)),
    Probe(concept="shadow", said=(_two(shadow=True), _PLAIN)),
    Probe(
        concept="predictor by header",
        said=(
            model(
                None, Predictor(name="next", graph=_NEXT, traffic=10), first={"traffic": 90},
                exposure=Exposure(headers=(HeaderMatch(name="x-version", value="next", predictor="next"),)),
            ),
            _two(traffic=10),
        ),
    ),
    Probe(concept="random choice inside the graph", said=(model(_AB), _PLAIN)),
    Probe(
        concept="bandit with rewards",
        said=(model(own(_A, _B, name="bandit", role="router"), feedback=True), _PLAIN),
    ),
    Probe(concept="chain of models", said=(_CHAIN, _PLAIN)),
    Probe(
        concept="transformer in front", said=(model(own(_A, name="front", role="transformer")), _PLAIN),
        only={
            "seldon2": (
                model(server(name="front", role="transformer", children=(_A,), seldon2=_PYTHON)),
                _PLAIN,
            )
        },
    ),
    Probe(
        concept="combiner", said=(model(own(_A, _B, name="vote", role="combiner")), _PLAIN),
        only={"seldon2": (model(server(name="vote", role="combiner", children=(_A, _B))), _PLAIN)},
    ),
    Probe(
        concept="branch by a condition", said=None,
        only={
            "seldon1": (model(own(_A, _B, name="choose", role="router")), _PLAIN),
            "seldon2": (
                model(server(name="a", children=(server(name="b", seldon2=_TRIGGERED),))),
                model(server(name="a", children=(_B,))),
            ),
            "kserve": (
                InferenceGraph(name="iris", nodes={"root": GraphNode(router_type="Switch", steps=(_IF,))}),
                None,
            ),
        },
    ),
    Probe(
        concept="calls that go through Kafka", said=None,
        only={
            "seldon1": (
                model(
                    seldon1=Seldon1(server_type="kafka"),
                    first={"seldon1": Seldon1Predictor(orchestrator=Orchestrator(
                        env={"KAFKA_BROKER": "b:9092", "KAFKA_INPUT_TOPIC": "in", "KAFKA_OUTPUT_TOPIC": "out"}
                    ))},
                ),
                _PLAIN,
            ),
            "seldon2": (_CHAIN, _PLAIN),
        },
    ),
    Probe(
        concept="requests gathered into batches", said=None,
        only={
            "seldon2": (_named(name="a", seldon2=Seldon2Node(step=StepOptions(batch=Batch(size=4)))), _PLAIN),
            "kserve": (model(first={"kserve": KServePredictor(batcher=Batcher(max_batch_size=4))}), _PLAIN),
        },
    ),
    Probe(
        concept="explainer of the engine",
        said=(model(first={"explainer": Explainer(method=Method.ANCHOR_TABULAR, artifact=Artifact(name="e"))}), _PLAIN),
        only={"kserve": (model(first={"explainer": Explainer(method=Method.SQUARE_ATTACK)}), _PLAIN)},
    ),
    Probe(
        concept="explainer with an image of one's own",
        said=(model(first={"explainer": Explainer(method=Method.LIME, image=OWN)}), _PLAIN),
        emulated=frozenset({"plain"}),
        only={
            "seldon1": (model(first={"explainer": Explainer(method=Method.CUSTOM, image=OWN, seldon1=_LIME)}), _PLAIN),
        },
    ),
    Probe(
        concept="detector", emulated=frozenset({"plain"}),
        said=(model(detectors=(Detector(name="drift", watches="drift", image=OWN),)), _PLAIN),
        only={"seldon2": (model(detectors=(_DRIFT,)), _PLAIN)},
    ),
    Probe(concept="payload logging", said=(model(logging=PayloadLogging()), _PLAIN)),
    Probe(concept="timeout", said=(model(exposure=Exposure(timeout_seconds=30)), _PLAIN)),
    Probe(concept="rollout by recreation", said=(model(rollout=Rollout(strategy="recreate")), _PLAIN)),
    Probe(concept="certificate of the pods", said=(model(exposure=Exposure(tls_secret=_SECRET)), _PLAIN)),
    Probe(concept="host and path", said=(model(exposure=Exposure(host="iris.example", path="/iris")), _PLAIN)),
    Probe(concept="inside the cluster only", said=(model(exposure=Exposure(external=False)), _PLAIN)),
    Probe(concept="callers beside the gateway", said=(model(exposure=Exposure(callers=("shop",))), _PLAIN)),
    Probe(
        concept="several nodes for one model", said=None,
        only={
            "kserve": (
                _sharded({"kserve": KServePredictor(worker=_WORKER)}),
                _sharded({}),
            )
        },
    ),
)  # fmt: skip

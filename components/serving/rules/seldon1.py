"""What Seldon Core 1 itself refuses: its admission webhook, and the schema of its CRD.

Sources are files of seldon-core 7c3973a6f, which in these checks is the same as v1.17.1.
"""

from collections.abc import Callable, Iterator

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.seldon1 import words
from components.serving.engines.seldon1.pods import has_container
from components.serving.rules.base import Check, Finding, rule
from components.serving.spec import Container, Format, HuggingFace, ModelDeployment, ModelServer, Protocol, Transport
from components.serving.spec.node import Node, walk
from components.serving.spec.seldon1 import Seldon1, Seldon1Node, Seldon1Predictor

ENGINE = "seldon1"
WEBHOOK = "operator/apis/machinelearning.seldon.io/v1/seldondeployment_webhook.go"
KAFKA = ("KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC")
_NOT_TENSORFLOW = ("SKLEARN_SERVER", "XGBOOST_SERVER", "MLFLOW_SERVER", "HUGGINGFACE_SERVER")


def _rule(number: int) -> Callable[[Check], Check]:
    return rule(f"S1-{number:02}", source=WEBHOOK, engine=ENGINE)


@_rule(1)
def known_protocol(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The protocol is seldon, tensorflow or v2."""
    if model.protocol and model.protocol not in words.PROTOCOLS:
        yield found(
            "protocol", model.protocol, "Seldon Core 1 speaks seldon, tensorflow and v2",
            "choose one of these; kserve speaks v1 and openai, plain whatever the server does",
        )  # fmt: skip


@_rule(2)
def some_predictor(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """There is a predictor."""
    if not model.predictors:
        yield found("predictors", "", "nothing would serve", "add a predictor")


@_rule(3)
def distinct_predictors(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No two predictors have the same name."""
    yield from _repeated("predictors[{}].name", [predictor.name for predictor in model.predictors])


@_rule(4)
def distinct_services(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No two predictors have the same Service."""
    slots = [predictor.seldon1 or Seldon1Predictor() for predictor in model.predictors]
    named = [
        slot.service_name or predictor.annotations.get(words.SERVICE_NAME)
        for slot, predictor in zip(slots, model.predictors, strict=True)
    ]
    yield from _repeated("predictors[{}].seldon1.service_name", named)


@_rule(5)
def topics_named(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """With server type kafka, every predictor's orchestrator knows its broker and its two topics."""
    if (model.seldon1 or Seldon1()).server_type != "kafka":
        return
    for at, predictor in enumerate(model.predictors):
        env = (predictor.seldon1 or Seldon1Predictor()).orchestrator.env
        if missing := [name for name in KAFKA if name not in env]:
            yield found(
                f"predictors[{at}].seldon1.orchestrator.env", "", f"{', '.join(missing)} not set",
                "name the broker and both topics there",
            )  # fmt: skip


@_rule(6)
def shadow_of_something(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The only predictor is no shadow."""
    if len(model.predictors) == 1 and model.predictors[0].shadow:
        yield found("predictors[0].shadow", "true", "nobody would answer", "add the predictor that it shadows")


@_rule(7)
def one_shadow(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """At most one predictor is a shadow, of between 0 and 100 percent of the requests."""
    shadows = [at for at, predictor in enumerate(model.predictors) if predictor.shadow]
    for at in shadows[1:]:
        yield found(f"predictors[{at}].shadow", "true", "Istio mirrors requests only once", "keep one shadow")
    for at in shadows:
        traffic = model.predictors[at].traffic
        if traffic is not None and not 0 <= traffic <= 100:
            yield found(f"predictors[{at}].traffic", str(traffic), "not a share", "give a percentage, 0 to 100")


@_rule(8)
def whole_traffic(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The shares of several predictors are together 100 percent; a single one has all or says nothing."""
    live = [predictor for predictor in model.predictors if not predictor.shadow]
    total = sum(predictor.traffic or 0 for predictor in live)
    if len(live) > 1 and total != 100:
        shares = " + ".join(str(predictor.traffic or 0) for predictor in live)
        yield found("predictors", f"{shares} = {total}", "not 100 percent", "make the shares 100 together")
    if len(model.predictors) == 1 and live and 0 < total < 100:
        yield found("predictors[0].traffic", str(total), "the rest would go nowhere", "leave it out")


@_rule(9)
def orchestrated_graph(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Without an orchestrator there is one node only."""
    for at, predictor in enumerate(model.predictors):
        slot = predictor.seldon1 or Seldon1Predictor()
        none = slot.no_orchestrator or words.NO_ENGINE in predictor.annotations
        if none and predictor.graph.children:
            yield found(
                f"predictors[{at}].seldon1.no_orchestrator", "true", "nobody would send requests from node to node",
                "leave it out",
            )  # fmt: skip


@_rule(10)
def containers_placed(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Every container of the graph is in one component, and every name in a component is that of such a node."""
    context = BuildContext(namespace="", engine=ENGINE, nodes={})
    for at, predictor in enumerate(model.predictors):
        components = (predictor.seldon1 or Seldon1Predictor()).components
        if not components:
            continue
        nodes = {model.node_name(node): node for _, node in walk(predictor.graph, "")}
        named = [entry for component in components for entry in component.containers if isinstance(entry, str)]
        path = f"predictors[{at}].seldon1.components"
        for name, node in nodes.items():
            if has_container(model, predictor, node, context) and name not in named:
                yield found(path, name, "no component has this node's container", "name it in one")
        for name in sorted(set(named)):
            if not isinstance(nodes.get(name), Container | ModelServer):
                yield found(path, name, "no node with a container has this name", "name a node of the graph")
            elif named.count(name) > 1:
                yield found(path, name, "it is there more than once", "name it in one component")


@_rule(11)
def callable_nodes(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A node of unknown type says which methods are called."""
    for path, node, slot in slots(model):
        if isinstance(node, Container) and slot.type == "UNKNOWN_TYPE" and not slot.methods:
            yield found(f"{path}.seldon1.methods", "", "the executor would never call it", "name its methods")


@_rule(12)
def known_servers(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A known server has an artifact, speaks the protocol, and is one that this cluster's operator has."""
    for path, node, _slot in slots(model):
        if not isinstance(node, ModelServer):
            continue
        server = words.implementation(node)
        hub = isinstance(node.artifact, HuggingFace)
        if server != "HUGGINGFACE_SERVER" and (node.artifact is None or hub):
            yield found(f"{path}.artifact", "", f"{server} gets its model from a URI", "name its artifact")
        if model.protocol is Protocol.TENSORFLOW and server in _NOT_TENSORFLOW:
            yield found("protocol", "tensorflow", f"{server} ({path}) does not speak it", "use protocol v2")
        if node.image is None and server not in words.SERVER_PROTOCOLS and server not in facts.seldon1_servers:
            yield _unknown_server(path, node, server)


def _unknown_server(path: str, node: ModelServer, server: str) -> Finding:
    if node.format is Format.CUSTOM and not (node.seldon1 and node.seldon1.implementation):
        return found(
            f"{path}.format", node.format, "which server it is, is not said",
            "name its key in the operator's predictor_servers in seldon1.implementation",
        )  # fmt: skip
    return found(
        f"{path}.format", node.format, f"the operator has no {server}",
        "if this cluster's has one, name it in the stack file under engines.seldon1.servers; else use a container of"
        " your own (Triton serves ONNX and TorchScript), or the engine kserve, seldon2 or plain",
    )  # fmt: skip


@_rule(13)
def logging_mode(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A logger says what it logs."""
    logged = [("logging", model.logging), *((f"{path}.logging", node.logging) for path, _, node in model.nodes())]
    for path, logging in logged:
        if logging and not logging.mode:
            yield found(f"{path}.mode", "", "what is to be logged is not said", "give all, request or response")


@_rule(14)
def one_transport(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """All endpoints are of one type, which is that of the transport where one is given."""
    wanted = {Transport.REST: "REST", Transport.GRPC: "GRPC"}.get(model.transport) if model.transport else None
    for path, _node, slot in slots(model):
        if slot.endpoint.type is None:
            continue
        wanted = wanted or slot.endpoint.type
        if slot.endpoint.type != wanted:
            yield found(
                f"{path}.seldon1.endpoint.type", slot.endpoint.type, f"elsewhere it is {wanted}",
                "give the deployment's transport instead of types of endpoints",
            )  # fmt: skip


def found(path: str, value: str, why: str, fix: str) -> Finding:
    """A finding; what each text is, `Finding` says."""
    return Finding(path=path, value=value, why=why, fix=fix)


def slots(model: ModelDeployment) -> Iterator[tuple[str, Node, Seldon1Node]]:
    """Every node with its path and its slot."""
    for path, _, node in model.nodes():
        yield path, node, node.seldon1 or Seldon1Node()


def _repeated(path: str, names: list[str | None]) -> Iterator[Finding]:
    for at, name in enumerate(names):
        if name is not None and name in names[:at]:
            yield found(path.format(at), name, "another predictor has it already", "give each its own")

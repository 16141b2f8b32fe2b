"""What plain Kubernetes cannot do: each is refused, and the engines that can are named."""

from collections.abc import Callable, Iterator

from components.serving.engines.context import EngineFacts
from components.serving.engines.plain.pods import PVC
from components.serving.engines.servers import SERVERS
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.common_graph import artifacts
from components.serving.rules.plain import ENGINE
from components.serving.spec import (
    Builtin,
    Container,
    HuggingFace,
    MlflowModel,
    ModelDeployment,
    ModelServer,
    Protocol,
    Role,
    Transport,
    Uri,
)

_SOURCE = "components.serving.engines.plain"
_PUSH = "push the files (slipway artifact push) and name them as Artifact; seldon1, seldon2 and kserve"
_HUB = "push the files (slipway artifact push) and name them as Artifact; kserve"


def _cannot(number: int) -> Callable[[Check], Check]:
    return rule(f"PL-X{number:02}", source=_SOURCE, engine=ENGINE)


def _found(path: str, value: str, why: str, can: str) -> Finding:
    return Finding(path=path, value=value, why=why, fix=f"{can} can")


@_cannot(1)
def no_chain(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No node hands its result to another."""
    for path, _predictor, node in model.nodes():
        if node.children and node.role not in (Role.ROUTER, Role.COMBINER) and not isinstance(node, Builtin):
            yield _found(f"{path}.children", "", "a Service hands nothing on", "seldon1, seldon2 and kserve")


@_cannot(2)
def no_router(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No node chooses among others."""
    for path, _predictor, node in model.nodes():
        if node.role is Role.ROUTER:
            why = "a route goes by weights and headers, not by what a node says"
            yield _found(f"{path}.role", "router", why, "seldon1 and kserve")


@_cannot(3)
def no_combiner(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No node joins the results of others."""
    for path, _predictor, node in model.nodes():
        if node.role is Role.COMBINER:
            yield _found(f"{path}.role", "combiner", "a route has one answer", "seldon1, seldon2 and kserve")


@_cannot(4)
def no_transformer(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No node stands before or behind a model."""
    for path, _predictor, node in model.nodes():
        if node.role in (Role.TRANSFORMER, Role.OUTPUT_TRANSFORMER):
            why = "a Service hands nothing on"
            yield _found(f"{path}.role", node.role.value, why, "seldon1, seldon2 and kserve")


@_cannot(5)
def nothing_built_in(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No node is played by an orchestrator."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, Builtin):
            yield _found(f"{path}.implementation", node.implementation, "there is no orchestrator", "seldon1")


@_cannot(6)
def no_feedback(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No rewards are sent back."""
    if model.feedback:
        yield _found("feedback", "true", "nothing takes rewards", "seldon1")


@_cannot(7)
def no_payload_logging(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No requests and answers are sent on as events."""
    named = [("logging", model.logging), *((f"{path}.logging", node.logging) for path, _, node in model.nodes())]
    for path, logging in named:
        if logging:
            why = "nothing between gateway and model writes events"
            yield _found(path, "", why, "seldon1 and kserve; a detector gets copies here, too; those")


@_cannot(8)
def format_has_a_server(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A format has a server that is known here."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, ModelServer) and node.format not in SERVERS:
            why = "it is not known how a server of this format is started"
            yield _found(f"{path}.format", node.format.value, why, "a container of your own, and kserve")


@_cannot(9)
def server_speaks_the_protocol(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The server of the format speaks the protocol."""
    for path, _predictor, node in model.nodes():
        known = SERVERS.get(node.format) if isinstance(node, ModelServer) else None
        if known and model.protocol and model.protocol not in known.protocols:
            yield Finding(
                path="protocol",
                value=model.protocol.value,
                why=f"{known.title} ({path}) does not speak it",
                fix=f"give {' or '.join(known.protocols)}, or choose another engine: slipway engines {model.name}",
            )


@_cannot(10)
def server_speaks_grpc(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Where gRPC is asked for, the server or the container offers it."""
    for path, _predictor, node in model.nodes() if model.transport is Transport.GRPC else ():
        known = SERVERS.get(node.format) if isinstance(node, ModelServer) else None
        spoken = model.protocol or (known.protocols[0] if known else None)
        if known and spoken not in known.grpc:
            why = f"{known.title} ({path}) does not speak {spoken} over gRPC"
            yield Finding(path="transport", value="grpc", why=why, fix="leave it out")
        elif isinstance(node, Container) and node.grpc_port is None:
            why = "the container names no port for it"
            yield Finding(path=f"{path}.grpc_port", value="", why=why, fix="give grpc_port, or leave out transport")


@_cannot(11)
def explainer_has_an_image(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An explainer is a container of the user's own."""
    for at, predictor in enumerate(model.predictors):
        if predictor.explainer and predictor.explainer.image is None:
            why = "plain Kubernetes has no server for a method"
            where, method = f"predictors[{at}].explainer.image", predictor.explainer.method.value
            yield _found(where, method, why, "give an image; without one seldon1 and seldon2")


@_cannot(12)
def detector_has_an_image(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A detector is a container of the user's own."""
    for at, detector in enumerate(model.detectors):
        if detector.image is None:
            why = "plain Kubernetes has no detection server"
            yield _found(f"detectors[{at}].image", detector.watches, why, "give an image; without one seldon2")


@_cannot(13)
def artifact_is_reached(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A pod gets its files from the stack's store, from a volume claim, or from a hub that its server knows."""
    for path, artifact in artifacts(model):
        if isinstance(artifact, Uri) and not artifact.uri.startswith(PVC):
            why = "nothing here downloads a URI"
            yield _found(f"{path}.artifact.uri", artifact.uri.partition("://")[0], why, _PUSH)
        if isinstance(artifact, MlflowModel):
            why = "nothing here downloads what a registry names"
            yield _found(f"{path}.artifact", f"{artifact.model}@{artifact.alias}", why, _PUSH)
    servers = {path: SERVERS.get(node.format) for path, _, node in model.nodes() if isinstance(node, ModelServer)}
    for path, artifact in artifacts(model):
        server = servers.get(path)
        if isinstance(artifact, HuggingFace) and not (server and server.downloads):
            why = "only vLLM and the Hugging Face server fetch from the hub"
            yield _found(f"{path}.artifact.repo", artifact.repo, why, _HUB)


@_cannot(14)
def no_tls_of_its_own(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Pods answer without TLS of their own: the gateway would have to be told whose certificate it is."""
    if model.exposure.tls_secret is not None:
        why = "no policy of the gateway says which certificate to trust"
        yield _found("exposure.tls_secret", model.exposure.tls_secret, why, "seldon1")


@_cannot(15)
def parameters_have_a_reader(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Parameters are handed only to a SeldonComponent, whose wrapper reads them."""
    for path, _predictor, node in model.nodes():
        reads = isinstance(node, Container) and model.protocol is Protocol.SELDON
        if node.parameters and not reads and not isinstance(node, Builtin):
            why = "nothing would read them"
            yield _found(f"{path}.parameters", "", why, "use args or env; seldon1 and seldon2")


@_cannot(16)
def sharing_needs_the_gateway(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Requests are shared, copied and told apart at the gateway, so that a model with any of that is exposed there."""
    needs = len(model.predictors) > 1 or model.detectors or model.exposure.headers
    if needs and not model.exposure.external and model.safe_defaults:
        why = "without a route nobody shares requests among predictors or copies them"
        yield _found("exposure.external", "false", why, "leave it out; seldon2")


@_cannot(17)
def format_version_changes_nothing(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A format has one server, whatever its version."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, ModelServer) and node.format_version is not None:
            why = "no other server is chosen by it"
            yield _found(f"{path}.format_version", node.format_version, why, "give server_version or an image; kserve")

"""What Seldon Core 1 accepts and then ignores or breaks: annotations, Ambassador, the orchestrator.

Sources are files of seldon-core 7c3973a6f.
"""

from collections.abc import Iterator, Mapping

from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon1 import spec_annotations, words
from components.serving.rules.base import Finding
from components.serving.rules.seldon1 import found, slots
from components.serving.rules.seldon1_traps import trap
from components.serving.spec import ModelDeployment, ModelServer
from components.serving.spec.seldon1 import Ambassador, Seldon1, Seldon1Predictor

AMBASSADOR = "operator/controllers/ambassador/v2.go"
_TRITON = ("model_control_mode", "load_model", "strict_model_config")
_UNREAD = ("seldon.io/rest-read-timeout", "seldon.io/grpc-read-timeout")
# Read only by the executor, from its pod, and by nothing from the object's own annotations.
_POD_ONLY = (
    words.REST_TIMEOUT, words.GRPC_TIMEOUT, words.ANNOTATIONS["grpc_max_message_size"],
    words.ANNOTATIONS["separate_orchestrator"], words.ANNOTATIONS["no_storage_initializer"],
)  # fmt: skip
_NUMBERS = tuple(
    words.ANNOTATIONS[field]
    for field in ("rest_timeout", "grpc_timeout", "grpc_max_message_size", "logger_queue_size", "logger_write_timeout",
                  "istio.retries", "istio.retries_timeout", "ambassador.retries", "ambassador.max_connections",
                  "ambassador.max_pending_requests", "ambassador.max_requests", "ambassador.max_retries")
)  # fmt: skip


@trap("05", "executor/k8s/annotation.go")
def readable_annotations(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No annotation of a pod has an equals sign in it."""
    for path, annotations in _of_pods(model):
        for key, value in annotations.items():
            if "=" in value or "=" in key:
                why = "the executor then reads none of its annotations: no timeout, no size limit"
                yield found(f'{path}["{key}"]', "", why, "write it without an equals sign")


@trap("08a", AMBASSADOR)
def one_ambassador_timeout(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """With Ambassador v2, gRPC has the timeout of REST."""
    annotations = spec_annotations(model)
    grpc = annotations.get(words.GRPC_TIMEOUT)
    if facts.ambassador == "v2" and grpc is not None and grpc != annotations.get(words.REST_TIMEOUT):
        why = "Ambassador takes the REST timeout for gRPC, too"
        yield found("seldon1.grpc_timeout", grpc, why, "give both the same, or exposure.timeout_seconds")


@trap("08b", AMBASSADOR)
def header_beside_regex(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """With Ambassador v2, a header by pattern needs one by value beside it."""
    ambassador = _ambassador(model)
    if facts.ambassador == "v2" and ambassador.regex_header and not ambassador.header:
        why = "the operator splits the other one, which is not there, and fails at every reconcile"
        yield found("seldon1.ambassador.regex_header", ambassador.regex_header, why, "give header, too")


@trap("08c", AMBASSADOR)
def ambassador_tls(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """With Ambassador v2, pods have no certificates."""
    secrets = {"exposure.tls_secret": model.exposure.tls_secret}
    for at, predictor in enumerate(model.predictors):
        secrets[f"predictors[{at}].seldon1.tls_secret"] = (predictor.seldon1 or Seldon1Predictor()).tls_secret
    for path, secret in secrets.items():
        if facts.ambassador == "v2" and secret:
            why = "the operator computes a TLSContext and never creates it"
            yield found(path, secret, why, "end TLS at the gateway, or use Istio")


@trap("08d", AMBASSADOR)
def ambassador_v1_config(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A whole configuration of Ambassador is read by v1 only."""
    if facts.ambassador != "v1" and _ambassador(model).config:
        why = "nothing reads it without Ambassador v1"
        yield found("seldon1.ambassador.config", "", why, "say it with the other fields")


@trap("10a", "executor/api/ (no reader of these keys)")
def read_timeouts(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The timeout of a read is not one that anything knows."""
    for path, annotations in (*_of_pods(model), ("annotations", model.annotations)):
        for key in _UNREAD:
            if key in annotations:
                yield found(f'{path}["{key}"]', annotations[key], "nothing reads it", "give exposure.timeout_seconds")


@trap("13", "operator/controllers/istio.go, executor/cmd/executor/main.go")
def whole_numbers(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Timeouts, sizes and counts in annotations are whole numbers."""
    for path, annotations in _of_pods(model):
        for key in _NUMBERS:
            if key in annotations and not _is_number(annotations[key]):
                why = "no whole number of 32 bits: the executor ends, or the operator fails at every reconcile"
                yield found(f'{path}["{key}"]', annotations[key], why, "give a whole number, without a unit")


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and abs(int(text)) < 2**31


@trap("14", "executor/k8s/annotation.go, operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go")
def annotations_of_the_spec(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """What the executor is told stands in the spec's annotations, not in those of the object."""
    for key in _POD_ONLY:
        if key in model.annotations:
            why = "the executor does not see the object's own annotations"
            yield found(f'annotations["{key}"]', model.annotations[key], why, "say it in the slot seldon1")


@trap("15", "operator/controllers/seldondeployment_engine.go")
def replicas_of_the_orchestrator(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The orchestrator has replicas of its own only in pods of its own."""
    if (model.seldon1 or Seldon1()).separate_orchestrator:
        return
    for at, predictor in enumerate(model.predictors):
        replicas = (predictor.seldon1 or Seldon1Predictor()).orchestrator.replicas
        if replicas is not None:
            path = f"predictors[{at}].seldon1.orchestrator.replicas"
            yield found(path, str(replicas), "it runs beside the first node", "say seldon1.separate_orchestrator")


@trap("16", "operator/ (no reader of the field)")
def resources_of_the_orchestrator(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """What the orchestrator asks for is said in its own slot, not in engineResources."""
    for at, predictor in enumerate(model.predictors):
        if (predictor.seldon1 or Seldon1Predictor()).engine_resources:
            path = f"predictors[{at}].seldon1.engine_resources"
            yield found(path, "", "the operator does not read it", "say orchestrator.resources")


@trap("17", "operator/controllers/seldondeployment_prepackaged_servers.go (addTritonServer)")
def triton_repositories(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """How Triton loads models is said only where it reads them by itself; and only Triton can."""
    direct = (model.seldon1 or Seldon1()).no_storage_initializer
    for path, node, _slot in slots(model):
        if not isinstance(node, ModelServer):
            continue
        triton = words.implementation(node) == "TRITON_SERVER"
        given = [parameter.name for parameter in node.parameters if parameter.name.lower() in _TRITON]
        if triton and given and not direct:
            why = "Triton is told only where it reads its models by itself"
            yield found(f"{path}.parameters", ", ".join(given), why, "say seldon1.no_storage_initializer")
        if direct and not triton:
            why = "this server's files are fetched all the same"
            yield found("seldon1.no_storage_initializer", "true", why, "leave it out, or use format triton")


def _ambassador(model: ModelDeployment) -> Ambassador:
    return (model.seldon1 or Seldon1()).ambassador


def _of_pods(model: ModelDeployment) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The annotations that reach pods, each with its path."""
    yield "seldon1.annotations", spec_annotations(model)
    for at, predictor in enumerate(model.predictors):
        yield f"predictors[{at}].annotations", predictor.annotations
        for place, component in enumerate((predictor.seldon1 or Seldon1Predictor()).components):
            yield f"predictors[{at}].seldon1.components[{place}].annotations", component.annotations

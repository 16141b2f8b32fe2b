"""What Seldon Core 1 accepts and then ignores or breaks: nodes, scaling, explainers.

Sources are files of seldon-core 7c3973a6f.
"""

import re
from collections.abc import Callable, Iterator

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.seldon1 import words
from components.serving.engines.seldon1.pods import layout
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.seldon1 import ENGINE, found, slots
from components.serving.spec import Builtin, Explainer, Method, ModelDeployment, ModelServer, Protocol, Role
from components.serving.spec.node import walk
from components.serving.spec.seldon1 import Seldon1Component, Seldon1Explainer, Seldon1Predictor

EXECUTOR = "executor/predictor/predictor_process.go"
CONTROLLER = "operator/controllers/seldondeployment_controller.go"
EXPLAINERS = "operator/controllers/seldondeployment_explainers.go"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NOT_IN_ALIBIEXPLAINER = (Method.COUNTERFACTUALS, Method.CONTRASTIVE)


def trap(id_: str, source: str) -> Callable[[Check], Check]:
    """Enters a trap of this engine."""
    return rule(f"S1-T{id_}", source=source, engine=ENGINE, trap=True)


@trap("01", EXECUTOR)
def implemented_builtins(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Of what is built in, only random_ab_test does anything; and none of it has a type."""
    answers = {
        "average_combiner": "the first child's answer is returned, nothing is averaged",
        "simple_router": "all children are called, and the first one's answer is returned",
        "simple_model": "the request itself is returned",
    }
    for path, node, slot in slots(model):
        if not isinstance(node, Builtin):
            continue
        if node.implementation in answers:
            yield found(
                f"{path}.implementation", node.implementation, answers[node.implementation],
                "use a container of your own that does it",
            )  # fmt: skip
        if node.role is not Role.MODEL or slot.type:
            yield found(
                f"{path}.role", node.role, "with a type, the executor calls a container that is not there, and ends",
                "leave the role out",
            )  # fmt: skip


@trap("02", EXECUTOR)
def complete_ab_test(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An A/B test has two children, and one parameter: ratioA, between 0 and 1."""
    for path, node, _slot in slots(model):
        if not (isinstance(node, Builtin) and node.implementation == "random_ab_test"):
            continue
        if len(node.children) != 2:
            why = "only the first two are ever chosen, and without a second one the executor ends"
            yield found(f"{path}.children", str(len(node.children)), why, "give it two children")
        values = {parameter.name: parameter.value for parameter in node.parameters}
        if values and set(values) != {"ratioA"}:
            why = "beside other parameters ratioA is ignored, and half of the requests go each way"
            yield found(f"{path}.parameters", ", ".join(values), why, "keep ratioA alone")
        elif values and not _is_share(values["ratioA"]):
            yield found(f"{path}.parameters", values["ratioA"], "not a share", "give ratioA between 0 and 1")


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


@trap("03", "operator/apis/machinelearning.seldon.io/v1/defaults.go")
def typed_unknowns(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A node that says UNKNOWN_IMPLEMENTATION says its type, too."""
    for path, _node, slot in slots(model):
        if slot.implementation == words.UNKNOWN and slot.type == "" and not slot.methods:
            why = "its type is not filled in then: requests pass it by"
            yield found(f"{path}.seldon1.type", "", why, "leave type and implementation to the role")


@trap("04", EXECUTOR)
def combined_children(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A node with several children routes to them or combines them."""
    for path, node, slot in slots(model):
        choosing = node.role in (Role.ROUTER, Role.COMBINER) or {"ROUTE", "AGGREGATE"} & set(slot.methods)
        if len(node.children) > 1 and not isinstance(node, Builtin) and not choosing:
            why = "all children are called, and only the first one's answer is returned"
            yield found(f"{path}.children", str(len(node.children)), why, "make it a router or a combiner")


@trap("06a", CONTROLLER)
def one_disruption_budget(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A disruption budget stands alone: it takes in all pods of all predictors."""
    given = [
        f"{path}.disruption_budget" for path, component in _components(model) if component.disruption_budget is not None
    ]
    for path in given[1:]:
        yield found(path, "", "pods in two budgets cannot be evicted at all", "keep one budget")
    context = BuildContext(namespace="", engine=ENGINE, nodes={})
    parts = sum(len(layout(model, predictor, context)) or 1 for predictor in model.predictors)
    if len(given) == 1 and parts > 1:
        yield found(given[0], "", f"it counts the pods of all {parts} components as one", "count with all of them")


@trap("06b", CONTROLLER)
def one_autoscaler(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A component has one autoscaler."""
    for path, component in _components(model):
        if component.hpa and component.keda:
            yield found(f"{path}.hpa", "", "beside keda it is ignored", "keep one of the two")


@trap("06c", CONTROLLER)
def keda_installed(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """KEDA scales only where it is installed, and the operator is told so."""
    if facts.keda:
        return
    given = [f"{path}.keda" for path, component in _components(model) if component.keda]
    if given or _needs_keda(model):
        why = "without KEDA nothing scales it, and its number of replicas is not set either"
        fix = "say engines.keda in the stack file where it is installed, or scale on cpu or memory"
        yield found(given[0] if given else "scaling.metrics", "", why, fix)


@trap("06d", CONTROLLER)
def one_list_of_metrics(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An autoscaler has one list of metrics."""
    for path, component in _components(model):
        if component.hpa and component.hpa.metrics and component.hpa.metricsv2:
            yield found(f"{path}.hpa.metricsv2", "", "beside metrics it is ignored", "keep metricsv2 alone")


@trap("06e", CONTROLLER)
def replicas_or_autoscaler(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The number of replicas is either given or autoscaled."""
    for path, component in _components(model):
        if component.replicas is not None and (component.hpa or component.keda):
            why = "beside an autoscaler it is ignored"
            yield found(f"{path}.replicas", str(component.replicas), why, "leave it out")
    for at, predictor in enumerate(model.predictors):
        components = (predictor.seldon1 or Seldon1Predictor()).components
        fixed = predictor.scaling is not None and not predictor.scaling.autoscaled
        if fixed and components and all(component.hpa or component.keda for component in components):
            why = "all its components are autoscaled: it is ignored"
            yield found(f"predictors[{at}].scaling", "", why, "leave it out")


@trap("07a", EXPLAINERS)
def typed_explainer(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An explainer has a type."""
    for path, explainer, slot in _explainers(model):
        if explainer.method is Method.CUSTOM and not slot.type:
            yield found(f"{path}.seldon1.type", "", "without a type no explainer is made", "give its type")


@trap("07b", "components/alibi-explain-server/alibiexplainer/utils.py")
def implemented_explainer(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The type of an explainer is one that its server has."""
    for path, explainer, slot in _explainers(model):
        if explainer.image or "image" in explainer.container:
            continue
        if slot.type and explainer.method is Method.CUSTOM:
            yield found(f"{path}.seldon1.type", slot.type, "no server has this type", "name an image that has it")
        elif explainer.method in _NOT_IN_ALIBIEXPLAINER and model.protocol is not Protocol.V2:
            yield found(f"{path}.method", explainer.method, "only the server of v2 has it", "use protocol v2")


@trap("07c", "operator/controllers/mlserver.go")
def read_with_v2(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """With protocol v2 an explainer has neither config nor variables: they are overwritten."""
    for path, explainer, slot in _explainers(model):
        if model.protocol is not Protocol.V2:
            continue
        if slot.config:
            yield found(f"{path}.seldon1.config", "", "with v2 it is not read", "give parameters")
        if explainer.env or "env" in explainer.container:
            yield found(f"{path}.env", "", "with v2 the operator overwrites them", "put them into the image")


@trap("07d", EXPLAINERS)
def read_without_v2(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Without protocol v2 an explainer has neither initial parameters nor arguments of its own."""
    for path, explainer, slot in _explainers(model):
        if model.protocol is Protocol.V2:
            continue
        if slot.init_parameters:
            yield found(f"{path}.seldon1.init_parameters", "", "only the server of v2 reads it", "give parameters")
        if "args" in explainer.container:
            yield found(f"{path}.container.args", "", "the operator overwrites them", "give parameters")


@trap("09", "operator/controllers/seldondeployment_controller.go (createContainerService)")
def named_like_services(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A node's name is that of a container and a part of a Service's: a DNS label, and one of its kind."""
    for at, predictor in enumerate(model.predictors):
        seen: set[str] = set()
        for path, node in walk(predictor.graph, f"predictors[{at}].graph"):
            name = model.node_name(node)
            if not _LABEL.fullmatch(name):
                why = "no Service can have it in its name: only small letters, digits and hyphens"
                yield found(f"{path}.name", name, why, "change it")
            elif name in seen:
                yield found(f"{path}.name", name, "another node of the predictor has it already", "change it")
            seen.add(name)


@trap("10b", EXECUTOR)
def tensorflow_chain(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """With protocol tensorflow nothing routes or combines."""
    for path, node, _slot in slots(model):
        if model.protocol is Protocol.TENSORFLOW and node.role in (Role.ROUTER, Role.COMBINER):
            yield found(f"{path}.role", node.role, "the executor cannot do it with tensorflow", "use seldon or v2")


@trap("11", "helm-charts/seldon-core-operator/values.yaml")
def server_speaks(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A known server has an image for the protocol."""
    protocol = model.protocol or Protocol.SELDON
    for path, node, _slot in slots(model):
        if not isinstance(node, ModelServer) or node.image or "image" in node.container:
            continue
        server = words.implementation(node)
        spoken = [*words.SERVER_PROTOCOLS.get(server, ()), *facts.seldon1_servers.get(server, ())]
        if spoken and protocol not in spoken:
            why = f"the operator has no image of {server} ({path}) for it"
            yield found("protocol", protocol, why, f"use protocol {' or '.join(spoken)}, or name an image")


@trap("12", "operator/apis/machinelearning.seldon.io/v1/defaults.go (addDefaultsToGraph)")
def servers_are_models(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A known server is a model, whatever its role says."""
    for path, node, slot in slots(model):
        if isinstance(node, ModelServer) and (node.role is not Role.MODEL or slot.type == "UNKNOWN_TYPE"):
            yield found(f"{path}.role", node.role, "the operator makes a MODEL of it", "use a container of your own")


def _components(model: ModelDeployment) -> Iterator[tuple[str, Seldon1Component]]:
    for at, predictor in enumerate(model.predictors):
        for place, component in enumerate((predictor.seldon1 or Seldon1Predictor()).components):
            yield f"predictors[{at}].seldon1.components[{place}]", component


def _explainers(model: ModelDeployment) -> Iterator[tuple[str, Explainer, Seldon1Explainer]]:
    for at, predictor in enumerate(model.predictors):
        if predictor.explainer:
            slot = predictor.explainer.seldon1 or Seldon1Explainer()
            yield f"predictors[{at}].explainer", predictor.explainer, slot


def _needs_keda(model: ModelDeployment) -> bool:
    scalings = [model.scaling_of(predictor) for predictor in model.predictors]
    return any(s.autoscaled and any(m.kind not in ("cpu", "memory") for m in s.metrics) for s in scalings)

"""What Seldon Core 2 accepts and then ignores, or does otherwise than it reads."""

from collections.abc import Iterator

from pydantic.alias_generators import to_snake

from components.serving import fields
from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2 import words
from components.serving.rules.base import Finding
from components.serving.rules.seldon2_view import FILTERS, MODELS, SOURCE, fitting, scaled, seldon2, servers, views
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Kind, Model, Pipeline, Server

Declared = ModelDeployment | Model
_AUTOSCALING = f"{SOURCE}docs-gb/scaling/, scheduler/pkg/util/model.go (AutoscalingEnabled)"
# These methods only ask the model for answers, so that they must know which.
_BLACK_BOX = ("anchor_tabular", "anchor_text", "anchor_image", "kernel_shap", "ALE")


@seldon2("S2-T01", FILTERS, Declared, trap=True)
def requires_something(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """A Model without requirements is loaded by any Server, whatever that can read."""
    for view in views(declaration, Model):
        model = view.made
        if not (model.needs or model.server or model.explainer):
            why = "without any, the scheduler takes any Server, and loading fails there"
            yield view.found("requirements", "", why, "require the format and its server, or name a Server")


@seldon2("S2-T02", FILTERS, Declared, trap=True)
def requires_one_kind_of_server(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """What a Model requires, such as python, does not fit both MLServer and Triton."""
    known = servers(facts)
    for view in views(declaration, Model):
        model = view.made
        if not model.needs or model.server:
            continue
        kinds = {kind for name in fitting(model, facts) for kind in words.SERVERS if kind in known[name]}
        if len(kinds) > 1:
            why = f"it may land on {' or '.join(sorted(kinds))}, whose models are not the same"
            yield view.found("requirements", ", ".join(model.needs), why, f"add {' or '.join(sorted(kinds))} to them")


@seldon2("S2-T03", MODELS, Declared, trap=True)
def preloaded_is_unused(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """Neither operator nor scheduler reads preloaded."""
    for view in views(declaration, Model):
        if view.made.preloaded:
            yield view.found("preloaded", "true", "nothing reads it", "leave it out")


@seldon2("S2-T04", MODELS, Declared, trap=True)
def dedicated_is_unused(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """Neither operator nor scheduler reads dedicated."""
    for view in views(declaration, Model):
        if view.made.dedicated:
            why = "nothing reads it: the Model shares its Server"
            yield view.found("dedicated", "true", why, "leave it out; name a Server that no other Model fits")


@seldon2("S2-T05", MODELS, Declared, trap=True)
def all_payloads_are_logged(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """A logger logs all payloads, whatever its percent."""
    for view in views(declaration, Model):
        if view.made.logger and view.made.logger.percent not in (None, 100):
            why = "the operator hands on only that there is a logger: all payloads are logged"
            yield view.found("logger.percent", view.made.logger.percent, why, "leave the percentage out")


@seldon2("S2-T06", f"{SOURCE}operator/apis/mlops/v1alpha1/pipeline_types.go", ModelDeployment | Pipeline, trap=True)
def batches_do_not_roll(declaration: ModelDeployment | Pipeline, _: EngineFacts) -> Iterator[Finding]:
    """The operator does not hand batch.rolling on."""
    for view in views(declaration, Pipeline):
        for at, step in enumerate(view.made.steps):
            if step.batch and step.batch.rolling:
                why = "it is dropped: batches follow one another without overlap"
                yield view.found(f"steps[{at}].batch.rolling", "true", why, "leave it out")


@seldon2("S2-T07", _AUTOSCALING, Declared, trap=True)
def replicas_alone_stay(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """Replicas without a lowest and a highest number are never scaled."""
    if isinstance(declaration, Model):
        if declaration.replicas is not None and not _limits(declaration):
            why = "without min_replicas or max_replicas the number stays"
            yield Finding(path="replicas", value=str(declaration.replicas), why=why, fix="give the limits instead")
        return
    for path, predictor, node in declaration.nodes():
        slot = node.seldon2
        if slot and slot.replicas is not None and not _limits(slot) and declaration.scaling_of(predictor).autoscaled:
            why = "the declaration is scaled, but this node's number stays"
            fix = "give the node's limits instead, or leave it out"
            yield Finding(path=f"{path}.seldon2.replicas", value=str(slot.replicas), why=why, fix=fix)


def _limits(options: object) -> bool:
    return any(getattr(options, name) for name in ("min_replicas", "max_replicas"))


@seldon2("S2-T08", f"{SOURCE}operator/internal/utils.go", ModelDeployment | Model | Server, trap=True)
def somebody_serves(declaration: ModelDeployment | Model | Server, _: EngineFacts) -> Iterator[Finding]:
    """Zero replicas are accepted, and nobody answers."""
    for view in scaled(declaration):
        if view.made.replicas == 0:
            yield view.found("replicas", 0, "nobody answers, and nothing wakes it up", "give at least 1")


@seldon2("S2-T09", _AUTOSCALING, Declared, trap=True)
def never_scaled_to_zero(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """The autoscaler of Models never goes below one replica."""
    for view in views(declaration, Model):
        if view.made.min_replicas == 0 and view.made.max_replicas:
            why = "one replica always stays"
            yield view.found("min_replicas", 0, why, "give 1; kserve, and seldon1 and plain with KEDA, go to zero")


@seldon2("S2-T10", f"{SOURCE}k8s/helm-charts/seldon-core-v2-setup/values.yaml", Declared, trap=True)
def autoscaling_is_on(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """Models are scaled only where Seldon Core 2 is installed so; its chart leaves that off."""
    if facts.seldon2_autoscaling:
        return
    for view in views(declaration, Model):
        if _limits(view.made):
            why = "this installation does not scale Models: the number stays"
            fix = "set engines.seldon2.autoscaling, or give a fixed number"
            yield view.found("max_replicas", view.made.max_replicas, why, fix)


@seldon2("S2-T11", MODELS, Model, trap=True)
def one_reference(model: Model, _: EngineFacts) -> Iterator[Finding]:
    """An explainer, as a Model of the LLM runtime, refers to a Model or to a Pipeline, not to both."""
    for name, reference in (("explainer", model.explainer), ("llm", model.llm)):
        if reference is None:
            continue
        given = [ref for ref in (reference.model_ref, reference.pipeline_ref) if ref is not None]
        if len(given) > 1:
            yield Finding(path=name, value=" and ".join(given), why="only one of them is asked", fix="remove one")
        elif not given and (name == "llm" or getattr(reference, "type", None) in _BLACK_BOX):
            why = "it has nothing to ask"
            yield Finding(path=name, value="", why=why, fix="give model_ref or pipeline_ref")


@seldon2("S2-T12", f"{SOURCE}docs-gb/scaling/", Server, trap=True)
def servers_have_both_limits(server: Server, _: EngineFacts) -> Iterator[Finding]:
    """A Server is scaled only between a lowest and a highest number."""
    if bool(server.min_replicas) != bool(server.max_replicas):
        missing = "max_replicas" if server.min_replicas else "min_replicas"
        yield Finding(path=missing, value="", why="with one limit alone it is not scaled", fix="give both, or none")


@seldon2("S2-T13", f"{SOURCE}operator/controllers/reconcilers/server/ (updateCapabilities)", Server, trap=True)
def one_list_of_capabilities(server: Server, _: EngineFacts) -> Iterator[Finding]:
    """Beside capabilities, extra_capabilities are ignored."""
    if server.capabilities and server.extra_capabilities:
        value = ", ".join(server.extra_capabilities)
        yield Finding(path="extra_capabilities", value=value, why="capabilities stand alone", fix="add these to them")


@seldon2("S2-T14", f"{SOURCE}operator/config/crd/bases/, at each release", ModelDeployment | Kind, trap=True)
def fields_are_known_there(declaration: ModelDeployment | Kind, facts: EngineFacts) -> Iterator[Finding]:
    """What came after the installed release is dropped by the API server."""
    if facts.seldon2_version is None:
        return
    for view in views(declaration, Kind):
        known = fields.fields(f"seldon2.{type(view.made).__name__}Spec")
        for key in view.made.written():
            since = known[key].since
            if since and _number(facts.seldon2_version) < _number(since):
                why = f"{facts.seldon2_version} is installed, which does not know it: the API server drops it"
                yield view.found(to_snake(key), "", why, f"leave it out, or install {since} or later")


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))

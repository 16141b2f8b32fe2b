"""All objects of a declaration on KServe."""

from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.kserve import kinds, marks
from components.serving.engines.kserve.around import before
from components.serving.engines.kserve.plan import Plan, plan
from components.serving.engines.kserve.service import service
from components.serving.spec import ModelDeployment
from components.serving.spec.kserve_kinds import InferenceGraph, ServingRuntime
from components.serving.spec.kserve_parts import Router


def build(model: ModelDeployment | InferenceGraph | ServingRuntime, context: BuildContext) -> Objects:
    """The objects by role: service-account, network, budgets, inference-service, inference-graph.

    Where a graph needs several services, each has the role `inference-service-<name>`.

    Args:
        model: the declaration, with the stack's scale; or one of KServe's own kinds.
        context: what the stack adds.
    """
    if isinstance(model, InferenceGraph):
        return {"inference-graph": kinds.graph(model, context)}
    if isinstance(model, ServingRuntime):
        return {"serving-runtime": kinds.runtime(model, context)}
    layout = plan(model, marks.mode(model, context.facts.kserve_mode))
    made = before(model, context, layout) if model.safe_defaults else {}
    for unit in layout.units:
        role = "inference-service" if len(layout.units) == 1 else f"inference-service-{unit.name}"
        made[role] = service(model, context, unit)
    if layout.routers:
        made["inference-graph"] = _graph(model, context, layout)
    return made


def _graph(model: ModelDeployment, context: BuildContext, layout: Plan) -> Manifest:
    router = model.kserve.router if model.kserve else None
    own = InferenceGraph(name=model.name, nodes=layout.routers, router=router or Router())
    made = kinds.graph(own, context)
    annotations = marks.annotations(model, context, None)
    made["metadata"] = marks.metadata(model.name, context.namespace, marks.labels_of(model, context), annotations)
    return made

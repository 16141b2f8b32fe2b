"""Where a model is reached inside the cluster and how its pods are told from others, by engine.

Sources: Seldon Core 1, operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go (names) and
operator/constants/constants.go (ports); KServe, pkg/constants/constants.go (`<name>-predictor`, pod label).
"""

from dataclasses import dataclass, field

from components import labels
from components.serving.engines.context import BuildContext
from components.serving.engines.plain.route import GRPC_PORT
from components.serving.engines.plain.workload import predictor_name, serves_grpc
from components.serving.engines.seldon1 import names
from components.serving.spec import ModelDeployment

# Labels that the engines put on a model's pods, with the model's name as their value.
POD_LABELS = {
    "plain": labels.MODEL,
    "seldon1": "seldon-deployment-id",
    "kserve": "serving.kserve.io/inferenceservice",
}
_SELDON1_HTTP, _SELDON1_GRPC = 8000, 5001


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """How the first predictor is reached.

    Attributes:
        rest: base URL; None where the engine alone knows.
        grpc: `host:port`; None where it is not offered.
        pods: labels of its pods; empty where models share them.
    """

    rest: str | None = None
    grpc: str | None = None
    pods: dict[str, str] = field(default_factory=dict)


def endpoints(model: ModelDeployment, context: BuildContext) -> Endpoints:
    """The endpoints of a model as other pods of the cluster see them."""
    first = model.predictors[0]
    mark = POD_LABELS.get(context.engine)
    pods = {mark: model.name} if mark else {}

    def host(service: str) -> str:
        return f"{service}.{context.namespace}.svc.cluster.local"

    match context.engine:
        case "plain":
            where = host(predictor_name(model, first))
            grpc = f"{where}:{GRPC_PORT}" if serves_grpc(model, first.graph) else None
            return Endpoints(rest=f"http://{where}", grpc=grpc, pods=pods)
        case "seldon1":
            where = host(names.service(model, first))
            return Endpoints(rest=f"http://{where}:{_SELDON1_HTTP}", grpc=f"{where}:{_SELDON1_GRPC}", pods=pods)
        case "kserve":
            return Endpoints(rest=f"http://{host(f'{model.name}-predictor')}", pods=pods)
        case _:
            return Endpoints(pods=pods)

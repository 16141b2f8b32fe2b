"""What KServe's rules look at: components of a declaration, their containers and variables, each with its path."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve import marks, scaling
from components.serving.engines.kserve.service import split
from components.serving.rules.base import Check, rule
from components.serving.spec import Explainer, ModelDeployment, ModelServer, Node, Predictor, Uri
from components.serving.spec.kserve import KServeExplainer, KServeNode, KServePredictor
from components.serving.spec.kserve_parts import Component, Extension

UPSTREAM = "kserve v0.20.0: "
SERVICE = f"{UPSTREAM}pkg/apis/serving/v1beta1/inference_service_validation.go"
NO_PREDICTOR, NO_NODE, NO_EXPLAINER = KServePredictor(), KServeNode(), KServeExplainer()


def kserve(
    id_: str, source: str = SERVICE, *, trap: bool = False, about: type = ModelDeployment
) -> Callable[[Check], Check]:
    """Enters a rule of KServe."""
    return rule(id_, source=source, engine="kserve", trap=trap, about=about)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One component: a predictor, a canary, a transformer or an explainer.

    Attributes:
        path: of the node or the explainer.
        at: where its scaling stands, for messages.
        extension: what it has beyond its pod, by KServe's names.
    """

    kind: str
    path: str
    at: str
    node: Node | Explainer
    extension: Mapping[str, Any]
    predictor: Predictor

    @property
    def custom(self) -> bool:
        """Whether its container is the user's own."""
        return not isinstance(self.node, ModelServer) and not (
            isinstance(self.node, Explainer) and self.node.image is None
        )


def mode(model: ModelDeployment, facts: EngineFacts) -> str:
    """`Standard`, `Knative` or `ModelMesh`."""
    return marks.mode(model, facts.kserve_mode)


def autoscaler(model: ModelDeployment, facts: EngineFacts) -> str | None:
    """Class of the autoscaler in Standard mode, an HPA where nobody says it; None in the others."""
    return (marks.class_of(model) or "hpa") if mode(model, facts) == "Standard" else None


def parts(model: ModelDeployment, facts: EngineFacts) -> Iterator[Part]:
    """The components, as they are built."""
    for at, predictor in enumerate(model.predictors):
        path = f"predictors[{at}]"
        for where, node in predictor.nodes(path):
            if node.kind == "builtin":
                continue
            if node is predictor.graph and (pair := split(node)) is not None and pair[0] is node:
                component = (node.kserve or NO_NODE).component
                yield Part(
                    kind="transformer", path=where, at=f"{where}.kserve.component", node=node,
                    extension=_of(component), predictor=predictor,
                )  # fmt: skip
                continue
            canary = at > 0 and mode(model, facts) == "Standard"
            yield Part(
                kind="canary" if canary else "predictor", path=where, at=path, node=node,
                extension=_extension(model, predictor, facts, canary=canary), predictor=predictor,
            )  # fmt: skip
        if (explainer := predictor.explainer) is not None:
            component = (explainer.kserve or NO_EXPLAINER).component
            number = {} if explainer.replicas is None else {"minReplicas": explainer.replicas}
            yield Part(
                kind="explainer", path=f"{path}.explainer", at=f"{path}.explainer.kserve.component", node=explainer,
                extension=number | _of(component), predictor=predictor,
            )  # fmt: skip


def _of(extension: Extension | Component | None) -> dict[str, Any]:
    if extension is None:
        return {}
    return extension.model_dump(mode="json", by_alias=True, exclude_none=True)


def _extension(model: ModelDeployment, predictor: Predictor, facts: EngineFacts, *, canary: bool) -> dict[str, Any]:
    scale = predictor.scaling if canary else model.scaling_of(predictor)
    made: dict[str, Any] = dict(scaling.replicas(model, predictor, canary=canary))
    if scale is not None:
        made |= scaling.metrics(scale, autoscaler(model, facts), facts)
    return made | _of(predictor.kserve)


def containers(model: ModelDeployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every container that is declared, as Kubernetes has it as far as it is said, with its path."""
    for at, predictor in enumerate(model.predictors):
        for path, node in predictor.nodes(f"predictors[{at}]"):
            yield path, own(node)
            yield from of_pod(node.pod, f"{path}.pod")
        if predictor.explainer is not None:
            yield f"predictors[{at}].explainer", own(predictor.explainer)
            yield from of_pod(predictor.explainer.pod, f"predictors[{at}].explainer.pod")
        worker = (predictor.kserve or NO_PREDICTOR).worker
        if worker is not None:
            yield from of_pod(worker.pod, f"predictors[{at}].kserve.worker.pod")


def own(node: Node | Explainer) -> Mapping[str, Any]:
    """The container of a node, as far as variables go."""
    listed = [{"name": name, "value": value} for name, value in node.env.items()]
    listed += [{"name": name} for name in getattr(node, "secrets", {})]
    return {"env": listed} | dict(node.container)


def of_pod(pod: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The containers of a PodSpec, those of its first steps too."""
    for key in ("containers", "initContainers"):
        for at, container in enumerate(pod.get(key, ())):
            yield f"{path}.{key}[{at}]", container


def variable(container: Mapping[str, Any], name: str) -> str | None:
    """The value of a variable; empty where it has none as text; None where there is no such variable."""
    for one in container.get("env") or ():
        if one.get("name") == name:
            value = one.get("value")
            return value if isinstance(value, str) else ""
    return None


def storage_uri(node: Node | Explainer) -> str | None:
    """Where the files of a component come from, as a URI or by the name of an artifact; None where nobody says it."""
    artifact = getattr(node, "artifact", None)
    if artifact is not None:
        return artifact.uri if isinstance(artifact, Uri) else type(artifact).__name__
    if isinstance(node, ModelServer):
        return None
    return variable(own(node), "STORAGE_URI")


def resources_of(container: Mapping[str, Any], node: Node | Explainer | None = None) -> set[str]:
    """The names of everything that a container asks for."""
    found: set[str] = set()
    declared = container.get("resources") or {}
    for side in ("requests", "limits"):
        found |= (declared.get(side) or {}).keys()
        if node is not None:
            found |= getattr(node.resources, side).keys()
    return found

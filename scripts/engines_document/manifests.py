"""A manifest for each field of a kind, with that field in it and little else."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.serving import fields
from components.serving.engines.kserve.marks import DEPLOYMENT_MODE
from components.serving.fields.tables import Type, paths
from components.serving.importing.base import SERVER_SET

Manifest = dict[str, Any]
_SERVER = {"name": "m", "type": "MODEL", "implementation": "SKLEARN_SERVER", "modelUri": "gs://m"}
_CONTAINER = {"name": "kserve-container", "image": "a:1"}
# What a manifest of each kind has at least, beside what its table requires.
_BASE: Mapping[str, Manifest] = {
    "SeldonDeployment": {"predictors": [{"name": "p", "graph": _SERVER}]},
    "Model": {"storageUri": "gs://m"},
    "Pipeline": {"steps": [{"name": "a"}]},
    "Experiment": {"candidates": [{"name": "a", "weight": 1}]},
    "Server": {"serverConfig": "mlserver"},
    "InferenceService": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://m"}}},
    "InferenceGraph": {"nodes": {"root": {"routerType": "Sequence", "steps": [{"serviceName": "a"}]}}},
    "ServingRuntime": {"containers": [_CONTAINER]},
    "ClusterServingRuntime": {"containers": [_CONTAINER]},
    "Deployment": {
        "selector": {"matchLabels": {"app": "m"}},
        "template": {"metadata": {"labels": {"app": "m"}}, "spec": {"containers": [{"name": "model", "image": "a:1"}]}},
    },
    "Service": {"selector": {"app": "m"}, "ports": [{"port": 80}]},
    "HorizontalPodAutoscaler": {
        "minReplicas": 1,
        "maxReplicas": 4,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "m"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}],
    },
    "HTTPRoute": {"rules": [{"backendRefs": [{"name": "m", "port": 80}]}]},
}
_BLOCKS = (
    "model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm",
    "paddle",
)  # fmt: skip
_SCALARS: Mapping[str, tuple[Any, ...]] = {
    "string": ("a", "1", "gs://a", "a/b:1", "50%", "RollingUpdate"),
    "integer": (1, 50, 1024),
    "number": (1,),
    "boolean": (True, False),
    "quantity": ("1",),
    "int-or-string": (1, "50%"),
    "any": ({"a": "b"}, "a", 1),
}


def fields_of(kind: str) -> Iterator[str]:
    """What a person can say of a kind, each of Kubernetes' own types in another's kind as one field.

    Args:
        kind: `<apiVersion> <kind>`.
    """
    # What lies in no namespace has no such field.
    left_out = {*SERVER_SET, *(("namespace",) if " Cluster" in kind else ())}
    yield from (f"metadata.{key}" for key in fields.fields("ObjectMeta") if key not in left_out)
    yield from (path for path, _ in paths(_record(kind), pods=False) if path.startswith("spec."))


def _record(kind: str) -> str:
    return fields.record_of(*kind.split(" ")) or ""


def manifests(kind: str, path: str) -> Iterator[Manifest]:
    """Manifests with a field, with one value after the other.

    Args:
        kind: as in `fields_of`.
        path: from there.
    """
    api_version, name = kind.split(" ")
    way = path.replace("{}", ".{}").split(".")
    for value in _values(_leaf(_record(kind), way)):
        whole = _bare(api_version, name)
        if ".canary[]" in path:
            whole["metadata"]["annotations"] = {DEPLOYMENT_MODE: "Standard"}  # elsewhere a canary is a service
        _put(whole, _record(kind), way, value)
        _complete(whole["spec"], name, path)
        yield whole


def around(manifest: Manifest) -> list[Manifest]:
    """An object of Kubernetes' own kinds with those that it is read with, the Deployment first."""
    made = [_bare("apps/v1", "Deployment"), _bare("v1", "Service")]
    for one in made:
        one["metadata"] |= {key: manifest["metadata"][key] for key in ("namespace",) if key in manifest["metadata"]}
    beside = [one for one in made if one["kind"] != manifest["kind"]]
    return [manifest, *beside] if manifest["kind"] == "Deployment" else [*beside, manifest]


def _bare(api_version: str, kind: str) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "m"}, "spec": _copied(_BASE[kind])}


def _complete(spec: Manifest, kind: str, path: str) -> None:
    """What an engine's rules demand beside the field: one implementation a component, a logger's mode."""
    if kind == "SeldonDeployment" and "logger" in spec["predictors"][0]["graph"]:
        spec["predictors"][0]["graph"]["logger"].setdefault("mode", "all")
    if kind == "SeldonDeployment" and path.endswith("hostAliases[].hostnames[]"):
        spec["predictors"][0]["componentSpecs"][0]["spec"]["hostAliases"][0]["ip"] = "10.0.0.1"
    if kind != "InferenceService":
        return
    predictors = [spec["predictor"], *(one["predictor"] for one in spec.get("canary", ()))]
    for predictor in predictors:
        blocks = [block for block in _BLOCKS if block in predictor]
        for block in blocks if "containers" in predictor else blocks[:-1]:
            del predictor[block if block == "model" or "containers" in predictor else "model"]
        if not blocks and "containers" not in predictor:
            predictor["model"] = _copied(_BASE[kind]["predictor"]["model"])
        _named(predictor)
    for at, canary in enumerate(spec.get("canary", ())):
        canary["predictor"].setdefault("name", f"c{at}")
    for component in (spec[key] for key in ("transformer", "explainer") if key in spec):
        if "art" in component:
            component["art"].setdefault("type", "SquareAttack")
        else:
            component.setdefault("containers", [dict(_CONTAINER)])
        _named(component)


def _named(component: Manifest) -> None:
    """The container that KServe looks for."""
    for container in component.get("containers", ())[:1]:
        if container.get("name", "a") in ("a", ""):
            container["name"] = _CONTAINER["name"]


def _leaf(record: str, way: list[str]) -> Type:
    kind = _inner(fields.fields(record)[way[0].replace("[]", "")].type, way[0])
    if len(way) == 1:
        return kind
    if way[1].startswith("{}"):
        kind = _inner(kind.of or kind, way[1])
        return kind if len(way) == 2 else _leaf(kind.name, way[2:])
    return _leaf(kind.name, way[1:])


def _inner(kind: Type, step: str) -> Type:
    for _ in range(step.count("[]")):
        kind = kind.of or kind
    return kind


def _values(kind: Type) -> tuple[Any, ...]:
    if kind.enum:
        return tuple(int(value) for value in kind.enum) if kind.name == "integer" else kind.enum
    match kind.shape:
        case "scalar":
            return _SCALARS[kind.name]
        case "list" if kind.of:
            return tuple([value] for value in _values(kind.of))
        case "map" if kind.of:
            return tuple({"a": value} for value in _values(kind.of))
    return (_filled(kind.name),)


def _filled(record: str) -> Manifest:
    """A record with what it requires; with an image where it is a container, a limit where it is about resources."""
    known = fields.fields(record)
    made = {key: _values(field.type)[0] for key, field in known.items() if field.required}
    made |= {"image": "a:1"} if "imagePullPolicy" in known else {}
    return made | ({"limits": {"cpu": "1"}} if known.keys() >= {"limits", "requests"} else {})


def _put(at: Manifest, record: str, way: list[str], value: Any) -> None:
    """Goes down one step, and fills in what is required on the way."""
    key, many = way[0].replace("[]", ""), way[0].count("[]")
    kind = _inner(fields.fields(record)[key].type, way[0])
    if len(way) > 1 and way[1].startswith("{}") and kind.of:
        inner, listed = _inner(kind.of, way[1]), way[1].count("[]")
        held = at.setdefault(key, {})
        name = next(iter(held), "a")
        held[name] = _down(held.get(name), inner, way[2:], value, listed)
        return
    at[key] = _down(at.get(key), kind, way[1:], value, many)


def _down(known: Any, kind: Type, way: list[str], value: Any, many: int) -> Any:
    if not way:
        made = value
    else:
        made = known[0] if many and known else known if isinstance(known, dict) else {}
        for name, content in _filled(kind.name).items():
            made.setdefault(name, content)
        _put(made, kind.name, way, value)
    for _ in range(many):
        made = [made]
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value

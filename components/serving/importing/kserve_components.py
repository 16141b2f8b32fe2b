"""The components of an InferenceService, read into predictors, nodes and explainers."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from components.serving.engines.kserve import marks
from components.serving.engines.kserve.pods import CONTAINER
from components.serving.importing import kserve_parts as parts
from components.serving.importing.reading import Reading
from components.serving.spec import Container, Explainer, Format, Method, ModelServer, Node, Role, Scaling, Uri
from components.serving.spec.deployment import ModelName
from components.serving.spec.kserve import KServeExplainer, KServeNode, KServePredictor, Worker
from components.serving.spec.kserve_parts import Component, Confidential, Extension, Logger, Storage, StorageUri

FRAMEWORKS = (
    "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm", "paddle",
)  # fmt: skip
# Where the webhook also says the protocol.
# Source: KServe v0.20.0, pkg/apis/serving/v1beta1/inference_service_defaults.go
_V2_BLOCKS = ("triton", "onnx", "huggingface")
_REWRITTEN = "the webhook rewrites predictor.{block} into predictor.model with modelFormat {block}"
_NAME = TypeAdapter(ModelName)


def predictor(reading: Reading, autoscaler: str | None, *, rewritten: bool) -> tuple[dict[str, Any], Node | None]:
    """The stable predictor, or a canary: fields of a Predictor, and its node.

    Args:
        reading: of the predictor.
        autoscaler: class of the autoscaler in Standard mode.
        rewritten: the webhook turns its framework block into `model`.
    """
    made, slot = _name(reading)
    slot["storage_container_name"] = parts.scalar(reading, "storageContainerName", str)
    if reading.has("workerSpec"):
        slot["worker"] = _worker(reading.child("workerSpec"))
    extension = parts.extension(reading)
    if (scale := _scaling(reading, extension, autoscaler)) is not None:
        made["scaling"] = scale
    read = parts.slot_of(Extension, extension, reading.path, reading)
    for field in Extension.model_fields:
        slot[field] = getattr(read, field, None)
    made["labels"], made["annotations"] = parts.texts(reading, "labels"), parts.texts(reading, "annotations")
    node = _node(reading, rewritten=rewritten)
    said = {key: value for key, value in slot.items() if value is not None}
    return made | ({"kserve": KServePredictor(**said)} if said else {}), node


def _name(reading: Reading) -> tuple[dict[str, Any], dict[str, Any]]:
    name = parts.scalar(reading, "name", str)
    if name is None:
        return {}, {}
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return {}, {"name": name}
    return {"name": name}, ({"name": name} if name == "default" else {})


def _scaling(reading: Reading, extension: dict[str, Any], autoscaler: str | None) -> Scaling | None:
    said = reading.has("minReplicas")
    minimum, maximum = parts.scalar(reading, "minReplicas", int), parts.scalar(reading, "maxReplicas", int)
    if minimum is None and maximum is None:
        return None
    if not said:
        reading.differ("minReplicas", "1 replica: KServe's default")
    found, behavior = parts.metrics(extension, autoscaler)
    return Scaling(
        min_replicas=1 if minimum is None else minimum, max_replicas=maximum, metrics=found, behavior=behavior
    )


def _worker(reading: Reading) -> Worker:
    sizes = {
        "pipeline_parallel_size": parts.scalar(reading, "pipelineParallelSize", int),
        "tensor_parallel_size": parts.scalar(reading, "tensorParallelSize", int),
    }
    return Worker(**sizes, pod=parts.part("PodSpec", reading.rest(), reading.path, reading))


def _node(reading: Reading, *, rewritten: bool) -> Node | None:
    """What predicts: the model with its server, or a container; with its pod."""
    uris = parts.slots(StorageUri, reading, "storageUris")
    logging, logger = parts.logger(reading)
    slot: dict[str, Any] = {"storage_uris": uris, "logger": logger}
    blocks = [block for block in ("model", *FRAMEWORKS) if reading.has(block)]
    if len(blocks) > 1:
        reading.reject(blocks[1], "KS-04", f"exactly one implementation: there is {blocks[0]} too")
        return None
    if not blocks:
        node = _custom(reading, slot, {"logging": logging}, Role.MODEL)
        if node is None:
            reading.reject("model", "KS-04", "exactly one implementation: there is none")
        return node
    (block,) = blocks
    made = _model(reading.child(block), block, slot)
    if block != "model" and rewritten:
        reading.differ(block, _REWRITTEN.format(block=block))
        reading.differ("model", _REWRITTEN.format(block=block))
        if block in _V2_BLOCKS and slot.get("protocol_version") is None:
            slot["protocol_version"] = "v2"
    elif block != "model":
        slot["framework_block"] = True
    pod = parts.part("PodSpec", reading.rest(), reading.path, reading)
    return ModelServer(**made, logging=logging, pod=pod, kserve=_slot(slot))


def _slot(found: dict[str, Any]) -> KServeNode | None:
    said = {key: value for key, value in found.items() if value not in (None, False, 0)}
    return KServeNode(**said) if said else None


def _model(reading: Reading, block: str, slot: dict[str, Any]) -> dict[str, Any]:
    name, made = block, {}
    if block == "model":
        form = reading.child("modelFormat")
        name = parts.scalar(form, "name", str) or ""
        made["format_version"] = parts.scalar(form, "version", str)
        form.done()
        slot["runtime"] = parts.scalar(reading, "runtime", str)
    known = marks.FORMATS.get(name, Format.CUSTOM)
    if known is Format.CUSTOM:
        slot["model_format"] = name
    slot["protocol_version"] = parts.scalar(reading, "protocolVersion", str)
    slot["storage"] = parts.slot(Storage, reading, "storage")
    slot["confidential"] = parts.slot(Confidential, reading, "confidential")
    made |= {"format": known, "server_version": parts.scalar(reading, "runtimeVersion", str)}
    made["image"] = parts.image(reading)
    if uri := parts.scalar(reading, "storageUri", str):
        made["artifact"] = Uri(uri=uri)
    return made | parts.container(reading, storage_env=False)


def _custom(reading: Reading, slot: dict[str, Any], made: dict[str, Any], role: Role) -> Container | None:
    """The container of the user's own among those of the pod; None where there is none."""
    listed = reading.take("containers")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        return None
    named = [at for at, one in enumerate(listed) if one.get("name") == CONTAINER]
    at = named[0] if named and role is Role.MODEL else 0
    found = _own(
        Reading(listed[at], f"{reading.at('containers')}[{at}]", reading.notes), listed, model=role is Role.MODEL
    )
    slot["container_at"] = at
    rest = reading.rest()
    if others := [*listed[:at], *listed[at + 1 :]]:
        rest["containers"] = others
    pod = parts.part("PodSpec", rest, reading.path, reading)
    if found["image"] is None:
        return None
    return Container(
        **found, **made, role=role, pod=pod, port=None, ready_path=None, live_path=None, kserve=_slot(slot)
    )


def _own(reading: Reading, listed: list[Any], *, model: bool) -> dict[str, Any]:
    name = parts.scalar(reading, "name", str)
    image = parts.image(reading)
    if image is None:
        reading.reject("image", "Kubernetes", "a container without an image is refused when its pod is made")
    found = parts.container(reading, storage_env=True) | {"image": image}
    if name != CONTAINER and (len(listed) == 1 or not model or not name):
        reading.differ("name", parts.NAMED)
    elif name != CONTAINER:
        found["container"] = {**found.get("container", {}), "name": name}
    return found


def transformer(reading: Reading) -> Container | None:
    """The transformer: a node above the model."""
    logging, logger = parts.logger(reading)
    slot: dict[str, Any] = {"storage_uris": parts.slots(StorageUri, reading, "storageUris"), "logger": logger}
    slot["component"] = _component(reading)
    node = _custom(reading, slot, {"logging": logging, "name": "transformer"}, Role.TRANSFORMER)
    if node is None:
        reading.reject("containers", "KS-04", "exactly one implementation: there is no container")
    return node


def _component(reading: Reading) -> Component | None:
    found = parts.extension(reading)
    for key in ("minReplicas", "maxReplicas", "labels", "annotations"):
        if reading.has(key):
            found[key] = reading.take(key)
    return parts.slot_of(Component, found, reading.path, reading) if found else None


def explainer(reading: Reading) -> Explainer | None:
    """The explainer: the adversarial robustness toolbox's, or a container."""
    logging, logger = parts.logger(reading)
    if logging is not None:
        logger = parts.slot_of(Logger, {"url": logging.url, "mode": logging.mode}, reading.path, reading)
    slot: dict[str, Any] = {"storage_uris": parts.slots(StorageUri, reading, "storageUris"), "logger": logger}
    slot["component"] = _component(reading)
    for gone in ("alibi", "aix", "aif"):
        if reading.take(gone) is not None:
            reading.reject(gone, "KS-04", "KServe has had no such explainer since v0.13: exactly one that it has")
    if reading.has("art"):
        return _art(reading, slot)
    node = _custom(reading, slot, {}, Role.TRANSFORMER)
    if node is None:
        if not reading.notes.problems:
            reading.reject("containers", "KS-04", "exactly one implementation: there is none")
        return None
    own = node.kserve
    said = {key: value for key, value in slot.items() if value not in (None, 0)}
    container = dict(node.container)
    if node.args:
        container["args"] = list(node.args)
    return Explainer(
        method=Method.CUSTOM, image=node.image, artifact=node.artifact, env=node.env, resources=node.resources,
        container=container, pod=node.pod, kserve=KServeExplainer(**said) if own and said else None,
    )  # fmt: skip


def _art(reading: Reading, slot: dict[str, Any]) -> Explainer:
    art = reading.child("art")
    kind = parts.scalar(art, "type", str)
    slot["runtime_version"] = parts.scalar(art, "runtimeVersion", str)
    slot["storage"] = parts.slot(Storage, art, "storage")
    if kind != "SquareAttack":
        slot["art_type"] = kind or ""
    uri, image = parts.scalar(art, "storageUri", str), parts.image(art)
    config = parts.texts(art, "config")
    name = parts.scalar(art, "name", str)
    if name is not None and name != CONTAINER:
        art.differ("name", parts.NAMED)
    found = parts.container(art, storage_env=False)
    container = dict(found.pop("container", {}))
    if "args" in found:
        container["args"] = list(found.pop("args"))
    if name == CONTAINER:
        container["name"] = name
    pod = parts.part("PodSpec", reading.rest(), reading.path, reading)
    said = {key: value for key, value in slot.items() if value is not None}
    return Explainer(
        **found, method=Method.SQUARE_ATTACK, image=image, artifact=Uri(uri=uri) if uri else None, parameters=config,
        container=container, pod=pod, kserve=KServeExplainer(**said) if said else None,
    )  # fmt: skip

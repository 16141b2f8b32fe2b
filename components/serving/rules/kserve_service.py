"""What KServe's webhook demands of an InferenceService: names, implementations, variables, storage."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve import marks
from components.serving.engines.kserve.pods import CONTAINER, PROTOCOL, STORAGE_URI
from components.serving.rules.base import Finding
from components.serving.rules.kserve_view import (
    NO_EXPLAINER,
    NO_NODE,
    UPSTREAM,
    Part,
    containers,
    kserve,
    own,
    parts,
    storage_uri,
    variable,
)
from components.serving.spec import Explainer, Method, ModelDeployment, ModelServer
from components.serving.spec.kserve_parts import StorageUri

NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_CLASSES = ("hpa", "keda", "external", "none")
_KBS = re.compile(r"kbs:///[a-zA-Z0-9_.-]+/[a-zA-Z0-9_.-]+/[a-zA-Z0-9_.-]+")
_TRANSFORMER = "transformer-container"


@kserve("KS-01")
def name(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """The name of an InferenceService is of small letters, digits and dashes, and begins with a letter."""
    if not NAME.fullmatch(model.name):
        yield Finding(
            path="name", value=model.name, why="KServe's webhook refuses the name",
            fix="give small letters, digits and dashes, a letter first",
        )  # fmt: skip


@kserve("KS-02")
def autoscaler_class(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """The class of the autoscaler is hpa, keda, external or none."""
    declared = marks.annotations_of(model).get(marks.AUTOSCALER_CLASS)
    if declared is not None and declared not in _CLASSES:
        yield Finding(
            path=f'annotations["{marks.AUTOSCALER_CLASS}"]', value=declared,
            why="KServe's webhook knows no such class", fix=f"give one of {', '.join(_CLASSES)}",
        )  # fmt: skip


@kserve("KS-03", f"{UPSTREAM}pkg/validation/env_policy.go")
def python_path(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """No container sets PYTHONPATH."""
    for path, container in containers(model):
        if variable(container, "PYTHONPATH") is not None:
            yield Finding(
                path=f"{path}.env.PYTHONPATH", value="", why="KServe's webhook forbids this variable",
                fix="install the module into the image",
            )  # fmt: skip


@kserve("KS-04", f"{UPSTREAM}pkg/apis/serving/v1beta1/component.go")
def one_implementation(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Every component has exactly one implementation."""
    for part in parts(model, facts):
        named = [c for c in part.node.pod.get("containers", ()) if c.get("name") == CONTAINER]
        if part.kind in ("predictor", "canary") and isinstance(part.node, ModelServer) and named:
            yield Finding(
                path=f"{part.path}.pod.containers", value=CONTAINER, why="a model and a container of the same name",
                fix="name the other container otherwise, or declare a container instead of a model server",
            )  # fmt: skip
        if isinstance(part.node, Explainer) and not _implemented(part.node):
            yield Finding(
                path=part.path, value=part.node.method.value, why="KServe has no server for this method",
                fix="give the image of one, or method square_attack",
            )  # fmt: skip


def _implemented(explainer: Explainer) -> bool:
    slot = explainer.kserve or NO_EXPLAINER
    return explainer.image is not None or explainer.method is Method.SQUARE_ATTACK or slot.art_type is not None


@kserve("KS-05")
def no_name_in_a_model(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """The block of a model has no container name."""
    for path, _, node in model.nodes():
        if isinstance(node, ModelServer) and node.container.get("name"):
            yield Finding(
                path=f"{path}.container.name", value=str(node.container["name"]),
                why="KServe's webhook refuses a name inside predictor.model", fix="remove it",
            )  # fmt: skip


@kserve("KS-08", f"{UPSTREAM}pkg/apis/serving/v1beta1/predictor_custom.go")
def custom_protocol(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The variable PROTOCOL of a predictor of one's own is v1 or v2."""
    for part in parts(model, facts):
        if part.kind not in ("predictor", "canary") or not part.custom:
            continue
        protocol = variable(own(part.node), PROTOCOL)
        if protocol is not None and protocol not in ("v1", "v2"):
            yield Finding(
                path=f"{part.path}.env.{PROTOCOL}", value=protocol, why="KServe's webhook knows no such protocol",
                fix="give v1 or v2",
            )  # fmt: skip


@kserve("KS-09")
def no_storage_beside(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """A transformer in the predictor's own pod fetches no model."""
    for path, container in containers(model):
        if container.get("name") == _TRANSFORMER and variable(container, STORAGE_URI) is not None:
            yield Finding(
                path=f"{path}.env.{STORAGE_URI}", value="", why="KServe's webhook forbids it in this container",
                fix="give it to the container that serves",
            )  # fmt: skip


@kserve("KS-10")
def storage_uris(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Files come from one URI or from a list of them, whose mount paths do not cross."""
    for part in parts(model, facts):
        uris = (part.node.kserve or NO_NODE).storage_uris
        if uris is None:
            continue
        path = f"{part.path}.kserve.storage_uris"
        if storage_uri(part.node) is not None:
            yield Finding(
                path=path, value="", why="KServe's webhook takes one URI or several, not both",
                fix="put the artifact among the others",
            )  # fmt: skip
        yield from _mounts(uris, path)


def _mounts(uris: tuple[StorageUri, ...], path: str) -> Iterator[Finding]:
    fetched: list[str] = []
    volumes: list[str] = []
    for at, uri in enumerate(uris):
        mount = uri.mount_path if uri.mount_path is not None else "/mnt/models"
        (volumes if uri.uri.startswith("pvc://") else fetched).append(mount)
        if not mount.startswith("/") or mount == "/" or ".." in mount:
            yield Finding(
                path=f"{path}[{at}].mount_path", value=mount, why="KServe's webhook refuses this mount path",
                fix="give an absolute path without .., not / itself",
            )  # fmt: skip
    if len(set(volumes)) < len(volumes):
        yield Finding(
            path=path, value="", why="two volumes on the same path", fix="give each volume a mount path of its own"
        )
    # The webhook looks no further where at most one is fetched.
    tops = {PurePosixPath(mount).parts[1:2] for mount in fetched}
    if len(fetched) > 1 and len(tops) > 1:
        yield Finding(
            path=path, value="", why="what is fetched has no folder in common, and KServe fetches it into one volume",
            fix="mount all below one folder, such as /mnt/models",
        )  # fmt: skip


@kserve("KS-11", f"{UPSTREAM}pkg/validation/confidential.go")
def confidential(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """A confidential model has a storage URI, and its key the form kbs:///repository/type/tag."""
    for path, _, node in model.nodes():
        secret = (node.kserve or NO_NODE).confidential
        if secret is None or not secret.enabled:
            continue
        if storage_uri(node) is None:
            yield Finding(
                path=f"{path}.kserve.confidential", value="", why="nothing says what is to be decrypted",
                fix="give an artifact",
            )  # fmt: skip
        if secret.resource_id and not _KBS.fullmatch(secret.resource_id):
            yield Finding(
                path=f"{path}.kserve.confidential.resource_id", value=secret.resource_id,
                why="KServe's webhook refuses this form", fix="write kbs:///<repository>/<type>/<tag>",
            )  # fmt: skip


_GPU_SUFFIX = {"tensorflow": "-gpu", "pytorch": "gpu"}
_STORAGE = ("s3://", "hdfs://", "webhdfs://")


@kserve("KS-18", f"{UPSTREAM}pkg/apis/serving/v1beta1/predictor_{{tfserving,torchserve,onnxruntime}}.go, component.go")
def framework_blocks(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """An old framework block has a version that fits its accelerators, and files that fit its format."""
    for part in parts(model, facts):
        node, slot = part.node, part.node.kserve or NO_NODE
        if not isinstance(node, ModelServer) or not getattr(slot, "framework_block", False):
            continue
        framework, uri = marks.format_name(node), storage_uri(node)
        yield from _version(part, node, framework)
        if framework == "onnx" and uri and PurePosixPath(uri).suffix not in ("", ".onnx"):
            yield Finding(
                path=f"{part.path}.artifact", value=uri, why="the block onnx takes a file with the suffix .onnx",
                fix="name the file, or use predictor.model",
            )  # fmt: skip
        if slot.storage is not None and uri and not uri.startswith(_STORAGE):
            yield Finding(
                path=f"{part.path}.artifact", value=uri, why="with a storage key a block takes no such URI",
                fix=f"give one of {', '.join(_STORAGE)}",
            )  # fmt: skip


def _version(part: Part, node: ModelServer, framework: str) -> Iterator[Finding]:
    suffix, version = _GPU_SUFFIX.get(framework), node.server_version
    if suffix is None or version is None:
        return
    wanted = node.resources.accelerators is not None or "nvidia.com/gpu" in node.resources.limits
    if wanted != (suffix in version):
        yield Finding(
            path=f"{part.path}.server_version", value=version, why="the version does not fit the accelerators",
            fix=f"give a version with {suffix} where GPUs are asked for, and only there",
        )  # fmt: skip

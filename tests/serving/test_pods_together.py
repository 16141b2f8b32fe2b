"""What every engine's committed objects say of pods: safe by default, wherever the engine lets them say it."""

from pathlib import Path

import pytest
import yaml

from components import versions
from components.serving.pod_security import pods, violations

GOLDEN = Path(__file__).parents[1] / "golden"
ENGINES = ("plain", "seldon1", "seldon2", "kserve")
# Written by the user as it is: a container beside the nodes, the pods of a Server.
DECLARED = {("seldon1/one-pod.yaml", "beside"), ("seldon2/server.yaml", "triton")}
# A server that the lock of the examples has no digest of, because no registry is asked there.
UNLOCKED = {versions.TENSORFLOW_SERVING_IMAGE}


def files(engine):
    return sorted([*(GOLDEN / engine).rglob("*.yaml"), *(GOLDEN / "examples" / engine).rglob("*.yaml")])


def rendered(engine):
    """Every pod of every committed object of an engine: (file, object, path, pod)."""
    for file in files(engine):
        for manifest in yaml.load_all(file.read_text(), yaml.CSafeLoader):
            for path, pod in pods(manifest):
                kept = [c for c in pod.get("containers", ()) if (name(file), c.get("name")) not in DECLARED]
                if kept:
                    yield name(file), manifest, path, {**pod, "containers": kept}


def name(file):
    return file.relative_to(GOLDEN).as_posix()


def containers(pod):
    return [*pod.get("initContainers", ()), *pod["containers"]]


PODS = {engine: list(rendered(engine)) for engine in ENGINES}


def test_there_are_pods_to_look_at():
    """None on Seldon Core 2: models share the pods of Servers, which are the installation's or declared."""
    assert {engine: len(PODS[engine]) > 20 for engine in ENGINES} == dict.fromkeys(ENGINES, True) | {"seldon2": False}


SAFE = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def safe_pod(container=None, security=SAFE, **fields):
    return {"containers": [{"securityContext": CONTAINER | (container or {})}], "securityContext": security, **fields}


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (safe_pod(hostNetwork=True), "hostNetwork"),
        (safe_pod(hostPID=True), "hostPID"),
        (safe_pod(hostIPC=True), "hostIPC"),
        (safe_pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), "volumes[0].hostPath"),
        (safe_pod(security=SAFE | {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}), "securityContext.sysctls"),
        (safe_pod(security=SAFE | {"runAsUser": 0}), "securityContext.runAsUser"),
        (safe_pod(security=SAFE | {"seLinuxOptions": {"user": "u"}}), "securityContext.seLinuxOptions"),
        (safe_pod(security=SAFE | {"appArmorProfile": {"type": "Unconfined"}}), "securityContext.appArmorProfile"),
        (safe_pod({"privileged": True}), "privileged"),
        (safe_pod({"allowPrivilegeEscalation": None}), "allowPrivilegeEscalation"),
        (safe_pod({"capabilities": {"drop": ["NET_RAW"]}}), "capabilities.drop"),
        (safe_pod({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}), "capabilities.add"),
        (safe_pod({"procMount": "Unmasked"}), "procMount"),
        (safe_pod({"runAsNonRoot": False}), "runAsNonRoot"),
        (safe_pod({"seccompProfile": {"type": "Unconfined"}}), "seccompProfile"),
        (safe_pod(security={}), "runAsNonRoot"),
        (safe_pod() | {"containers": [{"securityContext": CONTAINER, "ports": [{"hostPort": 80}]}]}, "ports"),
    ],
)
def test_what_restricted_does_not_allow_is_found(broken, field):
    assert violations(safe_pod()) == []
    assert any(found.endswith(field) for found in violations(broken)), violations(broken)


@pytest.mark.parametrize("engine", ENGINES)
def test_pods_hold_against_pod_security_restricted(engine):
    assert [(file, path, found) for file, _, path, one in PODS[engine] if (found := violations(one))] == []


@pytest.mark.parametrize("engine", ENGINES)
def test_pods_have_an_account_of_their_own_and_no_token(engine):
    for file, manifest, path, pod in PODS[engine]:
        model = manifest["metadata"]["labels"]["slipway.dev/model"] if engine != "seldon1" else None
        assert pod["serviceAccountName"] == (model or manifest["metadata"]["name"]), (file, path)
        assert pod["automountServiceAccountToken"] is False, (file, path)


@pytest.mark.parametrize("engine", ENGINES)
def test_containers_say_what_they_need_and_can_take_no_more_memory(engine):
    for file, _, path, pod in PODS[engine]:
        for container in containers(pod):
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), (file, path, container["name"])
            assert "memory" in resources["limits"], (file, path, container["name"])


@pytest.mark.parametrize("engine", ["plain", "kserve"])
def test_containers_of_the_users_own_are_asked_whether_they_can_serve(engine):
    """On KServe those of a predictor or a transformer; a server's probes are its runtime's, an explainer's its own."""
    asked = [
        (file, path, container)
        for file, _, path, pod in PODS[engine]
        for container in pod["containers"]
        if (container.get("image") and not path.endswith("explainer") and container["name"] not in ("model", "art"))
        or engine == "plain"
    ]
    assert asked
    for file, path, container in asked:
        assert {"readinessProbe", "livenessProbe"} <= container.keys(), (file, path, container)


def test_on_seldon_core_1_containers_of_the_users_own_have_probes_and_the_operator_gives_servers_theirs():
    """Nothing is asked of a container whose port the operator chooses: it asks there itself."""
    for file, manifest, path, pod in PODS["seldon1"]:
        own = {one["name"] for one in manifest["spec"]["predictors"] for one in _own(one["graph"])}
        for container in pod["containers"]:
            if container["name"] in own and "ports" in container:
                assert {"readinessProbe", "livenessProbe"} <= container.keys(), (file, path)


def _own(unit):
    return [unit, *(each for child in unit.get("children", ()) for each in _own(child))]


@pytest.mark.parametrize("engine", ENGINES)
def test_images_are_by_digest_once_they_are_locked(engine):
    images = {
        container["image"]
        for file, _, _, pod in PODS[engine]
        for container in containers(pod)
        if file.startswith("examples/") and "image" in container
    }
    assert {image for image in images if "@sha256:" not in image} <= UNLOCKED
    assert bool(images) is (engine != "seldon2")


@pytest.mark.parametrize("engine", ["plain", "seldon1", "kserve"])
def test_what_has_several_replicas_has_a_budget(engine):
    several = 0
    for file in files(engine):
        manifests = list(yaml.load_all(file.read_text(), yaml.CSafeLoader))
        wanted = {one for manifest in manifests for one in _several(manifest, manifests)}
        budgets = {one for manifest in manifests for one in _budgets(manifest)}
        assert wanted <= budgets, name(file)
        several += len(wanted)
    assert several > 1


def _several(manifest, manifests):
    """Whatever has more than one replica at least, by the name that its budget goes by."""
    own, spec = manifest["metadata"]["name"], manifest.get("spec", {})
    match manifest["kind"]:
        case "Deployment":
            least = [spec.get("replicas", 1), *(_least(one) for one in manifests if _scales(one, own))]
            if max(least) > 1:
                yield own
        case "SeldonDeployment":
            for predictor in spec["predictors"]:
                scaled = [part["hpaSpec"]["minReplicas"] for part in predictor["componentSpecs"] if "hpaSpec" in part]
                if max(predictor.get("replicas", 1), spec.get("replicas", 1), *scaled, 1) > 1:
                    yield own
        case "InferenceService":
            if spec["predictor"].get("minReplicas", 1) > 1:
                yield own


def _scales(manifest, deployment):
    return manifest.get("spec", {}).get("scaleTargetRef", {}).get("name") == deployment


def _least(manifest):
    spec = manifest["spec"]
    return spec.get("minReplicas", spec.get("minReplicaCount", 1))


def _budgets(manifest):
    selected = manifest.get("spec", {}).get("selector", {}).get("matchLabels", {})
    if manifest["kind"] == "PodDisruptionBudget":
        yield selected.get("serving.kserve.io/inferenceservice") or manifest["metadata"]["name"]
    elif manifest["kind"] == "SeldonDeployment":
        parts = [part for one in manifest["spec"]["predictors"] for part in one["componentSpecs"]]
        yield from (manifest["metadata"]["name"] for part in parts if "pdbSpec" in part)

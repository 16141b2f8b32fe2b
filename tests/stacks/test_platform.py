"""The shipped local stack under a recording monitor, before and after its first `up`."""

import json

import pytest

from catalog.errors import SeveralErrors
from stacks import platform
from stacks.settings import from_file, stack_file
from tests.mocks.recorder import Recording, record
from tests.stacks import local


def _record(state, *, preview: bool, missing: str = "", real_pods: bool = True) -> Recording:
    local.pretend(state, real_pods=real_pods)
    local.lock(state, missing=missing)
    settings = from_file(stack_file("local"))
    return record(lambda: platform.build(settings, "local", "slipway"), preview=preview)


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("preview", [True, False])
def test_registers_the_same_in_preview_and_update(state, preview):
    seen = _record(state, preview=preview)
    assert {r.type for r in seen.resources if not r.custom} == {
        "slipway:clusters:SandboxCluster",
        "slipway:serving:ModelDeployment",
        "slipway:storage:S3ArtifactStore",
        "slipway:teams:Team",
    }
    assert sorted(r.name for r in seen.of("slipway:serving:ModelDeployment")) == ["house-price", "iris", "llama-8b"]
    assert seen.outputs["models"]["iris"] == "/science/iris"


def test_preview_and_update_register_the_same_resources(tmp_path, monkeypatch):
    urns = []
    for preview in (True, False):
        monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / str(preview)))
        urns.append({r.urn for r in _record(tmp_path / str(preview), preview=preview).resources})
    assert urns[0] == urns[1]


def test_every_resource_has_an_explicit_provider_and_a_component_above_it(state):
    seen = _record(state, preview=True)
    for resource in seen.resources:
        if resource.custom and not resource.type.startswith("pulumi:providers:"):
            assert resource.provider, resource.urn
        if resource.custom:
            assert "slipway:" in resource.parent, resource.urn


def test_every_kubernetes_object_bears_the_marker(state):
    objects = [r for r in _record(state, preview=True).resources if r.type.startswith("kubernetes:")]
    assert len(objects) > 20
    for resource in objects:
        assert resource.inputs["metadata"]["annotations"]["slipway.dev/stack"] == "slipway/local"


def test_simulated_nodes_carry_the_shape_of_their_machine(state):
    seen = _record(state, preview=True)
    node = seen.one("kubernetes:core/v1:Node", "h100-0").inputs
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "8"
    assert node["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "p5.48xlarge"
    assert node["metadata"]["labels"]["slipway.dev/accelerator"] == "h100"
    assert {t["key"] for t in node["spec"]["taints"]} == {"nvidia.com/gpu", "kwok.x-k8s.io/node"}
    assert [r.name for r in seen.of("kubernetes:core/v1:Node")].count("l4-1") == 1


def test_a_gpu_model_goes_to_simulated_nodes_and_says_so(state):
    pod = (
        _record(state, preview=True)
        .one("kubernetes:apps/v1:Deployment", "llama-8b-deployment")
        .inputs["spec"]["template"]
    )
    assert pod["metadata"]["labels"]["slipway.dev/simulated"] == "true"
    assert pod["spec"]["nodeSelector"] == {"slipway.dev/accelerator": "h100"}
    assert {"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"} in pod["spec"]["tolerations"]


def test_a_processor_model_goes_to_the_real_node(state):
    pod = (
        _record(state, preview=True).one("kubernetes:apps/v1:Deployment", "iris-deployment").inputs["spec"]["template"]
    )
    assert "slipway.dev/simulated" not in pod["metadata"]["labels"]
    assert pod["spec"]["nodeSelector"] == {"slipway.dev/pool": "system"}
    assert "tolerations" not in pod["spec"]


def test_without_real_pods_everything_is_simulated(state):
    seen = _record(state, preview=True, real_pods=False, missing="image:examples/house_price")
    pod = seen.one("kubernetes:apps/v1:Deployment", "iris-deployment").inputs["spec"]["template"]
    assert pod["metadata"]["labels"]["slipway.dev/simulated"] == "true"


def test_secrets_stay_secret(state):
    seen = _record(state, preview=False)
    assert seen.one("slipway-s3:index:Reader", "artifacts-iris").secret_outputs == ("secretKey",)
    assert "root-secret" not in json.dumps(
        [r.inputs for r in seen.resources if not r.type.startswith("pulumi:providers:")]
    )
    provider = seen.one("pulumi:providers:slipway-s3", "artifacts").inputs
    assert provider["secretKey"]["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
    keys = seen.one("kubernetes:core/v1:Secret", "iris-reader").inputs["stringData"]
    assert set(keys) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


@pytest.mark.parametrize(
    "missing", ["artifact:iris", "image:examples/house_price", "image:sandbox/images/artifact-fetch"]
)
def test_what_the_lock_misses_is_refused_before_the_first_resource(state, missing):
    with pytest.raises(SeveralErrors) as caught:
        _record(state, preview=True, missing=missing)
    assert len(caught.value.errors) == 1
    assert missing.partition(":")[2] in str(caught.value)


def test_the_wait_ends_after_kubernetes_own_deadline(state):
    deployment = _record(state, preview=True).one("kubernetes:apps/v1:Deployment", "iris-deployment")
    assert deployment.create_timeout == "630s"
    assert deployment.inputs["spec"]["progressDeadlineSeconds"] == 600

"""The plain engine's objects: compared with committed files, and with what the pods must be.

`SLIPWAY_GOLDEN=write` writes the files anew; a missing or different one fails otherwise.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalog import gpu
from catalog.machines import Accelerator
from components.contracts import PoolFact
from components.serving.engines import plain
from components.serving.engines.context import ArtifactSource, BuildContext, NodeContext, node_key, place
from components.serving.spec import Accelerators, Resources, Scaling
from stacks.models import CATALOG

GOLDEN = Path(__file__).parents[2] / "golden" / "plain"
POOLS = (
    PoolFact(name="system", accelerator=None, per_node=0, simulated=False),
    PoolFact(name="h100", accelerator=Accelerator.H100, per_node=8, simulated=True),
    PoolFact(name="l4", accelerator=Accelerator.L4, per_node=1, simulated=False),
)


def context(name: str, *, surge: bool = True) -> BuildContext:
    model = CATALOG[name]
    source = ArtifactSource(
        endpoint="http://s3.test:9000",
        bucket="artifacts",
        region="us-east-1",
        prefix=f"models/{name}/sha256:{'ab' * 32}/",
        digest=f"sha256:{'ab' * 32}",
        image="registry.test/artifact-fetch@sha256:" + "cd" * 32,
        secret=f"{name}-reader",
    )
    return BuildContext(
        namespace=model.team,
        engine="plain",
        nodes={
            node_key(model, model.predictors[0], model.predictors[0].graph): NodeContext(
                image="registry.test/server@sha256:" + "ef" * 32,
                artifact=source if name == "iris" else None,
                placement=place(model.predictors[0].graph.resources, POOLS),
            )
        },
        surge=surge,
        gateway=("gateway", "slipway-system"),
        gateway_cidrs=("10.122.0.1/32",),
        store_cidrs=("10.122.0.1/32",),
    )


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_objects_are_the_committed_ones(name):
    text = yaml.safe_dump_all(plain.build(CATALOG[name], context(name)).values(), sort_keys=True)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_pods_meet_pod_security_restricted(name):
    pod = plain.build(CATALOG[name], context(name))["deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        security = container["securityContext"]
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert security["readOnlyRootFilesystem"]
        assert container["resources"]["limits"]["memory"]
    assert not pod["automountServiceAccountToken"]


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_selector_follows_from_the_name_alone(name):
    model = CATALOG[name]
    changed = model.model_copy(update={"scaling": Scaling(min_replicas=7)})
    before, after = (plain.build(m, context(name))["deployment"]["spec"] for m in (model, changed))
    assert before["selector"] == after["selector"]
    assert before["replicas"] != after["replicas"]
    assert before["selector"]["matchLabels"].items() <= before["template"]["metadata"]["labels"].items()


def test_a_new_artifact_changes_the_pod():
    first = context("iris")
    ((key, node),) = first.nodes.items()
    second = replace(first, nodes={key: replace(node, artifact=None)})
    pods = [plain.build(CATALOG["iris"], c)["deployment"]["spec"]["template"] for c in (first, second)]
    assert pods[0] != pods[1]


@pytest.mark.parametrize(("surge", "strategy"), [(True, "RollingUpdate"), (False, "Recreate")])
def test_strategy(surge, strategy):
    spec = plain.build(CATALOG["iris"], context("iris", surge=surge))["deployment"]["spec"]
    assert spec["strategy"]["type"] == strategy


def test_placement_by_accelerator():
    def wants(kind, count=1):
        return place(Resources(accelerators=Accelerators(kind=kind, count=count)), POOLS)

    assert wants(Accelerator.H100).simulated
    assert gpu.SIMULATED_TOLERATION in wants(Accelerator.H100).tolerations
    assert not wants(Accelerator.L4).simulated
    assert wants(Accelerator.L4).tolerations == [gpu.TOLERATION]
    assert place(Resources(), POOLS).node_selector == {gpu.POOL_LABEL: "system"}

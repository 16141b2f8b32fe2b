"""The parts of a GKE cluster as pure functions: pools with all their options, classes, kubeconfig, administrators."""

import json

import pytest

from components.clusters.gke import access, compute_class, control_plane, pools
from components.clusters.gke.kubeconfig import kubeconfig
from tests.clusters import gke_order, gke_stacks
from tests.clusters.stacks import GKE, changed, read

KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"


def made(**pool):
    """The first node pool of a pool that is declared like this."""
    spec = read({**GKE, "pools": {"gpu": {"max_nodes": 4, **pool}}})
    declared = spec.pools["gpu"]
    return pools.node_pool(spec, "gpu", declared, spec.groups_of(declared)[0], KEY)


def nodes(**pool):
    return made(**pool)["node_config"]


def test_a_pool_of_gpus():
    said = nodes(accelerator="l4", image_streaming=True)
    assert said["machine_type"] == "g2-standard-4"
    (gpus,) = said["guest_accelerators"]
    driver = {"gpu_driver_version": "DEFAULT"}
    assert gpus == {"type": "nvidia-l4", "count": 1, "gpu_driver_installation_config": driver}
    assert said["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert said["labels"] == {"slipway.dev/pool": "gpu", "slipway.dev/accelerator": "l4"}
    assert said["gcfs_config"] == {"enabled": True}
    assert said["disk_size_gb"] == 300
    assert said["shielded_instance_config"]["enable_secure_boot"] is False
    assert "spot" not in said
    assert made(accelerator="l4")["upgrade_settings"] == {"strategy": "SURGE", "max_surge": 0, "max_unavailable": 1}


def test_a_pool_without():
    said = nodes(machine="n2-standard-8", taints=[{"key": "team", "value": "a"}], labels={"a": "b"}, disk_gib=200)
    assert "guest_accelerators" not in said
    assert said["taints"] == [{"key": "team", "value": "a", "effect": "NO_SCHEDULE"}]
    assert said["labels"] == {"slipway.dev/pool": "gpu", "a": "b"}
    assert (said["disk_size_gb"], said["disk_type"]) == (200, "pd-balanced")
    assert said["shielded_instance_config"]["enable_secure_boot"] is True
    assert made(machine="n2-standard-8")["upgrade_settings"]["max_surge"] == 1


def test_partitions_and_turns():
    said = nodes(accelerator="a100", mig="1g.5gb", time_slicing=4)
    (gpus,) = said["guest_accelerators"]
    assert gpus["gpu_partition_size"] == "1g.5gb"
    assert gpus["gpu_sharing_config"] == {"gpu_sharing_strategy": "TIME_SHARING", "max_shared_clients_per_gpu": 4}
    assert said["labels"]["slipway.dev/accelerator"] == "a100-mig-1g.5gb-shared"


def test_tpus_come_with_their_machine():
    said = nodes(accelerator="tpu-v5e", count=4)
    assert said["machine_type"] == "ct5lp-hightpu-4t"
    assert "guest_accelerators" not in said
    assert said["taints"] == [{"key": "google.com/tpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert "placement_policy" not in made(accelerator="tpu-v5e", count=4)


def test_how_machines_are_bought():
    assert nodes(accelerator="l4", capacity="spot")["spot"] is True
    assert made(accelerator="l4", capacity="spot")["autoscaling"]["location_policy"] == "ANY"
    here = {"zones": ["us-central1-a"]}
    reserved = nodes(accelerator="l4", capacity="reservation", reservation="ours", **here)["reservation_affinity"]
    assert (reserved["consume_reservation_type"], reserved["values"]) == ("SPECIFIC_RESERVATION", ["ours"])
    assert made(accelerator="l4", placement_group=True, **here)["placement_policy"] == {"type": "COMPACT"}


def test_fast_machines():
    here = {"zones": ["us-central1-a"]}
    said = made(machine="a3-highgpu-8g", fast_network=True, local_nvme=True, **here)
    assert said["network_config"]["accelerator_network_profile"] == "auto"
    assert said["node_config"]["ephemeral_storage_local_ssd_config"]["local_ssd_count"] == 16
    assert "gpudirect_strategy" not in said["node_config"]
    assert nodes(machine="a3-ultragpu-8g", fast_network=True, **here)["gpudirect_strategy"] == "RDMA"
    assert nodes(machine="a3-ultragpu-8g")["disk_type"] == "hyperdisk-balanced"


def test_a_pinned_image_holds_upgrades_back():
    pinned = {**GKE, "pools": {"gpu": {"accelerator": "l4", "image": "1.34.1-gke.1829001"}}}
    assert made(accelerator="l4", image="1.34.1-gke.1829001")["version"] == "1.34.1-gke.1829001"
    (exclusion,) = control_plane.maintenance(read(pinned))["maintenance_exclusions"]
    assert exclusion["exclusion_options"]["scope"] == "NO_MINOR_OR_NODE_UPGRADES"
    assert "maintenance_exclusions" not in control_plane.maintenance(read(GKE))
    assert "version" not in made(accelerator="l4")


@pytest.mark.parametrize(
    ("pool", "sizes"),
    [
        ({"nodes": 4, "max_nodes": None}, [{"node_count": 2}, {"node_count": 1}, {"node_count": 1}]),
        ({"max_nodes": 4, "min_nodes": 3}, [(1, 1, 2), (1, 1, 1), (1, 1, 1)]),
        ({"max_nodes": 2, "min_nodes": 1}, [(0, 1, 2)]),
    ],
    ids=["fixed", "scaled", "fewer than zones"],
)
def test_sizes_are_those_of_the_whole_pool(pool, sizes):
    said = {key: value for key, value in {"accelerator": "l4", **pool}.items() if value is not None}
    spec = read(
        {**GKE, "network": {"zones": ["us-central1-a", "us-central1-b", "us-central1-c"]}, "pools": {"l4": said}}
    )
    found = [pools.size(spec.pools["l4"], group) for group in spec.groups_of(spec.pools["l4"])]
    shown = [
        (each["initial_node_count"], scaled["total_min_node_count"], scaled["total_max_node_count"])
        if (scaled := each.get("autoscaling"))
        else each
        for each in found
    ]
    assert shown == sizes


def test_what_cannot_change_gives_another_name_and_all_else_does_not():
    name = made(accelerator="l4")["name"]
    for same in (
        {"max_nodes": 8},
        {"labels": {"a": "b"}},
        {"disk_gib": 500},
        {"image_streaming": True},
        {"node_repair": False},
    ):
        assert made(accelerator="l4", **same)["name"] == name, same
    for other in ({"capacity": "spot"}, {"time_slicing": 2}, {"count": 2}):
        assert made(accelerator="l4", **other)["name"] != name, other


def test_a_pools_part_and_a_pool_of_that_name_are_two():
    pool = {"accelerator": "h100", "count": 8}
    spec = read(
        {
            **GKE,
            "network": {"zones": ["us-central1-a", "us-central1-b"]},
            "pools": {"a": {**pool, "nodes": 2}, "a-b": {**pool, "nodes": 1}},
        }
    )
    names = [
        pools.node_pool(spec, name, spec.pools[name], group, KEY)["name"]
        for name in ("a", "a-b")
        for group in spec.groups_of(spec.pools[name])
    ]
    assert [name.rpartition("-")[0] for name in names] == ["a-a", "a-b", "a-b"]
    assert len(set(names)) == 3


def test_pools_that_gke_makes_by_itself():
    said = {"accelerator": "l4", "alternatives": ["g2-standard-8"], "max_nodes": 4, "autoscaler": "node_auto_provisioning",
            "capacity": "spot", "zones": ["us-central1-a"], "taints": [{"key": "team"}]}  # fmt: skip
    spec = read({**GKE, "pools": {"l4": said}})
    manifest = compute_class.compute_class(spec, "l4", spec.pools["l4"], "nodes@p.iam.gserviceaccount.com", KEY)

    def rule(machine):
        return {
            "machineType": machine,
            "location": {"zones": ["us-central1-a"]},
            "storage": {"bootDiskKMSKey": KEY, "bootDiskSize": 300},
            "gpu": {"type": "nvidia-l4", "count": 1, "driverVersion": "default"},
            "spot": True,
        }

    assert manifest == {
        "apiVersion": "cloud.google.com/v1",
        "kind": "ComputeClass",
        "metadata": {"name": "l4"},
        "spec": {
            "nodePoolAutoCreation": {"enabled": True},
            "nodePoolConfig": {
                "serviceAccount": "nodes@p.iam.gserviceaccount.com",
                "imageType": "cos_containerd",
                "nodeLabels": {"slipway.dev/pool": "l4", "slipway.dev/accelerator": "l4"},
                "autoRepair": True,
                "autoUpgrade": True,
                "taints": [{"key": "team", "value": "", "effect": "NoSchedule"}],
            },
            "priorities": [rule("g2-standard-4"), rule("g2-standard-8")],
            "whenUnsatisfiable": "DoNotScaleUp",
        },
    }
    limits = {each["resource_type"]: each["maximum"] for each in compute_class.limits(spec)}
    assert limits == {"cpu": 4 * 8 + 4 * 4, "memory": 4 * 32 + 4 * 16, "nvidia-l4": 4}


def test_pods_name_the_class_of_pools_that_gke_makes():
    from components.clusters.facts import pool_facts
    from components.serving.engines.context import place
    from components.serving.spec import Accelerators, Resources

    spec = read(changed(GKE, pools={"l4": {"autoscaler": "node_auto_provisioning"}}))
    facts = pool_facts(spec.pools, simulated=False, system_simulated=False, selectors=spec.selectors)
    wanted = Resources(cpu="1", memory="1Gi", accelerators=Accelerators(kind="l4"))
    assert place(wanted, facts).node_selector == {
        "slipway.dev/accelerator": "l4",
        "cloud.google.com/compute-class": "l4",
    }
    assert place(Resources(cpu="1", memory="1Gi"), facts).node_selector == {"slipway.dev/pool": "system"}


def test_autopilot_has_classes_and_no_pools():
    found = gke_stacks.cluster({**GKE, "mode": "auto"})
    assert not found.of(gke_order.POOL)
    (cluster,) = found.of(gke_order.CLUSTER)
    assert cluster.inputs["enableAutopilot"] is True
    assert not {"removeDefaultNodePool", "enableShieldedNodes", "defaultMaxPodsPerNode"} & cluster.inputs.keys()
    classes = found.of("kubernetes:cloud.google.com/v1:ComputeClass")
    assert {each.inputs["metadata"]["name"] for each in classes} == {"system", "l4"}


def test_a_kubeconfig_holds_no_secret():
    said = json.loads(kubeconfig("ml", "10.0.0.2", "Q0E="))
    assert said["clusters"][0]["cluster"] == {"server": "https://10.0.0.2", "certificate-authority-data": "Q0E="}
    assert said["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert "certificate-authority-data" not in kubeconfig("ml", "gke-1.us-central1.gke.goog", None)


def test_administrators_by_the_names_that_the_cluster_knows():
    said = access.administrators(
        ["user:a@example.com", "group:b@example.com", "serviceAccount:c@p.iam.gserviceaccount.com"]
    )
    assert [(each["kind"], each["name"]) for each in said["subjects"]] == [
        ("User", "a@example.com"), ("Group", "b@example.com"), ("User", "c@p.iam.gserviceaccount.com"),
    ]  # fmt: skip
    assert control_plane.security_group(["user:a@example.com"]) is None
    assert control_plane.security_group(["user:a@x.com", "group:b@example.com"]) == "gke-security-groups@example.com"

"""Whether models fit: every rule both ways, and what is not known is said."""

import pytest

from catalog import cuda
from catalog.fit import GIB, Load, estimate, usable
from catalog.gpu import SYSTEM_POOL
from catalog.machines import Accelerator
from catalog.startup import initializer_memory_mib, startup
from components.clusters.spec import EksPool, GkePool, NodePool
from components.serving.engines.context import EngineFacts
from components.serving.rules.all_rules import RULES
from components.serving.rules.fit import Placed, unverified
from components.serving.rules.room import Fleet, takeover
from components.serving.spec import (
    Accelerators,
    Artifact,
    Fit,
    HuggingFace,
    ModelDeployment,
    ModelServer,
    Predictor,
    Resources,
    Rollout,
    Scaling,
    Uri,
)

FACTS = EngineFacts()


def model(kind="l4", count=1, name="m", replicas=1, rollout=None, mig=None, shared=False, **fit) -> ModelDeployment:
    wanted = Accelerators(kind=kind, count=count, mig=mig, shared=shared) if kind else None
    node = ModelServer(
        format="vllm",
        artifact=HuggingFace(repo="o/m"),
        resources=Resources(cpu="1", memory="4Gi", accelerators=wanted),
    )
    return ModelDeployment(
        name=name,
        team="t",
        predictors=(Predictor(graph=node),),
        scaling=Scaling(min_replicas=replicas),
        rollout=rollout or Rollout(),
        fit=Fit(**fit),
    )


def pool(kind="l4", count=1, **more) -> NodePool:
    return NodePool(accelerator=kind, count=count, **more)


def found(rule: str, about) -> list:
    return list(RULES[rule].check(about, FACTS))


def test_what_a_model_needs_is_the_sum_of_weights_and_cache():
    needed = estimate(
        Load(parameters=8, dtype="bf16", context_tokens=8192, batch=4, cache_bytes_per_token=131072, generates=True)
    )
    assert needed.weights == 16_000_000_000
    assert needed.cache == 4 * GIB
    assert needed.assumed == ()


def test_an_estimate_says_what_it_assumed():
    needed = estimate(Load(parameters=8, generates=True))
    assert needed.weights == 16_000_000_000
    said = " ".join(needed.assumed)
    for word in ("bf16", "4096 tokens", "one request", "KiB a token"):
        assert word in said
    assert estimate(Load()) is None
    assert estimate(Load(artifact_bytes=5)).total == 5


def placed(declared: ModelDeployment, **offered) -> Placed:
    """A model on one pool."""
    return Placed(model=declared, pools={"p": pool(**offered)})


def fleet(*models: ModelDeployment, nodes: int, engine: str = "plain") -> Fleet:
    return Fleet(models=models, pools={"l4": pool(nodes=nodes)}, engines={each.name: engine for each in models})


def on(*models: ModelDeployment, is_protected: bool = True, **offered) -> Fleet:
    """On one pool of a cloud, in a stack that is protected."""
    pools = {"l4": EksPool(accelerator="l4", max_nodes=4, **offered)}
    return Fleet(models=models, pools=pools, is_protected=is_protected)


def in_cloud(declared: ModelDeployment, image: int = 0, **offered) -> Placed:
    """On one pool of a cloud whose nodes have a disk, by the sizes that the lock knows."""
    pools = {"l4": EksPool(accelerator="l4", max_nodes=4, **offered), SYSTEM_POOL: EksPool(machine="m7i.xlarge")}
    return Placed(model=declared, pools=pools, sizes={}, images={"predictors[0].graph": image})


def in_streaming_cloud(declared: ModelDeployment, image: int, **offered) -> Placed:
    pools = {"l4": GkePool(accelerator="l4", max_nodes=4, image_streaming=True, **offered)}
    return Placed(model=declared, pools=pools, sizes={}, images={"predictors[0].graph": image})


def lying_at(uri: str) -> ModelDeployment:
    """A large model whose files an engine fetches from there."""
    declared = model(artifact_bytes=40 * 10**9)
    graph = declared.predictors[0].graph.model_copy(update={"artifact": Uri(uri=uri)})
    return declared.model_copy(update={"predictors": (Predictor(graph=graph),)})


HUGE = model(artifact_bytes=40 * 10**9)
SURGES = model(rollout=Rollout(strategy="surge"))
# Rule, what it refuses, and the same put right.
CASES = (
    ("FIT-1", placed(model(count=2)), placed(model())),
    ("FIT-2", placed(model(parameters=14)), placed(model(parameters=7))),
    ("FIT-3", model(accelerator_memory="10Gi"), model(accelerator_memory="10Gi", reason="measured")),
    ("FIT-4", placed(model(cuda="13.0"), driver="570.86.15"), placed(model(cuda="13.0"), driver="580.95.05")),
    ("FIT-5", model("v100", cuda="13.0"), model("v100", cuda="12.4")),
    ("FIT-6", placed(model(shared=True)), placed(model(shared=True), time_slicing=4)),
    ("FIT-7", fleet(model(name="a"), model(name="b"), nodes=1), fleet(model(name="a"), model(name="b"), nodes=2)),
    ("FIT-8", fleet(SURGES, nodes=1), fleet(SURGES, nodes=2)),
    ("FIT-9", fleet(model(), nodes=1, engine="seldon1"), fleet(model(), nodes=2, engine="seldon1")),
    ("FIT-9", fleet(model(), nodes=1, engine="seldon1"), fleet(model(), nodes=1, engine="kserve")),
    ("FIT-11", on(model(), capacity="spot"), on(model(replicas=2), capacity="spot")),
    ("FIT-11", on(model(), capacity="spot"), on(model())),
    ("FIT-10", fleet(HUGE, nodes=1, engine="kserve"), fleet(HUGE, nodes=1, engine="plain")),
    ("FIT-12", in_cloud(HUGE, disk_gib=40), in_cloud(HUGE, disk_gib=50)),
)


MEMORY = {
    "too large": (model(parameters=14), {"l4": pool()}, "needs"),
    "fits on two": (model(count=4, parameters=14), {"l4": pool(count=4)}, None),
    "fits": (model("h100", parameters=8), {"h100": pool("h100", 8)}, None),
    "too large, measured": (model(parameters=14, accelerator_memory="19Gi", reason="measured"), {"l4": pool()}, None),
    "measured too large": (model(parameters=1, accelerator_memory="21Gi", reason="measured"), {"l4": pool()}, "measured"),
    "unknown": (model(), {"l4": pool()}, None),
    "a share has its part": (model(shared=True, parameters=4), {"l4": pool(time_slicing=2)}, None),
    "a share has only its part": (model(shared=True, parameters=4), {"l4": pool(time_slicing=4)}, "needs"),
    "a partition": (model("a100", mig="3g.20gb", parameters=7), {"a": pool("a100", 8, mig="3g.20gb")}, None),
    "a partition has only its part": (
        model("a100", mig="1g.5gb", parameters=7), {"a": pool("a100", 8, mig="1g.5gb")}, "needs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MEMORY)
def test_memory(case):
    declared, pools, why = MEMORY[case]
    findings = found("FIT-2", Placed(model=declared, pools=pools))
    assert len(findings) == (1 if why else 0), findings
    if why:
        assert why in findings[0].why


def test_a_refusal_says_what_is_needed_and_what_is_there():
    (finding,) = found("FIT-2", Placed(model=model(parameters=14, context_tokens=2048), pools={"l4": pool()}))
    assert "needs 27.8 GiB (26.1 GiB weights, 1.7 GiB cache)" in finding.why
    assert "1 x l4 have 22.4 GiB less the reserve of 10%: 20.1 GiB" in finding.why


def test_an_override_needs_its_reason():
    assert found("FIT-3", model(accelerator_memory="10Gi"))
    assert found("FIT-3", model(accelerator_memory="10Gi", reason=" "))
    assert not found("FIT-3", model(accelerator_memory="10Gi", reason="measured with nvidia-smi"))


@pytest.mark.parametrize(
    ("version", "drivers", "refused"),
    [
        ("12.4", ["535.104.05"], False),
        ("12.4", ["470.82.01"], True),
        ("13.0", ["570.86.15"], True),
        ("13.0", ["570.86.15", "580.95.05"], False),
        ("13.0", ["570.86.15", None], False),
        ("99.0", ["570.86.15"], False),
    ],
)
def test_driver(version, drivers, refused):
    pools = {f"l4-{at}": pool(driver=driver) for at, driver in enumerate(drivers)}
    assert bool(found("FIT-4", Placed(model=model(cuda=version), pools=pools))) is refused


@pytest.mark.parametrize(
    ("kind", "version", "refused"),
    [
        ("v100", "13.0", True),
        ("v100", "12.4", False),
        ("b200", "12.4", True),
        ("b200", "12.8", False),
        ("t4", "13.0", False),
    ],
)
def test_architecture(kind, version, refused):
    assert bool(found("FIT-5", model(kind, cuda=version))) is refused


def test_every_capability_has_its_first_toolkit():
    assert set(cuda.CAPABILITY.values()) == set(cuda.FIRST)
    assert cuda.accelerator_fits("12.4", Accelerator.TRAINIUM) is None


@pytest.mark.parametrize(
    ("wanted", "offered", "refused"),
    [
        ({}, {}, False),
        ({"mig": "1g.5gb"}, {"mig": "1g.5gb"}, False),
        ({"mig": "2g.10gb"}, {"mig": "1g.5gb"}, True),
        ({}, {"mig": "1g.5gb"}, True),
        ({"shared": True}, {}, True),
        ({"shared": True}, {"time_slicing": 4}, False),
        ({}, {"time_slicing": 4}, True),
    ],
)
def test_partitions(wanted, offered, refused):
    there = Placed(model=model("a100", **wanted), pools={"a": pool("a100", 8, **offered)})
    assert bool(found("FIT-6", there)) is refused


def test_what_is_not_known_is_said():
    said = list(unverified(Placed(model=model(), pools={"l4": pool()})))
    assert len(said) == 2
    assert "parameters" in said[0]
    assert "CUDA" in said[1]
    known = model(parameters=1, cuda="12.4")
    assert list(unverified(Placed(model=known, pools={"l4": pool(driver="580.95.05")}))) == []


def test_all_models_need_room_together():
    models = tuple(model(name=name) for name in ("a", "b", "c"))
    assert not found("FIT-7", Fleet(models=models, pools={"l4": pool(nodes=3)}))
    (finding,) = found("FIT-7", Fleet(models=models, pools={"l4": pool(nodes=2)}))
    assert finding.path == "c"
    assert not found("FIT-7", Fleet(models=models, pools={"l4": pool(min_nodes=0, max_nodes=3)}))


def test_two_large_ones_do_not_share_a_node():
    every = Fleet(models=(model("h100", 5, "a"), model("h100", 4, "b")), pools={"h": pool("h100", 8)})
    assert [f.path for f in found("FIT-7", every)] == ["b"]
    every = Fleet(models=(model("h100", 4, "a"), model("h100", 4, "b")), pools={"h": pool("h100", 8)})
    assert not found("FIT-7", every)


def test_a_surge_needs_room_for_one_more():
    wants = model(rollout=Rollout(strategy="surge"))
    assert found("FIT-8", Fleet(models=(wants,), pools={"l4": pool(nodes=1)}))
    assert not found("FIT-8", Fleet(models=(wants,), pools={"l4": pool(nodes=2)}))
    assert not found("FIT-8", Fleet(models=(model(),), pools={"l4": pool(nodes=1)}))


@pytest.mark.parametrize(
    ("declared", "nodes", "strategy"),
    [("auto", 1, "recreate"), ("auto", 2, "surge"), ("recreate", 2, "recreate"), ("surge", 2, "surge")],
)
def test_how_a_version_takes_over(declared, nodes, strategy):
    wants = model(rollout=Rollout(strategy=declared), artifact_bytes=16_000_000_000)
    chosen = takeover(wants, Fleet(models=(wants,), pools={"l4": pool(nodes=nodes)}))
    assert chosen.strategy == strategy
    if strategy == "recreate":
        assert f"{160 + 380} s" in chosen.why  # 16 GB at 100 MB/s, and as long again, twice, and a minute, to be ready


def test_a_processor_model_is_not_judged_where_the_system_pool_is_not_known():
    every = Fleet(models=(model(None, replicas=500),), pools={"l4": pool()})
    assert not found("FIT-7", every)
    every = Fleet(models=(model(None, replicas=500),), pools={"system": NodePool(machine="m7i.xlarge", nodes=2)})
    assert found("FIT-7", every)


def test_times_grow_with_the_artifact():
    small, large = (startup(size, accelerated=True, autoscaled=True) for size in (10**9, 140 * 10**9))
    assert large.deadline >= 1400 + 15 * 60
    assert small.deadline < large.deadline
    assert small.ready < large.ready
    assert any(
        "unknown" in s or "an artifact of" in s for s in startup(None, accelerated=False, autoscaled=False).assumed
    )
    assert initializer_memory_mib(None) == 1024
    assert initializer_memory_mib(20 * 2**30) == 1024 * 2


def test_a_reserve_is_left():
    assert usable(1000) == 900 * 2**20


FILES = HuggingFace(repo="o/m")
GB = 10**9


@pytest.mark.parametrize(
    ("locked", "declared", "said"),
    [
        ({FILES: 25 * GB}, {}, "files of 25 GB, as the lock says"),
        ({FILES: 25 * GB}, {"artifact_bytes": GB}, "files of 25 GB, as the lock says"),
        ({FILES: GB}, {"artifact_bytes": 25 * GB}, None),
        ({}, {"artifact_bytes": 25 * GB}, "files of 25 GB, as declared"),
        ({HuggingFace(repo="o/other"): GB}, {"artifact_bytes": 25 * GB}, "files of 25 GB, as declared"),
        ({}, {"artifact_bytes": GB}, None),
        (None, {"artifact_bytes": 25 * GB}, None),  # the lock has not been read
        ({FILES: 25 * GB}, {"parameters": 1}, None),
    ],
)
def test_the_size_of_files_is_the_locks_else_the_declarations(locked, declared, said):
    findings = found("FIT-2", Placed(model=model(**declared), pools={"l4": pool()}, sizes=locked))
    assert len(findings) == (1 if said else 0)
    if said:
        assert said in findings[0].why


def test_times_go_by_the_size_that_the_lock_says():
    def times(sizes, **declared):
        wants = model(**declared)
        return takeover(wants, Fleet(models=(wants,), pools={"l4": pool(nodes=2)}, sizes=sizes)).times

    locked = times({FILES: 140 * GB}, artifact_bytes=GB)
    assert locked.ready == times({}, artifact_bytes=140 * GB).ready == 2 * 1400 + 60
    assert locked.deadline > 1400 + 15 * 60 > times({}, artifact_bytes=GB).deadline
    assert locked.assumed[0] == "files of 140 GB, as the lock says"
    assert times({}, artifact_bytes=GB).assumed[0] == "files of 1 GB, as declared"
    assert not any("files of" in each for each in times({}).assumed)


@pytest.mark.parametrize(
    ("wants", "engine", "facts", "is_refused"),
    [
        (HUGE, "kserve", FACTS, True),
        (HUGE, "seldon1", FACTS, True),
        (HUGE, "plain", FACTS, False),
        (HUGE, "seldon2", FACTS, False),
        (HUGE, "kserve", EngineFacts(kserve_initializer_memory="3Gi"), False),
        (HUGE, "kserve", EngineFacts(seldon1_initializer_memory="3Gi"), True),
        (HUGE, "seldon1", EngineFacts(seldon1_initializer_memory="3Gi"), False),
        (model(artifact_bytes=5 * GB), "kserve", FACTS, False),
        (model(), "kserve", FACTS, False),
        (HUGE.model_copy(update={"acknowledge": {"FIT-10": "measured"}}), "kserve", FACTS, False),
    ],
)
def test_a_downloader_has_the_memory_for_what_it_fetches(wants, engine, facts, is_refused):
    findings = list(RULES["FIT-10"].check(fleet(wants, nodes=1, engine=engine), facts))
    assert [f.value for f in findings] == (["40 GB"] if is_refused else [])
    if is_refused:
        assert f"engines.{engine}.initializer_memory" in findings[0].fix


def test_what_our_own_step_fetches_needs_no_memory_of_the_downloader():
    ours = HUGE.model_copy(
        update={
            "predictors": (
                Predictor(graph=HUGE.predictors[0].graph.model_copy(update={"artifact": Artifact(name="a")})),
            )
        }
    )
    assert not list(RULES["FIT-10"].check(fleet(ours, nodes=1, engine="seldon1"), FACTS))
    assert list(RULES["FIT-10"].check(fleet(ours, nodes=1, engine="kserve"), FACTS))


def test_the_only_replica_on_spot_machines_is_refused_where_people_count_on_it():
    (finding,) = RULES["FIT-11"].check(on(model(), capacity="spot"), FACTS)
    assert "l4" in finding.why
    assert not list(RULES["FIT-11"].check(on(model(), capacity="spot", is_protected=False), FACTS))
    acknowledged = model().model_copy(update={"acknowledge": {"FIT-11": "a batch of the night"}})
    assert not list(RULES["FIT-11"].check(on(acknowledged, capacity="spot"), FACTS))
    mixed = on(model(), capacity="spot")
    beside = Fleet(models=mixed.models, pools={**mixed.pools, "safe": pool(nodes=1)}, is_protected=True)
    assert not list(RULES["FIT-11"].check(beside, FACTS))


PACKED = 10**10


@pytest.mark.parametrize(
    ("about", "value"),
    [
        (in_cloud(model(), PACKED, disk_gib=30), "27.9 GiB"),
        (in_cloud(model(), PACKED, disk_gib=33), None),
        (in_cloud(HUGE, PACKED, disk_gib=70), "65.2 GiB"),
        (in_cloud(HUGE, PACKED), None),
        (in_cloud(model(None), 4 * PACKED, disk_gib=300), "111.8 GiB"),
        (in_cloud(model(None), PACKED, disk_gib=20), None),
        (in_cloud(model(), 30 * PACKED, local_nvme=True), "838.2 GiB"),
        (in_cloud(model(), 6 * PACKED, local_nvme=True, disk_gib=100), None),
        (in_streaming_cloud(model(), 30 * PACKED), None),
        (in_streaming_cloud(HUGE, 30 * PACKED, disk_gib=40), "37.3 GiB"),
        (placed(HUGE), None),
        (Placed(model=HUGE, pools=in_cloud(HUGE, disk_gib=40).pools), None),
        (Placed(model=HUGE, pools={"l4": pool()}, sizes={}), None),
        (in_cloud(lying_at("pvc://weights/m"), disk_gib=40), None),
        (in_cloud(lying_at("s3://weights/m"), disk_gib=40), "37.3 GiB"),
    ],
    ids=[
        "image", "image fits", "image and files", "both fit", "on the system pool", "another pool is not asked",
        "local disks", "local disks fit", "streamed", "streamed, and files", "before the lock", "before the lock, in a cloud", "no cloud's disk",
        "on a volume", "not on a volume",
    ],
)  # fmt: skip
def test_a_nodes_disk_holds_what_a_pod_brings(about, value):
    assert [finding.value for finding in found("FIT-12", about)] == ([value] if value else [])


def test_the_disk_that_is_asked_for_is_enough():
    (finding,) = found("FIT-12", in_cloud(HUGE, PACKED, disk_gib=40))
    wanted = int(finding.fix.split("disk_gib: ")[1].split(",")[0])
    assert not found("FIT-12", in_cloud(HUGE, PACKED, disk_gib=wanted))
    assert found("FIT-12", in_cloud(HUGE, PACKED, disk_gib=wanted - 1))
    assert "3 times an image of 10 GB" in finding.why
    assert "files of 40 GB, as declared" in finding.why


KNATIVE = EngineFacts(kserve_mode="knative")


@pytest.mark.parametrize(
    ("wants", "nodes", "engine", "facts", "who"),
    [
        (model(), 1, "seldon1", FACTS, "the operator of Seldon Core 1"),
        (model(), 1, "kserve", KNATIVE, "Knative"),
        (model(), 1, "kserve", FACTS, None),
        (model(), 1, "plain", FACTS, None),
        (model(), 1, "seldon2", FACTS, None),
        (model(), 2, "seldon1", FACTS, None),
        (model(replicas=9), 9, "seldon1", FACTS, "the operator of Seldon Core 1"),
        (model(replicas=10), 10, "seldon1", FACTS, None),  # a tenth of them may be missing
        (model(replicas=0), 0, "seldon1", FACTS, None),
        (model(replicas=2), 1, "seldon1", FACTS, None),  # it has no room as it is
        (SURGES, 1, "seldon1", FACTS, None),
        (model().model_copy(update={"acknowledge": {"FIT-9": "stopped by hand"}}), 1, "seldon1", FACTS, None),
    ],
)
def test_an_engine_that_always_surges_needs_room(wants, nodes, engine, facts, who):
    findings = list(RULES["FIT-9"].check(fleet(wants, nodes=nodes or 1, engine=engine), facts))
    assert len(findings) == (1 if who else 0)
    if who:
        assert findings[0].why.startswith(who)
        assert "plain" in findings[0].fix

"""A stack of as many models as asked for, through Slipway's own types, rules and components."""

# ruff: noqa: E402

import os

import pulumi

from catalog.garbage import collect_rarely

collect_rarely()  # before the imports, as the program of every stack does

from catalog.machines import Accelerator
from components.serving.spec import Accelerators, Artifact, Format, ModelDeployment, ModelServer, Predictor, Resources
from stacks import locks, platform
from stacks.locks import LockEntry, LockFile
from stacks.models import CATALOG
from stacks.settings import parse

COUNT = int(os.environ["BENCH_MODELS"])
DIGEST = "sha256:" + "0" * 64


def declaration(name: str) -> ModelDeployment:
    """A model with an artifact and one accelerator, so that it lands on a simulated node."""
    server = ModelServer(
        format=Format.SKLEARN,
        artifact=Artifact(name=name),
        resources=Resources(cpu="100m", memory="512Mi", accelerators=Accelerators(kind=Accelerator.L4)),
    )
    return ModelDeployment(name=name, team="bench", predictors=(Predictor(graph=server),))


names = [f"model-{index}" for index in range(COUNT)]
CATALOG.update({name: declaration(name) for name in names})
settings = parse(
    {
        "cluster": {"kind": "sandbox", "pools": {"l4": {"accelerator": "l4", "count": 8, "nodes": COUNT // 8 + 1}}},
        "store": {"kind": "s3", "bucket": os.environ["BENCH_BUCKET"]},
        "teams": {"bench": {"owner": "bench"}},
        "models": {name: {} for name in names},
        "lifecycle": {"protect": False},
        "locks": "counted",
        "workspace": "slipway",
    }
)
locked = {
    f"artifact:{n}": LockEntry(reference=n, immutable=f"models/{n}/{DIGEST}/", digest=DIGEST, date="") for n in names
}
for image in ("sandbox/images/mlserver", "sandbox/images/artifact-fetch"):
    locked[f"image:{image}"] = LockEntry(reference=image, immutable="bench.invalid/image:1", digest=DIGEST, date="")
locks.read = lambda _: LockFile(entries=locked)  # type: ignore[assignment]  # the lock of models that exist only here
for key, value in platform.build(settings, pulumi.get_stack(), pulumi.get_project()).items():
    pulumi.export(key, value)

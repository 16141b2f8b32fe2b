"""Whether a model outlives the machine that a cloud takes back."""

from collections.abc import Iterator

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding, rule
from components.serving.rules.fit import Placed
from components.serving.rules.room import Fleet

_SOURCE = (
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-interruptions.html and "
    "https://cloud.google.com/compute/docs/instances/spot (read 2026-11): two minutes, and half a minute, of notice"
)


@rule("FIT-11", source=_SOURCE, trap=True, about=Fleet)
def spot_takes_no_only_replica(fleet: Fleet, _: EngineFacts) -> Iterator[Finding]:
    """In a stack that is protected, a model that only spot machines can carry has two replicas."""
    if not fleet.is_protected:
        return
    for model in fleet.asked("FIT-11"):
        pools = _only_spot(Placed(model=model, pools=fleet.pools))
        if pools and any(model.scaling_of(predictor).min_replicas == 1 for predictor in model.predictors):
            yield Finding(
                path=f"{model.name}.scaling.min_replicas",
                value="1",
                why=f"only spot machines carry it ({', '.join(pools)}): when the cloud takes one back, the only "
                "replica goes with it",
                fix="give it two, or a pool of capacity on_demand",
            )


def _only_spot(placed: Placed) -> list[str]:
    """The pools of the first part of a model that nothing but spot machines carry."""
    for _, _, wanted in placed.wanting:
        pools = placed.fitting(wanted)
        if pools and all(pool.capacity == "spot" for pool in pools.values()):
            return sorted(pools)
    return []

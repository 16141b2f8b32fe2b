"""How often a test repeats itself: few times in `make test`, more in `make prove`, all of it in `make soak`."""

import os
from typing import Literal, cast

Level = Literal["test", "prove", "soak"]


def level() -> Level:
    """The level this run was started with (`SLIPWAY_COUNTS`), `test` by default."""
    value = os.environ.get("SLIPWAY_COUNTS", "test")
    if value not in ("test", "prove", "soak"):
        raise ValueError(f"SLIPWAY_COUNTS: {value!r} is none of test, prove, soak")
    return cast("Level", value)


def count(*, test: int, prove: int, soak: int) -> int:
    """The count for this run's level."""
    return {"test": test, "prove": prove, "soak": soak}[level()]

"""How long a person waits: `slipway up` on a copy of the clone, with tools and images in the cache."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import urllib3

from benchmarks.figures import Figure
from stacks.models import CATALOG
from tests.launch.clone import Clone

UP_S: Final = 30.0
START_S: Final = 15.0
STOP_S: Final = 1.0
Say = Callable[[str], None]


def measure(folder: Path, times: int, say: Say) -> list[Figure]:
    """The first `up`, one without a change, the stop, and the start to the first answer; medians.

    Args:
        folder: where the copy of the clone goes.
        times: how often each is measured.
        say: told what goes on.
    """
    clone = Clone(folder)
    try:
        say("  first up of a clone")
        first = clone.ok("up").seconds
        url = json.loads(clone.ok("predict", "iris", "--json").out)["url"]
        again, stops, starts, whole = [], [], [], []
        for turn in range(times):
            say(f"  up, stop, start: {turn + 1} of {times}")
            again.append(clone.ok("up").seconds)
            stops.append(clone.ok("down").seconds)
            starts.append(_started(clone, url))
            clone.ok("down")
            whole.append(clone.ok("up").seconds)
    finally:
        clone.slipway("sandbox", "down")
    median = statistics.median
    return [
        Figure("first up of a clone, tools and images in the cache, to the printed predictions", first, " s"),
        Figure("up with nothing to change, to the printed predictions", median(again), " s", UP_S),
        Figure("up with nothing to change and a sandbox that was stopped, the same", median(whole), " s", UP_S),
        Figure("start of the sandbox to the first prediction", median(starts), " s", START_S),
        Figure("stop of the sandbox", median(stops), " s", STOP_S),
    ]


def _started(clone: Clone, url: str) -> float:
    """Seconds from the command that starts the sandbox to the first answer of a model in it."""
    sample = CATALOG["iris"].sample
    if sample is None:
        raise RuntimeError("iris has no sample request")
    pool = urllib3.PoolManager(retries=False)
    began = time.monotonic()
    starting = clone.start("sandbox", "up")
    try:
        while time.monotonic() - began < 120:
            try:
                answer = pool.request("POST", url, json=sample.body, timeout=2)
                if answer.status == 200:
                    return time.monotonic() - began
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.05)
    finally:
        starting.communicate(timeout=120)
    raise RuntimeError(f"{url} does not answer two minutes after the start")

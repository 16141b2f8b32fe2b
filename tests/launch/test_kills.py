"""Killed at any point, an `up` is taken up by the next one and nothing else."""

import json
import random
import time

import pytest

from tests.counts import count
from tests.launch.killing import consistent, kill_in_the_middle

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_killed_ups_are_recovered_by_the_next(launched, figure):
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    hits = 0
    kills = count(test=1, prove=10, soak=100)
    for _ in range(kills):
        launched.ok("destroy", "--yes")
        hits += kill_in_the_middle(launched, chance.uniform(0.3, 4.0), whole=chance.random() < 0.5)
        done = launched.ok("up")
        consistent(launched)
        assert json.loads(launched.ok("predict", "iris").out)["outputs"][0]["data"] == [0, 2], done.text
    figure(
        f"kill -9 of an up at {kills} random points (seed {seed}, {hits} while at work): 0 lost, 0 twice, 0 left over"
    )


def test_a_second_up_at_the_same_time_is_refused(launched):
    first = launched.start("up")
    try:
        time.sleep(1.0)
        second = launched.slipway("up")
        assert second.code == 2
        assert "another run is under way" in second.err
        assert str(first.pid) in second.err
    finally:
        first.communicate(timeout=240)
    assert first.returncode == 0

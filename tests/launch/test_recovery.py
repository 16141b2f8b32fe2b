"""What the state does not know of, because the run that did it was killed, is taken up all the same."""

import json
import time
from functools import partial

import pytest

from tests.counts import count
from tests.launch.clone import Clone
from tests.launch.killing import consistent, in_state, kill_in_the_middle, kill_when, marked
from tests.launch.test_first_launch import kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def live(clone: Clone, kind: str, name: str) -> dict:
    """An object of the cluster, empty when there is none."""
    found = kubectl(clone, "get", kind, name, "-n", "science", "-o", "json", "--ignore-not-found")
    return json.loads(found) if found.strip() else {}


def users_of(clone: Clone) -> str:
    return (clone.state / "sandbox" / "data" / "s3" / "iam" / "users.json").read_text()


def changed(clone, *, back: bool) -> None:
    """The state knows nothing of the change: a declaration that is taken back must not look like no change."""
    before = clone.stack_file.read_text()
    clone.change("models", iris={"min_replicas": 2})
    try:
        kill_when(clone, "up", lambda: live(clone, "deployment", "iris")["spec"]["replicas"] == 2)
        if back:
            clone.stack_file.write_text(before)
            clone.slipway("preview")  # looks, and takes nothing up
        clone.ok("up")
        assert live(clone, "deployment", "iris")["spec"]["replicas"] == (1 if back else 2)
        consistent(clone)
    finally:
        clone.stack_file.write_text(before)


def replaced(clone, *, back: bool) -> None:
    """A node of another shape is made anew: what the state calls `l4-0` is gone, and another has its name."""
    before = clone.stack_file.read_text()
    old = live(clone, "node", "l4-0")["metadata"]["uid"]
    h100 = {"accelerator": "h100", "count": 8}
    clone.change("cluster", pools={"h100": h100, "l4": {"accelerator": "l4", "count": 4, "nodes": 30}})
    try:
        kill_when(clone, "up", lambda: live(clone, "node", "l4-0").get("metadata", {}).get("uid") not in (old, None))
        if back:
            clone.stack_file.write_text(before)
        clone.ok("up")
        consistent(clone)
        status = live(clone, "node", "l4-0")["status"]
        assert status["allocatable"]["nvidia.com/gpu"] == ("1" if back else "4")
    finally:
        clone.stack_file.write_text(before)


def made_then_destroyed(clone) -> None:
    """The state knows nothing of what was made; its marks do."""
    clone.ok("destroy", "--yes")
    kill_when(clone, "up", lambda: live(clone, "deployment", "iris"))
    assert in_state(clone) == []
    assert marked(clone)
    assert "artifacts-iris" in users_of(clone)
    clone.ok("destroy", "--yes")
    gone(clone)


def destroyed_in_two(clone) -> None:
    """The state still has everything, and what is gone is not missed."""
    kill_when(clone, "destroy", lambda: not live(clone, "deployment", "iris"))
    clone.ok("destroy", "--yes")
    gone(clone)


def destroyed_and_wanted_again(clone) -> None:
    """The state still has everything, and what is gone is made again."""
    kill_when(clone, "destroy", lambda: not live(clone, "deployment", "iris"))
    clone.ok("up")
    consistent(clone)


def gone(clone) -> None:
    """Nothing is left of the stack; a namespace takes its time."""
    until = time.monotonic() + 60
    while marked(clone) and time.monotonic() < until:
        time.sleep(0.5)
    assert marked(clone) == in_state(clone) == []
    assert "artifacts-iris" not in users_of(clone)
    assert not (clone.state / "sandbox" / "data" / "s3" / "objects" / "artifacts").exists()


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(partial(changed, back=True), id="a-change-taken-back"),
        pytest.param(made_then_destroyed, id="made-then-destroyed"),
        pytest.param(destroyed_and_wanted_again, id="destroyed-and-wanted-again"),
        pytest.param(partial(changed, back=False), id="a-change"),
        pytest.param(partial(replaced, back=False), id="a-replacement"),
        pytest.param(partial(replaced, back=True), id="a-replacement-taken-back"),
        pytest.param(destroyed_in_two, id="destroyed-in-two"),
    ][: count(test=2, prove=7, soak=7)],
)
def test_killed_in_the_middle_of(launched, story):
    """What the state does not know of is taken up all the same: it was not written while the run was at work."""
    story(launched)
    launched.ok("up")
    consistent(launched)
    assert json.loads(launched.ok("predict", "iris").out)["outputs"][0]["data"] == [0, 2]


def test_what_a_killed_up_made_and_nothing_declares_any_more_is_removed(launched):
    """Killed while it makes a second team's things; then the declaration goes."""
    settings = launched.stack_file.read_text()
    launched.change(
        "cluster",
        pools={"h100": {"accelerator": "h100", "count": 8}, "l4": {"accelerator": "l4", "count": 1, "nodes": 40}},
    )
    kill_in_the_middle(launched, 2.5, whole=True)
    launched.stack_file.write_text(settings)
    launched.ok("up")
    consistent(launched)


def test_an_object_of_somebody_else_is_never_adopted(launched):
    launched.ok("destroy", "--yes")
    kubectl(launched, "create", "namespace", "science")
    try:
        done = launched.slipway("up")
        assert done.code == 1
        assert "science" in done.err
        assert "pulumi import" in done.err
    finally:
        kubectl(launched, "delete", "namespace", "science")

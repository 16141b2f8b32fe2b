"""The plan travels as text and comes back the same."""

import dataclasses

import pytest

from sandbox.node.plan import Daemon, Plan, Probe

DAEMON = Daemon("a", ("/bin/a", "-x"), Probe("http", "http://x/"), after=("b",), env=(("K", "v"),), listens=True)
PLAN = Plan(
    real_pods=True, root="/root", keep=("/a", "/b"), cwd="/", path="/bin", daemons=(DAEMON, Daemon("b", ("/b",)))
)


def test_it_comes_back_the_same() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN


def test_its_digest_tells_changes_and_nothing_else() -> None:
    assert Plan.from_json(PLAN.to_json()).digest() == PLAN.digest()
    assert dataclasses.replace(PLAN, path="/sbin").digest() != PLAN.digest()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"daemons": 1}', '{"keep": [], "daemons": [{"name": "x"}]}'])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Plan.from_json(text)

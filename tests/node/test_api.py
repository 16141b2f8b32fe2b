"""Applying objects: a server that has just started gets a moment, a refusal is told at once."""

from typing import Any

import pytest

from catalog.errors import SlipwayError
from sandbox.node import api as apis
from sandbox.node.api import Answer, Api

THING = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "n"}}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An API whose answers are in a list; the last one is given for ever."""
    monkeypatch.setattr(apis, "RETRY_SECONDS", 0.3)
    one = Api.__new__(Api)
    one.answers, one.asked = [Answer(200, {})], []

    def request(method: str, path: str, body: object = None, kind: str = "") -> Answer:
        one.asked.append(path)
        return one.answers.pop(0) if len(one.answers) > 1 else one.answers[0]

    one.request = request
    return one


def test_objects_are_ours_by_force(api: Any) -> None:
    api.apply(THING)
    assert api.asked == ["/api/v1/namespaces/n/configmaps/x?fieldManager=slipway-sandbox&force=true"]


@pytest.mark.parametrize("status", [404, 429, 503])
def test_what_may_pass_is_tried_again(api: Any, status: int) -> None:
    api.answers = [Answer(status, {}), Answer(status, {}), Answer(201, {})]
    api.apply(THING)
    assert len(api.asked) == 3


def test_what_does_not_pass_is_told(api: Any) -> None:
    api.answers = [Answer(503, {"message": "starting"})]
    with pytest.raises(SlipwayError, match="starting"):
        api.apply(THING)
    assert len(api.asked) > 2


def test_a_refusal_is_told_at_once(api: Any) -> None:
    api.answers = [Answer(422, {"message": "spec.x: no"})]
    with pytest.raises(SlipwayError, match=r"sandbox logs apiserver`$") as caught:
        api.apply(THING)
    assert (caught.value.value, caught.value.why, len(api.asked)) == ("HTTP 422", "spec.x: no", 1)


def test_a_server_that_is_not_there_is_an_answer() -> None:
    with_nobody = Api.__new__(Api)
    import urllib3

    with_nobody._pool = urllib3.HTTPSConnectionPool("127.0.0.1", 1, retries=False, timeout=1.0)
    assert with_nobody.request("GET", "/readyz").status == 503
    assert with_nobody.get("/readyz") is None

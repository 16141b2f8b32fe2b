"""A team's namespace."""

import pytest

from components.serving.spec import Team
from components.teams import team_objects
from stacks import platform
from stacks.settings import Engine, ModelSettings, from_file, stack_file
from tests.mocks.recorder import record
from tests.stacks import local

LEVEL = "pod-security.kubernetes.io/"


@pytest.mark.parametrize(
    ("engines", "enforced"),
    [
        ((), "restricted"),
        (("plain", "kserve", "seldon2"), "restricted"),
        (("seldon1",), "baseline"),
        (("plain", "seldon1"), "baseline"),
    ],
)
def test_the_level_that_is_enforced_is_lower_only_where_an_engine_adds_what_restricted_refuses(engines, enforced):
    labels = team_objects("science", Team(owner="o"), engines)["namespace"]["metadata"]["labels"]
    assert labels[f"{LEVEL}enforce"] == enforced
    assert labels[f"{LEVEL}audit"] == labels[f"{LEVEL}warn"] == "restricted"


@pytest.mark.parametrize(("engine", "enforced"), [(None, "restricted"), (Engine.SELDON1, "baseline")])
def test_a_stack_lowers_it_for_one_model_of_a_team_that_needs_it(tmp_path, monkeypatch, engine, enforced):
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    local.pretend(tmp_path)
    local.lock(tmp_path)
    settings = from_file(stack_file("local"))
    models = {**settings.models, "house-price": ModelSettings(engine=engine)}
    seen = record(
        lambda: platform.build(settings.model_copy(update={"models": models}), "local", "slipway"), preview=True
    )
    (namespace,) = seen.of("kubernetes:core/v1:Namespace")
    assert namespace.inputs["metadata"]["labels"][f"{LEVEL}enforce"] == enforced

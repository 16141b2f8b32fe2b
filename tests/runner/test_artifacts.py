"""What is pushed is what the model's server will take."""

import json

import pytest

from catalog.errors import SlipwayError
from runner import artifacts
from stacks.settings import from_file, stack_file


@pytest.fixture
def stopped(monkeypatch):
    """A push that gets as far as the store stops there."""

    def target(settings):
        raise SlipwayError("store", "", "this is where it would go", "")

    monkeypatch.setattr(artifacts, "target", target)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"name": "fraud"}, "is asked for iris: it would never be ready"),
        ({"name": "iris"}, "where it would go"),
        ({"implementation": "mlserver_sklearn.SKLearnModel"}, "where it would go"),
        (["no mapping"], "where it would go"),
    ],
)
@pytest.mark.usefixtures("stopped")
def test_mlserver_is_not_given_a_model_by_another_name(tmp_path, settings, why):
    (tmp_path / "model-settings.json").write_text(json.dumps(settings))
    with pytest.raises(SlipwayError, match=why):
        artifacts.push("local", "iris", tmp_path, None)


@pytest.mark.usefixtures("stopped")
def test_a_model_without_settings_of_its_own_has_the_declared_name(tmp_path):
    (tmp_path / "model.joblib").write_bytes(b"model")
    with pytest.raises(SlipwayError, match="where it would go"):
        artifacts.push("local", "iris", tmp_path, None)


def test_only_who_reads_the_artifact_is_asked():
    settings = from_file(stack_file("local"))
    (iris,) = (model for model in settings.declarations() if model.name == "iris")
    assert artifacts._on_mlserver(iris, "iris")
    assert not artifacts._on_mlserver(iris, "other")

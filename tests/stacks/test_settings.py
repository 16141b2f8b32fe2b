"""Stack files: what is accepted, and all that is wrong in one report."""

import copy

import pytest
import yaml

from catalog.errors import SeveralErrors, SlipwayError
from stacks.settings import from_file, parse, stack_file

LLAMA = "models.llama-8b.predictors[0].graph.resources.accelerators"


@pytest.fixture
def values():
    config = yaml.safe_load(stack_file("local").read_text())["config"]
    return {k.removeprefix("slipway:"): copy.deepcopy(v) for k, v in config.items() if k.startswith("slipway:")}


def _errors(values) -> dict[str, SlipwayError]:
    with pytest.raises(SeveralErrors) as caught:
        parse(values)
    return {error.path: error for error in caught.value.errors}


def test_the_shipped_file_is_right(values):
    settings = parse(values)
    assert [m.name for m in settings.declarations()] == ["house-price", "iris", "llama-8b"]
    assert settings == from_file(stack_file("local"))


def test_five_mistakes_give_five_paths(values):
    values["modles"] = {}
    values["lifecycle"] = {"protect": "no"}
    values["models"]["irsi"] = {}
    del values["cluster"]["pools"]["h100"]
    values["models"]["house-price"] = {"min_replicas": -1}
    errors = _errors(values)
    assert set(errors) == {
        "modles", "lifecycle.protect", "models.irsi", LLAMA, "models.house-price.min_replicas",
    }  # fmt: skip
    assert errors["modles"].fix == "did you mean models?"
    assert errors["models.irsi"].fix == "did you mean iris?"
    assert "no pool of the cluster has this accelerator" in errors[LLAMA].why


def test_a_mistake_in_the_cluster_does_not_hide_what_models_ask_of_it(values):
    values["cluster"]["nodes"] = 3
    del values["cluster"]["pools"]["h100"]
    assert set(_errors(values)) == {"cluster.nodes", LLAMA}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda pool: pool.update(acelerator=pool.pop("accelerator")), "cluster.pools.h100.acelerator"),
        (lambda pool: pool.update(count="8"), "cluster.pools.h100.count"),
    ],
)
def test_a_typo_in_a_pool_is_not_a_second_error_of_the_model_that_asks_for_it(values, change, path):
    change(values["cluster"]["pools"]["h100"])
    assert set(_errors(values)) == {path}


def test_a_broken_declaration_is_not_said_to_be_missing_as_well(values, monkeypatch):
    broken = SlipwayError("stacks/models/fraud_check.py:9: Predictor.traffic", "", "a whole number", "give one")
    monkeypatch.setattr("stacks.settings.ERRORS", [broken])
    values["models"]["fraud-check"] = {}
    assert list(_errors(values)) == [broken.path]


@pytest.mark.parametrize(
    ("change", "path", "fix"),
    [
        (lambda v: v["cluster"]["pools"]["h100"].update(acelerator="l4"), "cluster.pools.h100.acelerator", "did you mean accelerator?"),
        (lambda v: v["cluster"]["pools"]["l4"].update(count=3), "cluster.pools.l4", "give one of 1, 4, 8"),
        (lambda v: v["cluster"]["pools"]["l4"].update(count="1"), "cluster.pools.l4.count", "give a whole number without quotes"),
        (lambda v: v["cluster"]["pools"]["l4"].update(nodes=0), "cluster.pools.l4.nodes", "give a number of at least 1"),
        (lambda v: v["cluster"]["pools"]["l4"].update(machine="g6.xlarge"), "cluster.pools.l4", "give one of the two"),
        (lambda v: v["cluster"].update(kind="minikube"), "cluster", "give one of 'eks', 'gke', 'sandbox', 'existing'"),
        (lambda v: v["teams"]["science"]["quota"].update(pods="many"), "teams.science.quota.pods", "give one such as 500m, 2 or 1.5Gi"),
        (lambda v: v.update(engine="kserv"), "engine", "give one of 'plain'"),
        (lambda v: v["store"].update(bucket="Has_Capitals"), "store.bucket", ""),
        (lambda v: v.pop("store"), "store", "add slipway:store to the stack file"),
        (lambda v: v["teams"].pop("science"), "models.iris", "remove it; known here: nothing"),
    ],
)  # fmt: skip
def test_one_mistake_gives_its_path_and_a_fix(values, change, path, fix):
    change(values)
    assert fix in _errors(values)[path].fix


def test_a_text_in_the_place_of_a_number_or_a_word_is_shown(values):
    values["cluster"]["pools"]["h100"]["nodes"] = "two"
    values["engine"] = "seldon7"
    errors = _errors(values)
    assert errors["cluster.pools.h100.nodes"].value == "two"
    assert errors["engine"].value == "seldon7"


def test_values_are_not_shown(values):
    values["store"]["bucket"] = "Sup3rS3cret!"
    assert "Sup3rS3cret" not in "\n".join(map(str, _errors(values).values()))


@pytest.mark.parametrize(
    ("text", "why"), [("config: [", "not YAML"), ("a: 1", "no mapping `config`"), ("", "no mapping")]
)
def test_a_file_that_is_no_stack_file(tmp_path, text, why):
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    with pytest.raises(SlipwayError, match=why):
        from_file(path)


def test_an_unknown_stack_names_the_nearest():
    with pytest.raises(SlipwayError, match="did you mean local"):
        stack_file("locl")
    with pytest.raises(SlipwayError, match="give one of: dev-eks"):
        stack_file("nosuch")

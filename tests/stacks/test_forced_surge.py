"""A stack whose pools are full, on engines that can and cannot stop the old replica first."""

import pytest

from catalog.errors import SeveralErrors
from components.serving.spec import Accelerators, Container, Image, ModelDeployment, Predictor, Resources
from stacks.models import CATALOG
from stacks.settings import from_file, parse, stack_file

TAGGER = ModelDeployment(
    name="tagger",
    team="science",
    predictors=(
        Predictor(
            graph=Container(
                image=Image(reference="tagger:1"), resources=Resources(accelerators=Accelerators(kind="h100", count=8))
            )
        ),
    ),
)


@pytest.mark.parametrize(
    ("engine", "nodes", "reason", "rules"),
    [
        ("seldon1", 1, None, ["FIT-9"]),
        ("seldon1", 1, "stopped by hand", []),
        ("seldon1", 2, None, []),
        ("kserve", 1, None, []),
    ],
)
def test_it_is_refused_before_the_first_rollout_hangs(monkeypatch, engine, nodes, reason, rules):
    acknowledged = {"FIT-9": reason} if reason else {}
    monkeypatch.setitem(CATALOG, "tagger", TAGGER.model_copy(update={"acknowledge": acknowledged}))
    values = {
        "cluster": {"kind": "sandbox", "pools": {"h100": {"accelerator": "h100", "count": 8, "nodes": nodes}}},
        "store": from_file(stack_file("local")).store.model_dump(mode="json", exclude_unset=True),
        "teams": {"science": {"owner": "science@example.com"}},
        "models": {"tagger": {"engine": engine}},
    }
    if not rules:
        chosen = parse(values).takeovers()["tagger"]
        assert chosen.strategy == ("surge" if nodes > 1 or engine == "seldon1" else "recreate")
        assert ("it waits until they have" in chosen.why) == (reason is not None)
        plain = parse(values).takeovers(engines={"tagger": "plain"})["tagger"]
        assert plain.strategy == ("surge" if nodes > 1 else "recreate")
        return
    with pytest.raises(SeveralErrors) as caught:
        parse(values)
    assert [(e.rule, e.path) for e in caught.value.errors] == [("FIT-9", "models.tagger.rollout.strategy")]
    assert "acknowledge" in caught.value.errors[0].fix

"""Every key that a stack file may have is in its documentation."""

import re

import pytest

from components.clusters.spec import KINDS as CLUSTERS
from components.clusters.spec import Network, NodePool
from components.storage.spec import KINDS as STORES
from components.storage.spec import Registry
from stacks.settings import STACKS

TEXT = (STACKS.parent / "docs" / "stack-file.md").read_text()
WORDS = set(
    re.findall(
        r"[a-z0-9_-]+",
        " ".join(re.findall(r"`([^`]+)`", TEXT)) + " " + " ".join(re.findall(r"```yaml(.*?)```", TEXT, re.DOTALL)),
    )
)


@pytest.mark.parametrize(
    "model", [*CLUSTERS.values(), *STORES.values(), NodePool, Network, Registry], ids=lambda m: m.__name__
)
def test_every_key_is_documented(model):
    assert set(model.model_fields) - WORDS == set()


@pytest.mark.parametrize("kind", [*CLUSTERS, *STORES])
def test_every_kind_is_documented(kind):
    assert kind in WORDS

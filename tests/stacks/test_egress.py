"""With `egress: none` a stack says which of its models cannot be fetched."""

import pytest

from stacks import egress
from stacks.locks import LockEntry, LockFile
from stacks.settings import parse
from tests.stacks.test_reading import values

HERE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/vllm"


def errors(stack, *, lock=None, **network):
    said = values(stack)
    said["cluster"]["network"] = network
    return {error.path: error.fix for error in egress.errors(parse(said), lock or LockFile())}


@pytest.mark.parametrize("stack", ["prod-eks", "prod-gke"])
def test_with_a_way_out_everything_is_fetched(stack):
    assert errors(stack, egress="nat") == {}


def test_without_one_what_no_cache_has_is_refused():
    found = errors("prod-eks", egress="none")
    assert set(found) == {"models.llama-8b.image", "models.llama-8b.artifact"}
    assert "add docker.io to cluster.caches" in found["models.llama-8b.image"]
    assert set(errors("prod-gke", egress="none")) == {"models.llama-8b.artifact"}


def test_a_copy_in_the_lock_is_what_counts():
    from components.versions import VLLM_IMAGE

    entry = LockEntry(
        reference=VLLM_IMAGE, immutable=f"{HERE}@sha256:{'ab' * 32}", digest="sha256:" + "ab" * 32, date="2026-11-01"
    )
    found = errors("prod-eks", egress="none", lock=LockFile(entries={f"image:{VLLM_IMAGE}": entry}))
    assert set(found) == {"models.llama-8b.artifact"}


def test_other_clusters_are_not_asked():
    assert list(egress.errors(parse(values("local")), LockFile())) == []

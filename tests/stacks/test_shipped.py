"""The shipped cloud stacks: a dozen lines of values, right as they are, the same models on both clouds."""

import pytest
import yaml

from catalog.network import short
from components.clusters.spec import CloudCluster
from stacks.models import CATALOG
from stacks.settings import STACKS, from_file, stack_file, unknown

CLOUD_STACKS = ("dev-eks", "prod-eks", "dev-gke", "prod-gke")


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_right_as_it_is(stack):
    settings = from_file(stack_file(stack))
    assert settings.cluster.kind == stack.partition("-")[2]
    assert settings.lifecycle.protect == stack.startswith("prod")
    assert settings.locks == "counted"
    assert not list(short(settings.cluster.plan(settings.cluster.cidr).budgets))
    assert all("it is not known here whether" in said.why for said in unknown(settings))


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_small(stack):
    said = yaml.safe_load(stack_file(stack).read_text())["config"]
    assert len(stack_file(stack).read_text().splitlines()) <= 30
    assert len(said["slipway:cluster"]) <= 12


def test_every_stack_runs_the_same_declarations():
    every = {stack: from_file(stack_file(stack)) for stack in ("local", *CLOUD_STACKS)}
    for settings in every.values():
        for model in settings.declarations():
            shipped = CATALOG[model.name]
            assert model.model_copy(update={"scaling": shipped.scaling}) == shipped
    assert {frozenset(settings.models) for settings in every.values()} == {
        frozenset({"iris", "house-price", "llama-8b"})
    }


def test_the_regions_are_those_whose_zones_and_prices_are_known():
    clouds = {path: from_file(path).cluster for path in STACKS.glob("Pulumi.*-*.yaml")}
    regions = {path: c.region for path, c in clouds.items() if isinstance(c, CloudCluster)}
    assert len(regions) >= 4
    assert set(regions.values()) == {"us-east-1", "us-central1"}


def test_no_zone_of_a_shipped_stack_on_aws_is_unknown():
    assert unknown(from_file(stack_file("prod-eks"))) == []
    (said,) = unknown(from_file(stack_file("prod-gke")))
    assert (said.path, said.value) == ("cluster.pools.h100", "a3-highgpu-8g")

"""What an EKS stack says and cannot be made is refused before anything is registered; what can be is not."""

import pytest

from catalog.errors import SeveralErrors
from runner import checking
from stacks import makeable, platform
from stacks.settings import from_file, parse, stack_file
from tests.mocks.recorder import record

EXISTING = {"kind": "existing", "name": "lab", "kubeconfig": "~/.kube/config"}
STORE = {"kind": "aws-s3", "bucket": "acme-models", "region": "us-east-1", "account": "111122223333"}


def with_pool(**pool):
    """The development stack with another pool."""
    settings = from_file(stack_file("dev-eks"))
    made = settings.cluster.pools["l4"].model_copy(update=pool)
    spec = settings.cluster.model_copy(update={"pools": settings.cluster.pools | {"l4": made}})
    return settings.model_copy(update={"cluster": spec})


def said(settings):
    return {error.path: f"{error.why}; {error.fix}" for error in makeable.errors(settings)}


def test_the_shipped_stacks_can_be_made():
    assert said(from_file(stack_file("dev-eks"))) == said(from_file(stack_file("prod-eks"))) == {}


def test_a_pool_that_nobody_would_fill_is_refused_before_the_first_resource():
    settings = with_pool(autoscaler="karpenter")
    assert "give managed" in said(settings)["cluster.pools.l4.autoscaler"]
    seen = []

    def program():
        seen.append("begun")
        platform.build(settings, "dev-eks", "slipway")

    with pytest.raises(SeveralErrors) as caught:
        record(program, preview=True)
    assert seen == ["begun"]
    assert [error.path for error in caught.value.errors] == ["cluster.pools.l4.autoscaler"]


def test_check_refuses_it_with_path_why_and_fix(tmp_path, monkeypatch):
    text, shipped = stack_file("dev-eks").read_text(), "accelerator: l4, "
    assert shipped in text
    for added, paths in (("", []), ("autoscaler: karpenter, ", ["cluster.pools.l4.autoscaler"])):
        file = tmp_path / "Pulumi.dev-eks.yaml"
        file.write_text(text.replace(shipped, shipped + added))
        monkeypatch.setattr(checking, "stack_file", lambda _, file=file: file)
        found = checking.check("dev-eks")
        assert [error.path for error in found] == paths
        assert all("no stack installs Karpenter yet" in error.why and "give managed" in error.fix for error in found)


def test_the_store_is_in_the_clusters_account():
    settings = from_file(stack_file("dev-eks"))
    own, other = (
        settings.model_copy(update={"store": settings.store.model_copy(update={"account": account})})
        for account in ("111122223333", "999900001111")
    )
    assert said(own) == {}
    assert "give 111122223333" in said(other)["store.account"]


def test_a_cluster_of_others_has_no_identities_there():
    found = said(parse({"cluster": EXISTING, "store": STORE}))
    assert "give kind: s3" in found["store.kind"]
    server = {"kind": "s3", "bucket": "models", "endpoint": "https://s3.example"}
    assert said(parse({"cluster": EXISTING, "store": server})) == {}


def test_check_says_whose_nodes_get_an_image_that_nobody_chose():
    """A new release brings another driver; what is pinned is not said, and in Auto Mode AWS keeps the images."""
    (told,) = makeable.unpinned(from_file(stack_file("dev-eks")))
    assert (told.path, told.value) == ("cluster.pools", "system, l4, h100")
    assert "again with every change of its template" in told.why
    assert [each.value for each in checking.unknown("dev-eks") if "no image is pinned" in each.why] == [told.value]
    (told,) = makeable.unpinned(with_pool(image="1.34.2-20261105"))
    assert told.value == "system, h100"
    settings = from_file(stack_file("dev-eks"))
    auto = settings.cluster.model_copy(update={"mode": "auto"})
    assert list(makeable.unpinned(settings.model_copy(update={"cluster": auto}))) == []
    assert list(makeable.unpinned(from_file(stack_file("dev-gke")))) == []

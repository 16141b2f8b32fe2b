"""What the rest of Slipway asks."""

import pytest

from catalog.errors import SlipwayError
from sandbox.toolchain import locate


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.mark.parametrize("ask", [lambda: locate.tool("etcd"), lambda: locate.data("gateway-crds"), locate.pulumi_dir])
def test_what_is_not_made_yet_is_an_error_with_the_way_to_make_it(empty, ask):
    with pytest.raises(SlipwayError, match=r"it has not been made yet, or is damaged\n.*slipway toolchain build"):
        ask()


def test_what_nobody_makes_is_another_error(empty):
    with pytest.raises(SlipwayError, match=r"no tool for .* has this name"):
        locate.tool("minio")


def test_an_empty_cache_misses_everything_but_what_the_system_has(empty):
    assert {"etcd", "pulumi", "kube-apiserver"} <= set(locate.missing())
    assert ("envoy", "wheel") in {(tool.name, tool.origin) for tool in locate.listing()}


def test_what_is_made_is_found_with_its_version():
    """With the real cache, as `make setup` leaves it."""
    tools = {tool.name: tool for tool in locate.listing()}
    assert locate.missing() == []
    assert locate.tool("etcd") == tools["etcd"].path
    assert tools["etcd"].version.startswith("v3.")
    assert locate.pulumi_dir() == tools["pulumi"].path.parent
    assert (locate.pulumi_dir() / "pulumi-language-python").is_file()
    assert "kind: Stage" in locate.data("kwok-stages.yaml").read_text()
    names = [path.name for path in locate.data("gateway-crds").glob("*.yaml")]
    assert "gateway.networking.k8s.io_httproutes.yaml" in names

"""The official plugins that a stack wants of the user's own Pulumi: of Kubernetes, and of its clouds."""

import pytest

from catalog.errors import SlipwayError
from components.versions import KUBERNETES_PROVIDER
from runner import own, plugins

CLOUDS = {"prod-eks": "aws", "prod-gke": "gcp"}
NO_ACQUISITION = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's Pulumi, logged in, without a plugin."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://backend.invalid")
    monkeypatch.setenv(NO_ACQUISITION, "true")
    return tmp_path / "home"


def installed(home, name, content):
    """A plugin in the home, in the version that its SDK asks for."""
    path = home / "plugins" / f"resource-{name}-v{plugins.version_of(name)}" / f"pulumi-resource-{name}"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def refusal(stack):
    with pytest.raises(SlipwayError) as caught:
        own.workspace(stack)
    return caught.value.why


@pytest.mark.parametrize(("stack", "cloud"), CLOUDS.items())
def test_the_plugin_of_the_stacks_cloud_must_be_there_in_its_sdks_version(home, stack, cloud):
    (other,) = set(CLOUDS.values()) - {cloud}
    said = refusal(stack)
    assert f"pulumi plugin install resource {cloud} {plugins.version_of(cloud)}" in said
    assert f"pulumi plugin install resource kubernetes {KUBERNETES_PROVIDER}" in said
    assert f"resource {other}" not in said
    found = [installed(home, name, b"\x7fELF") for name in (cloud, "kubernetes")]
    providers = own.workspace(stack).providers
    assert f"{cloud}: official {plugins.version_of(cloud)}, {found[0]}" in providers


def test_a_stand_in_of_a_cloud_is_refused_wherever_it_is(home, monkeypatch):
    for name in ("gcp", "kubernetes"):
        installed(home, name, b"\x7fELF")
    stand_in = installed(home, "aws", b"#!/bin/sh\n")
    assert f"{stand_in} is a stand-in" in refusal("prod-eks")
    assert own.workspace("prod-gke")
    stand_in.rename(home.parent / "bin" / stand_in.name)
    assert "is a stand-in" in refusal("prod-eks")
    monkeypatch.setenv("PULUMI_IGNORE_AMBIENT_PLUGINS", "1")
    assert "told not to get itself" in refusal("prod-eks")
    monkeypatch.delenv(NO_ACQUISITION)
    assert any("aws" in said and "gets itself" in said for said in own.workspace("prod-eks").providers)


@pytest.mark.parametrize("config", [None, "{'slipway:cluster': {kind: existing, name: lab, kubeconfig: x}}"])
def test_a_stack_that_makes_nothing_in_a_cloud_wants_kubernetes_alone(home, tmp_path, monkeypatch, config):
    """Models apart from their cluster, whose stack gives them their identities, and a cluster of one's own."""
    if config:
        file = tmp_path / "Pulumi.lab.yaml"
        file.write_text(f"config: {config}")
        monkeypatch.setattr(own, "stack_file", lambda _: file)
    installed(home, "kubernetes", b"\x7fELF")
    assert not any(said.startswith(("aws", "gcp")) for said in own.workspace("team-models").providers)

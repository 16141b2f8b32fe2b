"""How the stand-ins get into a Pulumi home."""

from runner import plugins


def test_a_stack_gets_the_providers_of_its_clouds(tmp_path):
    eks = {"slipway:cluster": {"kind": "eks"}, "slipway:store": {"kind": "aws-s3"}}
    assert plugins.clouds(tmp_path, eks) == ("aws: Slipway's stand-in for 7.51.1",)
    script = (tmp_path / "plugins/resource-aws-v7.51.1/pulumi-resource-aws").read_text()
    assert script.endswith(' -m sandbox.providers.cloud aws "$@"\n')
    mixed = {"slipway:cluster": {"kind": "existing"}, "slipway:store": {"kind": "gcs"}}
    assert plugins.clouds(tmp_path, mixed) == ("gcp: Slipway's stand-in for 10.2.0",)
    assert plugins.clouds(tmp_path, {"slipway:cluster": {"kind": "sandbox"}}) == ()


def test_models_in_a_stack_of_their_own_make_nothing_in_a_cloud():
    assert plugins.clouds_of({"slipway:cluster": {"kind": "existing", "stack": "prod-gke"}}) == ()


def test_an_official_plugin_stays(tmp_path):
    official = tmp_path / "plugins/resource-gcp-v10.2.0/pulumi-resource-gcp"
    official.parent.mkdir(parents=True)
    official.write_bytes(b"\x7fELF")
    assert plugins.cloud(tmp_path, "gcp") == "gcp: official 10.2.0"
    assert official.read_bytes() == b"\x7fELF"


def test_kubernetes_is_installed_as_before(tmp_path):
    assert plugins.kubernetes(tmp_path, "4.34.2") == "kubernetes: Slipway's stand-in for 4.34.2"
    script = tmp_path / "plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"
    assert script.read_text().endswith(' -m sandbox.providers.kubernetes "$@"\n')
    assert script.stat().st_mode & 0o111

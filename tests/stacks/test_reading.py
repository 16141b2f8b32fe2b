"""Stack files that YAML would accept: doubled keys, secrets in plain text, stores that the cluster cannot read."""

import copy

import pytest
import yaml

from catalog.errors import SeveralErrors, SlipwayError
from stacks.settings import from_file, parse, stack_file


def values(stack="prod-eks"):
    config = yaml.safe_load(stack_file(stack).read_text())["config"]
    return {k.removeprefix("slipway:"): copy.deepcopy(v) for k, v in config.items() if k.startswith("slipway:")}


def errors_of(call) -> dict[str, str]:
    with pytest.raises(SeveralErrors) as caught:
        call()
    return {error.path: f"{error.why}; {error.fix}" for error in caught.value.errors}


@pytest.mark.parametrize(
    ("before", "after", "path", "line"),
    [
        ("      l4:", "      l4: {}\n      l4:", "cluster.pools.l4", "line 13"),
        ("    region:", "    region: us-west-2\n    region:", "cluster.region", "line 7"),
        ("  slipway:locks:", "  slipway:locks: required\n  slipway:locks:", "locks", "line 19"),
    ],
)
def test_a_key_that_is_there_twice(tmp_path, before, after, path, line):
    text = stack_file("prod-eks").read_text()
    assert before in text
    (tmp_path / "Pulumi.x.yaml").write_text(text.replace(before, after, 1))
    errors = errors_of(lambda: from_file(tmp_path / "Pulumi.x.yaml"))
    assert set(errors) == {path}
    assert line in errors[path]


@pytest.mark.parametrize(("key", "path"), [("slipwy:models", "slipwy:models"), ("models", "models")])
def test_a_key_of_nobody_is_refused_so_that_no_model_goes_by_a_typo(tmp_path, key, path):
    (tmp_path / "Pulumi.x.yaml").write_text(stack_file("local").read_text().replace("slipway:models:", f"{key}:"))
    errors = errors_of(lambda: from_file(tmp_path / "Pulumi.x.yaml"))
    assert list(errors) == [path]
    assert errors[path].endswith("write slipway:models")


@pytest.mark.parametrize("key", ["aws:region", "kubernetes:cluster", "pulumi:tags"])
def test_keys_of_others_are_left_alone(tmp_path, key):
    (tmp_path / "Pulumi.x.yaml").write_text(f"{stack_file('local').read_text()}  {key}: x\n")
    assert from_file(tmp_path / "Pulumi.x.yaml") == from_file(stack_file("local"))


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "Pulumi.x.yaml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(SlipwayError, match="not UTF-8: invalid start byte at byte 0"):
        from_file(tmp_path / "Pulumi.x.yaml")


def test_a_key_that_is_there_twice_in_a_list(tmp_path):
    text = stack_file("prod-eks").read_text()
    twice = "{ accelerator: l4, max_nodes: 4, taints: [{ key: a, effect: NoSchedule, key: b }] }"
    (tmp_path / "Pulumi.x.yaml").write_text(text.replace("{ accelerator: l4, min_nodes: 1, max_nodes: 4 }", twice))
    assert set(errors_of(lambda: from_file(tmp_path / "Pulumi.x.yaml"))) == {"cluster.pools.l4.taints.0.key"}


def test_the_same_key_in_two_places_is_no_doubled_one(tmp_path):
    (tmp_path / "Pulumi.x.yaml").write_text(stack_file("prod-eks").read_text())
    assert from_file(tmp_path / "Pulumi.x.yaml") == from_file(stack_file("prod-eks"))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda v: v.update(store_secret_key="abcdef"), "store_secret_key"),
        (lambda v: v.update(readers={"iris": {"secret_key": "abcdef"}}), "readers"),
        (lambda v: v.update(hugging_face_token="abcdef"), "hugging_face_token"),
        (lambda v: v["teams"]["science"].update(owner="AKIAIOSFODNN7EXAMPLE"), "teams.science.owner"),
        (lambda v: v["cluster"]["pools"]["l4"].update(labels={"example.com/key": "hf_abcdefghijklmnopqrstuvwxyzabcdefgh"}), "cluster.pools.l4.labels.example.com/key"),
        (lambda v: v["cluster"]["admins"].append("-----BEGIN RSA PRIVATE KEY-----"), "cluster.admins.2"),
    ],
)  # fmt: skip
def test_a_secret_in_plain_text_is_refused_and_never_shown(change, path):
    said = values()
    change(said)
    with pytest.raises(SeveralErrors) as caught:
        parse(said)
    assert path in [error.path for error in caught.value.errors]
    shown = str(caught.value)
    assert "a secret in plain text" in shown
    assert "config set --secret" in shown
    assert not any(word in shown for word in ("abcdef", "AKIA", "BEGIN"))


def test_a_secret_of_another_namespace_is_refused_too(tmp_path):
    text = stack_file("prod-eks").read_text()
    (tmp_path / "Pulumi.x.yaml").write_text(text + "  aws:secretKey: abcdef\n")
    assert set(errors_of(lambda: from_file(tmp_path / "Pulumi.x.yaml"))) == {"aws:secretKey"}
    (tmp_path / "Pulumi.x.yaml").write_text(text + "  aws:secretKey:\n    secure: AAABAF\n")
    assert from_file(tmp_path / "Pulumi.x.yaml").cluster.kind == "eks"


@pytest.mark.parametrize(
    ("stack", "store", "path", "fix"),
    [
        ("prod-eks", {"kind": "gcs", "bucket": "models"}, "store.kind", "give aws-s3"),
        ("prod-gke", {"kind": "aws-s3", "bucket": "models"}, "store.kind", "give gcs"),
        ("local", {"kind": "gcs", "bucket": "models"}, "store.kind", "give s3"),
        ("prod-eks", {"kind": "s3", "bucket": "models"}, "store.endpoint", "give its URL"),
    ],
)
def test_a_store_that_the_cluster_cannot_read(stack, store, path, fix):
    errors = errors_of(lambda: parse({**values(stack), "store": store}))
    assert set(errors) == {path}
    assert fix in errors[path]


def test_an_existing_cluster_reads_any_store_that_says_where_it_is():
    cluster = {"kind": "existing", "name": "lab", "kubeconfig": "k", "pools": values()["cluster"]["pools"]}
    said = {**values(), "cluster": cluster, "store": {"kind": "aws-s3", "bucket": "models"}}
    assert set(errors_of(lambda: parse(said))) == {"store.region", "store.account"}
    said["store"] |= {"region": "us-east-1", "account": "111122223333"}
    assert parse(said).store.account == "111122223333"


def test_eleven_mistakes_of_a_cloud_stack_are_one_report():
    said = values()
    said["cluster"]["region"] = "us-east-11"
    said["cluster"]["kubernetes"] = 1.34
    said["cluster"]["api_cidrs"] = ["0.0.0.0/0"]
    said["cluster"]["pools"]["l4"]["max_nodes"] = 0
    said["cluster"]["pools"]["h100"]["acelerator"] = "h100"
    said["cluster"]["network"] = {"cidr": "10.0.0.1/16", "egres": "none"}
    said["store"]["bucket"] = "No_Bucket"
    said["models"]["irsi"] = {}
    said["teams"]["science"]["quota"]["pods"] = "many"
    said["lokcs"] = "counted"
    errors = errors_of(lambda: parse(said))
    assert set(errors) == {
        "cluster.region", "cluster.api_cidrs", "cluster.kubernetes", "cluster.pools.l4.max_nodes", "cluster.pools.h100.acelerator", "cluster.network.cidr",
        "cluster.network.egres", "store.bucket", "models.irsi", "teams.science.quota.pods", "lokcs",
    }  # fmt: skip


def test_a_wrong_pool_does_not_hide_the_cluster_and_is_not_missed_by_its_models():
    said = values()
    said["cluster"]["region"] = "us-east-11"
    said["cluster"]["pools"]["h100"]["max_nodes"] = "4"
    assert set(errors_of(lambda: parse(said))) == {"cluster.region", "cluster.pools.h100.max_nodes"}

"""The three commands as a person calls them: what they print, and their exit codes."""

import json

import pytest

from accounts import declared
from accounts.google.project import GoogleProject
from accounts.spec import CiSpec
from catalog.errors import SeveralErrors, SlipwayError
from cli import main as entry
from stacks.settings import parse
from tests.accounts import stacks
from tests.accounts.test_google_bootstrap import project

pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")


@pytest.fixture
def files(tmp_path, monkeypatch):
    for module in ("stacks.settings", "accounts.declared"):
        monkeypatch.setattr(f"{module}.STACKS", tmp_path)
    local = {"slipway:cluster": {"kind": "sandbox"}, "slipway:store": {"kind": "s3", "bucket": "artifacts"}}
    stacks.write(tmp_path, monkeypatch, prod_eks=stacks.EKS, prod_gke=stacks.GKE, local=local)
    return tmp_path


@pytest.fixture
def run(files, capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            entry.main(list(arguments))
        return int(done.value.code or 0), *capsys.readouterr()

    return call


def test_bootstrap_shows_makes_and_removes(aws, run, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda *_, **__: pytest.fail("asked although --yes was given"))
    code, out, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert code == 0
    assert err.index("AWS account 123456789012") < err.index("make") < err.index("set versioning of bucket")
    assert "pulumi login 's3://slipway-state-123456789012-us-east-1?region=us-east-1&awssdk=v2'" in out
    secrets = "awskms://alias/slipway-state?region=us-east-1&context_stack=prod-eks"
    assert f"pulumi stack init prod-eks --secrets-provider '{secrets}'" in out
    assert "arn:aws:iam::123456789012:role/slipway/slipway-prod-eks-apply" in err
    code, _, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert (code, "set " in err, "keep" in err) == (0, False, True)
    code, _, err = run("bootstrap", "-s", "prod-eks", "--yes", "--remove")
    assert (code, "remove bucket" in err) == (0, True)
    code, _, err = run("bootstrap", "-s", "prod-eks", "--remove", "--yes")
    assert (code, "nothing is there" in err) == (0, True)


def test_bootstrap_asks_and_takes_no_for_an_answer(aws, run, monkeypatch):
    import click

    def no(*_, **__):
        raise click.Abort

    monkeypatch.setattr("click.confirm", no)
    assert run("bootstrap", "-s", "prod-eks")[0] == 130
    code, out, _ = run("bootstrap", "-s", "prod-eks", "--json")
    document = json.loads(out)
    assert (code, document["applied"]) == (0, False)
    assert {part["action"] for part in document["parts"]} == {"make"}


def test_bootstrap_as_json_with_yes_makes(aws, run):
    code, out, _ = run("bootstrap", "-s", "prod-eks", "--json", "--yes")
    document = json.loads(out)
    assert (code, document["applied"], document["outputs"]["backend"][:21]) == (0, True, "s3://slipway-state-12")


def test_bootstrap_refusals_are_exit_2_and_named(aws, run, no_credentials, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    import boto3

    boto3.client("iam", region_name="us-east-1").create_role(
        RoleName="slipway-prod-eks-apply", AssumeRolePolicyDocument="{}"
    )
    code, _, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert (code, "not made by bootstrap" in err, "make key" in err) == (2, True, False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    code, _, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert (code, "AWS_PROFILE" in err) == (2, True)
    code, _, err = run("bootstrap", "-s", "local", "--yes")
    assert (code, "cluster.kind (sandbox)" in err) == (2, True)


def test_a_failure_on_the_way_is_exit_1(aws, run, monkeypatch):
    def fail(self):
        raise SlipwayError("bucket", "AccessDenied", "AWS refused s3:CreateBucket", "use credentials that may")

    monkeypatch.setattr("accounts.aws.bucket.Bucket.create", fail)
    code, _, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert (code, "failed: bucket (AccessDenied)" in err) == (1, True)


def test_what_did_not_take_is_exit_1_and_named(aws, run, monkeypatch):
    monkeypatch.setattr("accounts.aws.bucket.Bucket.write", lambda self, setting, value: None)
    code, out, err = run("bootstrap", "-s", "prod-eks", "--yes")
    assert (code, "not as it must be yet: bucket" in err, "pulumi login" in out) == (1, True, False)


def test_bootstrap_of_google(run, monkeypatch):
    from tests.accounts.google_written import WrittenGoogle

    google = WrittenGoogle()
    monkeypatch.setattr("accounts.google.project.open_project", lambda of: project(google, of))
    code, out, err = run("bootstrap", "-s", "prod-gke", "--yes")
    assert code == 0, err
    assert "pulumi login 'gs://slipway-acme-ml-prod-us-central1'" in out
    assert "gcpkms://projects/acme-ml-prod/locations/us-central1/keyRings/slipway/cryptoKeys/secrets-prod-gke" in out
    assert "workload_identity_provider: projects/123456789012/" in err


def test_preflight_without_credentials_is_unverified(run, no_credentials):
    code, out, err = run("preflight", "-s", "prod-eks", "--json")
    document = json.loads(out)
    assert (code, document["asked"]) == (3, False)
    assert "L-DB2E81BA" in json.dumps(document)
    code, out, err = run("preflight", "-s", "prod-eks")
    assert (code, "there are no credentials to ask it with" in err, "unknown" in out) == (3, True, True)


@pytest.mark.parametrize(("to", "code"), [("1.35", 0), ("1.36", 2), ("1.33", 2), ("1.34", 0)])
def test_upgrade(run, to, code):
    found, out, _ = run("upgrade", "-s", "prod-eks", "--to", to)
    assert found == code
    assert ("control plane" in out) == (to == "1.35")
    found, out, _ = run("upgrade", "-s", "prod-eks", "--to", to, "--json")
    assert (found, bool(json.loads(out)["refused"])) == (code, code == 2)


def test_upgrade_of_a_cluster_that_is_not_ours(run):
    code, _, err = run("upgrade", "-s", "local", "--to", "1.35")
    assert (code, "cannot upgrade it" in err) == (2, True)


def test_upgrade_that_nobody_can_verify(run, files, monkeypatch):
    config = {**stacks.EKS, "slipway:engine": "kserve"}
    stacks.write(files, monkeypatch, kserve=config)
    code, _, err = run("upgrade", "-s", "kserve", "--to", "1.35")
    assert (code, "unverified: kserve" in err) == (3, True)


def test_the_declared_account_comes_from_the_cluster(files):
    account = declared.of_stack("prod-eks")
    assert (account.account_id, account.cluster) == ("123456789012", "slipway-prod-eks")
    assert account.buckets == ("acme-models", "acme-models-logs")
    found = declared.of_stack("prod-gke")
    assert isinstance(found, GoogleProject)
    assert (found.project, found.region) == ("acme-ml-prod", "us-central1")


def test_stack_files_with_sealed_values_are_found(files):
    (files / "Pulumi.sealed.yaml").write_text(
        "secretsprovider: awskms://alias/slipway-state?region=us-east-1&context_stack=sealed\nencryptedkey: abc\n"
    )
    assert declared.sealed_by("awskms://alias/slipway-state", files) == [f"{files.name}/Pulumi.sealed.yaml"]
    assert declared.sealed_by("awskms://alias/other", files) == []


@pytest.mark.parametrize(
    ("ci", "path"),
    [
        ({"repository": "acme", "environment": "production"}, "ci.repository"),
        ({"repository": "acme/*", "environment": "production"}, "ci.repository"),
        ({"repository": "acme/ml", "environment": "*"}, "ci.environment"),
        ({"repository": "acme/ml"}, "ci.environment"),
        ({"repository": "acme/ml", "environment": "p", "branch": "main"}, "ci.branch"),
        ({"repository": "acme/ml", "environment": "p", "owner_id": "1"}, "ci"),
        ({"repository": "acme/ml", "environment": "p", "owner_id": "x", "repository_id": "2"}, "ci.owner_id"),
    ],
)
def test_bad_ci_is_one_error_with_its_path(ci, path):
    values = {key.removeprefix("slipway:"): value for key, value in stacks.EKS.items()}
    with pytest.raises(SeveralErrors) as raised:
        parse({**values, "ci": ci})
    assert [error.path for error in raised.value.errors] == [path]


def test_good_ci_is_taken():
    values = {key.removeprefix("slipway:"): value for key, value in stacks.EKS.items()}
    assert parse(values).ci == CiSpec(repository="acme/ml", environment="production")

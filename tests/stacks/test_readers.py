"""Readers whose keys are given as a secret: the stack is whole, or refused before anything is registered."""

import json

import pulumi
import pytest
from pydantic import TypeAdapter

from catalog.errors import SeveralErrors
from components.storage.spec import StoreSpec
from providers.slipway_s3.reader import Reader
from providers.slipway_s3.session import Config, Session
from providers.slipway_s3.store import Store
from stacks import platform, readers
from stacks.locks import LockEntry, LockFile
from stacks.settings import is_encrypted, parse
from tests.mocks.recorder import record
from tests.stacks.local import DIGEST

STORE = {
    "kind": "s3",
    "bucket": "models",
    "endpoint": "https://s3.example",
    "in_cluster_endpoint": "https://s3.example",
}
KEYS = {"access_key": "reader-of-iris", "secret_key": "Sup3rS3cret"}
SECRETS = {"slipway:store_access_key": "root", "slipway:store_secret_key": "r00t"}


def settings(tmp_path, **store):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("apiVersion: v1\nkind: Config\n")
    return parse(
        {
            "cluster": {
                "kind": "existing",
                "name": "lab",
                "kubeconfig": str(kubeconfig),
                "context": "lab",
                "pools": {},
            },
            "store": STORE | store,
            "teams": {"science": {"owner": "science@example.com"}},
            "models": {"iris": {}},
        }
    )


@pytest.fixture(autouse=True)
def locked(monkeypatch):
    names = ("artifact:iris", "image:sandbox/images/mlserver", "image:sandbox/images/artifact-fetch")
    entries = {n: LockEntry(reference=n, immutable=f"there/{n}", digest=DIGEST, date="2026-11-01") for n in names}
    monkeypatch.setattr(platform, "read_lock", lambda *_: LockFile(entries=entries))
    yield
    pulumi.runtime.set_all_config({}, [])


def built(settings, given, *, preview=False):
    config = SECRETS | ({"slipway:readers": json.dumps(given)} if given is not None else {})
    pulumi.runtime.set_all_config(config, list(config))
    return record(lambda: platform.build(settings, "lab", "slipway"), preview=preview, stack="lab")


def refusals(settings, given):
    with pytest.raises(SeveralErrors) as caught:
        built(settings, given)
    return {error.path: error for error in caught.value.errors}


@pytest.mark.parametrize("preview", [True, False])
def test_the_given_keys_reach_the_reader_and_the_pod(tmp_path, preview):
    seen = built(settings(tmp_path), {"iris": KEYS}, preview=preview)
    reader = seen.one("slipway-s3:index:Reader", "artifacts-iris").inputs
    assert (reader["accessKey"], reader["prefix"]) == ("reader-of-iris", "models/iris")
    assert reader["secretKey"]["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
    assert "principal" not in reader
    secret = seen.one("kubernetes:core/v1:Secret", "iris-reader").inputs["stringData"]
    assert set(secret) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    plain = [r.inputs for r in seen.resources if r.type.startswith("kubernetes:") and r.name != "iris-reader"]
    assert "Sup3rS3cret" not in json.dumps(plain)


def test_a_store_may_name_a_user_otherwise_in_its_policies(tmp_path):
    arn = "arn:aws:iam::123456789012:user/reader"
    seen = built(settings(tmp_path), {"iris": KEYS | {"principal": arn}})
    assert seen.one("slipway-s3:index:Reader", "artifacts-iris").inputs["principal"] == arn


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        (None, {"readers.iris.access_key", "readers.iris.secret_key"}),
        ({}, {"readers.iris.access_key", "readers.iris.secret_key"}),
        ("Sup3rS3cret", {"readers.iris.access_key", "readers.iris.secret_key"}),
        ({"irsi": KEYS}, {"readers.iris.access_key", "readers.iris.secret_key"}),
        ({"iris": {"access_key": "reader-of-iris"}}, {"readers.iris.secret_key"}),
        ({"iris": KEYS | {"secret_key": ""}}, {"readers.iris.secret_key"}),
        ({"iris": KEYS | {"secret_key": 5318008}}, {"readers.iris.secret_key"}),
        ({"iris": KEYS | {"pricipal": "Sup3rS3cret"}}, {"readers.iris.pricipal"}),
    ],
)
def test_one_that_is_missing_is_one_error_with_its_command(tmp_path, given, paths):
    found = refusals(settings(tmp_path), given)
    assert set(found) == paths
    for path, error in found.items():
        assert error.fix in (f"slipway pulumi -s lab -- config set --secret --path {path}", "did you mean principal?")
        assert not any(word in str(error) for word in ("Sup3rS3cret", "5318008"))


def test_a_second_artifacts_reader_has_a_dot_in_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "needed", lambda _: ["iris.explainer"])
    errors = list(readers.errors(json.dumps({"iris.explainer": {"access_key": "a"}}), "lab", settings(tmp_path)))
    (command,) = (error.fix for error in errors)
    assert command == """slipway pulumi -s lab -- config set --secret --path 'readers["iris.explainer"].secret_key'"""


def test_what_is_missing_is_said_together_with_the_stores_own_key(tmp_path):
    pulumi.runtime.set_all_config({}, [])
    with pytest.raises(SeveralErrors) as caught:
        record(lambda: platform.build(settings(tmp_path), "lab", "slipway"), preview=True, stack="lab")
    assert [error.path for error in caught.value.errors] == [
        "store_access_key", "store_secret_key", "readers.iris.access_key", "readers.iris.secret_key",
    ]  # fmt: skip


def test_a_server_whose_users_are_made_from_here_needs_none(tmp_path):
    reader = built(settings(tmp_path, admin_endpoint="https://admin.example"), None).one(
        "slipway-s3:index:Reader", "artifacts-iris"
    )
    assert reader.inputs["accessKey"] == "models-iris"
    assert "secretKey" not in reader.inputs


@pytest.mark.parametrize("store", [{"kind": "aws-s3", "bucket": "models"}, {"kind": "gcs", "bucket": "models"}])
def test_a_clouds_own_store_knows_its_readers_by_their_identities(tmp_path, store):
    kind = TypeAdapter(StoreSpec).validate_python(store)
    assert readers.needed(settings(tmp_path).model_copy(update={"store": kind})) == []
    assert readers.needed(settings(tmp_path)) == ["iris"]


def test_the_provider_takes_what_it_is_given(tmp_path):
    seen = built(settings(tmp_path), {"iris": KEYS})
    inputs = dict(seen.one("slipway-s3:index:Reader", "artifacts-iris").inputs)
    inputs["secretKey"] = inputs["secretKey"]["value"]
    store = Store(endpoint="https://s3.example", region="us-east-1", access_key="root", secret_key="hidden")
    session = Session(Config(store, None))
    assert Reader().check(inputs, session)[1] == []


@pytest.mark.parametrize(
    ("value", "encrypted"),
    [
        ({"secure": "v1:x"}, True),
        ({"iris": {"access_key": {"secure": "v1:x"}, "secret_key": {"secure": "v1:y"}}}, True),
        ({"iris": {"access_key": "plain", "secret_key": {"secure": "v1:y"}}}, False),
        ({}, False),
        ({"iris": {}}, False),
        ("secure", False),
    ],
)
def test_only_what_is_encrypted_as_a_whole_is_no_setting(value, encrypted):
    assert is_encrypted(value) is encrypted

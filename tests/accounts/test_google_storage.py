"""The state bucket on fake-gcs-server: buckets, versions and objects are the server's own answers."""

import pytest
import requests
from google.auth.credentials import AnonymousCredentials

from accounts import plan
from accounts.google import bootstrap
from accounts.plan import Action
from catalog import google_storage
from tests.accounts import gcs_server
from tests.accounts.google_written import PROJECT, WrittenGoogle
from tests.accounts.test_google_bootstrap import BUCKET, actions, make, project, remove

pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")


@pytest.fixture(scope="module")
def server():
    with gcs_server.running(gcs_server.find() or gcs_server.build()) as url:
        yield url


@pytest.fixture
def client(server):
    """Google's own client beside ours, straight to the server."""
    client = google_storage.client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": server})
    yield client
    for bucket in client.list_buckets():
        bucket.delete()


def versions(server: str) -> list[str]:
    items = requests.get(f"{server}/storage/v1/b/{BUCKET}/o", params={"versions": "true"}, timeout=10).json()["items"]
    return [item["name"] for item in items]


def test_the_bucket_is_made_once_and_is_versioned(server, client):
    of = project(WrittenGoogle(server))
    make(of)
    assert [bucket.name for bucket in client.list_buckets()] == [BUCKET]
    assert client.get_bucket(BUCKET).versioning_enabled is True
    assert set(actions(of).values()) == {Action.KEEP}
    make(of)


def test_versioning_that_was_turned_off_is_turned_on(server, client):
    google = WrittenGoogle(server)
    make(project(google))
    bucket = client.get_bucket(BUCKET)
    bucket.versioning_enabled = False
    bucket.patch()
    google.buckets[BUCKET]["versioning"]["enabled"] = False
    make(project(google))
    assert client.get_bucket(BUCKET).versioning_enabled is True


def test_a_state_is_found_and_its_old_versions_go_with_the_bucket(server, client):
    of = project(WrittenGoogle(server))
    make(of)
    blob = client.bucket(BUCKET).blob(".pulumi/stacks/slipway/prod-gke.json")
    blob.upload_from_string(b"{}")
    blob.upload_from_string(b"{ }")
    refused = plan.refusals(plan.survey_removal(bootstrap.parts(of)))
    assert {e.why for e in refused} == {"it holds the state of stack prod-gke"}
    client.bucket(BUCKET).delete_blob(blob.name)
    assert list(client.list_blobs(BUCKET)) == []
    assert len(versions(server)) == 2
    bucket = next(step for step in plan.survey_removal(bootstrap.parts(of)) if step.part.kind == "bucket")
    assert bucket.why.startswith("2 versions of objects")
    remove(of)
    assert list(client.list_buckets()) == []

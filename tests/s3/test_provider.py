"""The provider as a process: its configuration, its errors, its end."""

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest
from pulumi.runtime.proto import provider_pb2

from providers import slipway_s3
from providers.server import Engine
from providers.slipway_s3.provider import Provider as Servicer
from providers.slipway_s3.store import Store, connect
from providers.wire import UNKNOWN, Secret, decode, encode
from tests.ports import free_port
from tests.s3.driver import FOLDER, Failed, Provider, settings, urn_of
from tests.s3.gateway import ROOT_SECRET


def config_failures(provider, values):
    request = provider_pb2.CheckRequest(
        urn="urn:pulumi:test::slipway::pulumi:providers:slipway-s3::one", news=encode(values)
    )
    return {row.property: row.reason for row in provider.call("CheckConfig", request).failures}


def test_it_says_who_it_is(provider):
    assert provider.call("GetPluginInfo", provider_pb2.GetSchemaRequest()).version == slipway_s3.VERSION
    schema = json.loads(provider.call("GetSchema", provider_pb2.GetSchemaRequest()).schema)
    assert schema == {"name": "slipway-s3", "version": slipway_s3.VERSION}


def test_a_whole_configuration_is_fine(provider, gateway):
    assert config_failures(provider, settings(gateway)) == {}
    assert config_failures(provider, settings(gateway) | {"version": "0.1.0", "pluginDownloadURL": "x"}) == {}
    assert config_failures(provider, settings(gateway, adminEndpoint=None, endpoint=None)) == {}
    assert config_failures(provider, settings(gateway) | {"endpoint": UNKNOWN, "secretKey": Secret(UNKNOWN)}) == {}


def test_everything_wrong_with_a_configuration_is_said_at_once(provider):
    failures = config_failures(provider, {"endpoint": "server:9000", "adminEndpoint": "http://", "acessKey": "x"})
    assert failures == {
        "acessKey": "no such property; did you mean accessKey?",
        "endpoint": "'server:9000' is no URL such as http://127.0.0.1:9000",
        "adminEndpoint": "'http://' is no URL such as http://127.0.0.1:9000",
        "accessKey": "accessKey is missing",
        "secretKey": "secretKey is missing",
    }


def test_another_address_replaces_nothing(provider, gateway):
    def differing(new):
        request = provider_pb2.DiffRequest(old_inputs=encode(settings(gateway)), news=encode(new))
        answer = provider.call("DiffConfig", request)
        assert not answer.replaces
        return list(answer.diffs)

    assert differing(settings(gateway)) == []
    assert differing(settings(gateway) | {"version": "0.2.0"}) == []
    assert differing(settings(gateway, endpoint="http://other:1", adminEndpoint=None)) == ["adminEndpoint", "endpoint"]


def one_error(failed, *parts):
    """What a person reads: one error with its fix, no traceback, no secret."""
    message = failed.value.message
    for part in parts:
        assert part in message
    assert message.count("fix:") == 1
    assert "Traceback" not in message
    assert ROOT_SECRET not in message
    assert "wrong-secret" not in message


@pytest.mark.parametrize("kind", ["bucket", "reader"])
def test_a_server_that_does_not_answer_is_one_clear_error(spare, gateway, kind):
    nowhere = f"http://127.0.0.1:{free_port()}"
    spare.configure(settings(gateway, endpoint=nowhere, adminEndpoint=nowhere))
    resource = spare.bucket("nowhere") if kind == "bucket" else spare.reader("nowhere", "models/iris", "reader")
    begun = time.monotonic()
    with pytest.raises(Failed) as failed:
        resource.create()
    one_error(failed, nowhere, "does not answer", "make up")
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"secretKey": "wrong-secret"}, "SignatureDoesNotMatch"),
        ({"accessKey": "nobody"}, "nobody"),
    ],
)
@pytest.mark.parametrize("kind", ["bucket", "reader"])
def test_a_wrong_key_is_one_clear_error(spare, gateway, client, kind, change, why):
    spare.configure(settings(gateway, **change))
    resource = spare.bucket("refused") if kind == "bucket" else spare.reader("refused", "models/iris", "reader")
    with pytest.raises(Failed) as failed:
        resource.create()
    one_error(failed, why, "key")
    assert "refused" not in {row["Name"] for row in client.list_buckets()["Buckets"]}


def test_an_admin_endpoint_that_is_none_is_one_clear_error(spare, gateway):
    spare.configure(settings(gateway, adminEndpoint=gateway.endpoint))
    with pytest.raises(Failed) as failed:
        spare.reader("store", "models/iris", "reader").create()
    one_error(failed, gateway.endpoint, "no admin API of versitygw", "adminEndpoint")


def test_a_configuration_that_is_not_known_yet_previews_and_creates_nothing(gateway):
    servicer = Servicer(Engine(""))
    servicer.configure(provider_pb2.ConfigureRequest(args=encode(settings(gateway) | {"endpoint": UNKNOWN})))
    news = {"bucket": "later", "tags": {}, "versioning": True, "forceDestroy": False}
    check = provider_pb2.CheckRequest(urn=urn_of("Bucket", "one"), news=encode(news))
    assert not servicer.check(check).failures
    create = provider_pb2.CreateRequest(urn=urn_of("Bucket", "one"), properties=encode(news), preview=True)
    foreseen = decode(servicer.create(create).properties)
    assert (foreseen["endpoint"], foreseen["arn"]) == (UNKNOWN, "arn:aws:s3:::later")
    create.preview = False
    with pytest.raises(Exception, match="not known yet"):
        servicer.create(create)


def test_there_is_nothing_else(provider):
    urn = "urn:pulumi:test::slipway::slipway-s3:index:Lake::one"
    with pytest.raises(Failed, match="no such resource"):
        provider.call("Check", provider_pb2.CheckRequest(urn=urn))
    with pytest.raises(Failed, match="has no functions"):
        provider.call("Invoke", provider_pb2.InvokeRequest(tok="slipway-s3:index:list"))


def test_a_cancelled_run_begins_nothing_new(gateway, client, name):
    running = Provider()
    try:
        running.configure(settings(gateway))
        bucket = running.bucket(name("store"))
        running.call("Cancel", provider_pb2.GetSchemaRequest())
        with pytest.raises(Failed, match="cancelled"):
            bucket.create()
    finally:
        running.stop()
    assert name("store") not in {row["Name"] for row in client.list_buckets()["Buckets"]}


def test_it_ends_when_it_is_asked_to_and_when_its_engine_is_killed():
    asked = Provider()
    asked.process.send_signal(signal.SIGTERM)
    assert asked.process.wait(5) == 0
    asked.stop()
    engine = "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen(
        [sys.executable, "-c", engine, str(FOLDER / "pulumi-resource-slipway-s3"), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    child.wait(5)
    assert not child.is_running()


def test_it_ends_with_an_engine_that_is_gone_before_it_has_started():
    provider = subprocess.Popen([str(FOLDER / "pulumi-resource-slipway-s3"), "127.0.0.1:1"], stdout=subprocess.PIPE)
    assert provider.stdout is not None
    provider.stdout.close()
    try:
        assert provider.wait(15) == 0
    finally:
        provider.kill()


def test_a_users_own_settings_of_aws_are_not_seen(gateway, monkeypatch, tmp_path):
    (tmp_path / "config").write_text("[profile mine]\nendpoint_url = http://127.0.0.1:1\nregion = nowhere-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    made = connect(gateway.store())
    assert made.meta.endpoint_url == gateway.endpoint
    assert made.list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_amazons_own_needs_no_endpoint():
    store = Store(endpoint="", region="eu-central-1", access_key="key", secret_key="hidden")
    assert connect(store).meta.endpoint_url == "https://s3.eu-central-1.amazonaws.com"
    assert store.name == "Amazon S3 in eu-central-1"
    assert "hidden" not in repr(store)


def test_it_starts_fast_and_small(figure):
    begun = time.monotonic()
    running = Provider()
    took = time.monotonic() - begun
    memory = psutil.Process(running.process.pid).memory_info().rss >> 20
    running.stop()
    figure(f"slipway-s3: ready in {took:.2f} s, {memory} MiB")
    assert memory < 100

"""The process of a stand-in cloud: where it starts, how fast, with what, and what it says over the wire."""

import subprocess
import sys
import time
from contextlib import contextmanager

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from providers import wire
from tests.kubernetes.driver import CLONE, environment

VPC = "urn:pulumi:test::slipway::aws:ec2/vpc:Vpc::net"


@contextmanager
def provider(folder, name="aws"):
    """A running provider: the process, its stub, and the seconds until it answered."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.providers.cloud", name],
        cwd=CLONE, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        port = process.stdout.readline().strip()
        took = time.monotonic() - begun
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield process, provider_pb2_grpc.ResourceProviderStub(channel), took
    finally:
        process.terminate()
        process.wait(5)
        process.stdout.close()


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A provider with its settings."""
    with provider(tmp_path_factory.mktemp("aws")) as (_, stub, _):
        configure(stub, region="eu-west-1")
        yield stub


def checked(stub, **settings):
    request = provider_pb2.CheckRequest(news=wire.encode(settings))
    return {each.property: each.reason for each in stub.CheckConfig(request).failures}


def configure(stub, **settings):
    return stub.Configure(provider_pb2.ConfigureRequest(args=wire.encode(settings)))


@pytest.mark.parametrize(("name", "version"), [("aws", "7.51.1"), ("gcp", "10.2.0")])
def test_it_starts_fast_and_without_the_sdk(tmp_path, figure, name, version):
    with provider(tmp_path, name) as (process, stub, took):
        assert stub.GetPluginInfo(empty_pb2.Empty()).version == version
        mib = psutil.Process(process.pid).memory_info().rss >> 20
        figure(f"stand-in {name}: starts in {took:.2f} s, {mib} MiB")
        assert mib < 100, "pulumi_gcp.compute alone would be more"


@pytest.mark.parametrize("name", ["PULUMI_BACKEND_URL", "SLIPWAY_STANDIN_HOME", "PULUMI_HOME"])
def test_it_starts_only_for_an_engine_that_slipway_made(tmp_path, name):
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.providers.cloud", "aws", "127.0.0.1:1"],
        cwd=CLONE, env=environment(tmp_path) | {name: "file:///elsewhere"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (1, "stand-in: nothing would exist")


def test_settings_are_checked_as_what_they_are(aws):
    fine = {"region": "eu-west-1", "allowedAccountIds": '["111122223333"]', "skipCredentialsValidation": "true"}
    assert checked(aws, **fine, version="7.51.1", defaultTags='{"tags": {"a": "b"}}') == {}
    assert checked(aws, **fine, regoin="x", defaultTags='{"tag": {}}', maxRetries='"5"') == {
        "regoin": "the aws provider has no property 'regoin'; did you mean region?",
        "defaultTags.tag": "ProviderDefaultTags has no property 'tag'; did you mean tags?",
        "maxRetries": "it should be a whole number, and is a string",
    }
    assert list(checked(aws, region="eu-west-1", forbiddenAccountIds='["000000000000"]')) == ["allowedAccountIds"]


def test_while_its_settings_are_not_known_it_makes_nothing(tmp_path):
    with provider(tmp_path) as (_, stub, _):
        assert checked(stub, region=wire.UNKNOWN) == {}
        configure(stub, region=wire.UNKNOWN)
        with pytest.raises(grpc.RpcError, match="settings are not known yet"):
            stub.Create(provider_pb2.CreateRequest(urn=VPC, properties=wire.encode({})))
        configure(stub, region="eu-west-1")
        assert stub.Create(provider_pb2.CreateRequest(urn=VPC, properties=wire.encode({}))).id.startswith("vpc-")


def test_a_refresh_finds_all_as_it_was_and_an_import_nothing(aws):
    inputs, state = wire.encode({"cidrBlock": "10.0.0.0/16"}), wire.encode({"arn": "a"})
    found = aws.Read(provider_pb2.ReadRequest(id="vpc-1", urn=VPC, inputs=inputs, properties=state))
    assert (found.id, found.inputs, found.properties) == ("vpc-1", inputs, state)
    with pytest.raises(grpc.RpcError, match="nothing that could be imported"):
        aws.Read(provider_pb2.ReadRequest(id="vpc-1", urn=VPC))


def test_functions_are_answered_over_the_wire(aws):
    token = "aws:index/getRegion:getRegion"
    answer = aws.Invoke(provider_pb2.InvokeRequest(tok=token, args=wire.encode({})))
    assert wire.decode(getattr(answer, "return"))["name"] == "eu-west-1"
    with pytest.raises(grpc.RpcError, match="it asks the cloud"):
        aws.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi", args=wire.encode({})))

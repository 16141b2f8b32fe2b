"""The check of recorded registrations, which tests of components use."""

from tests.cloud.programs import DEPLOYMENT
from tests.cloud.typed import wrong

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "10.0.0.0/16"}


def test_recorded_registrations_are_checked_by_their_types():
    assert wrong("aws:ec2/vpc:Vpc", {"cidrBlock": SECRET, "tags": UNKNOWN}) == []
    assert wrong("aws:ec2/vpc:Vpc", {"cidrBlok": "10.0.0.0/16"}) == [
        "cidrBlok: Vpc has no property 'cidrBlok'; did you mean cidrBlock (cidr_block in Python)?"
    ]
    assert wrong("aws:ec2/vcp:Vcp", {}) == ["the SDK has no resource type aws:ec2/vcp:Vcp"]
    assert wrong("kubernetes:apps/v1:Deployment", DEPLOYMENT) == []
    assert len(wrong("kubernetes:apps/v1:Deployment", DEPLOYMENT | {"spec": {"template": {}}})) == 1
    assert wrong("kubernetes:example.com/v1:Widget", {"apiVersion": "example.com/v1", "kind": "Widget"}) is None
    assert wrong("slipway-s3:index:Bucket", {}) is None

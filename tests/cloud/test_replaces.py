"""The tables of what makes a new resource: every row names something that is there, and says what its source says."""

import re
from collections import Counter
from functools import cache

import botocore
import botocore.session
import pytest

from catalog import replaces
from sandbox.providers.sdk.reader import Sdk
from sandbox.providers.sdk.types import Fields, ListOf, ObjectOf, OneOf, Type

SDKS = {"aws": Sdk("pulumi_aws"), "gcp": Sdk("pulumi_gcp")}
ROWS = replaces.rows()
SESSION = botocore.session.get_session()
# What they create is part of something that is there.
WITHIN = ("CreateLaunchTemplateVersion", "CreatePolicyVersion", "CreateRoute", "CreateTags")
_MODEL = re.compile(r"botocore [\d.]+: (?P<service>[\w-]+) (?P<operation>\w+)\.(?P<member>\w+)(; (?P<rest>.*))?")


def fields_of(type_: Type) -> Fields:
    match type_:
        case ListOf(item):
            return fields_of(item)
        case OneOf(options):
            return {name: each for option in options for name, each in fields_of(option).items()}
        case ObjectOf():
            return type_.fields
    return {}


def exists(token: str, path: str) -> bool:
    resource = SDKS[token.split(":", maxsplit=1)[0]].resource(token)
    fields = resource.inputs if resource else {}
    for part in path.split("."):
        if part not in fields:
            return False
        fields = fields_of(fields[part].type)
    return True


@cache
def model(service: str):
    return SESSION.get_service_model(service)


@cache
def members(service: str, operation: str) -> frozenset[str]:
    return frozenset(model(service).operation_model(operation).input_shape.members)


def test_every_row_is_about_an_input_that_the_sdk_has():
    assert [(row.token, row.property) for row in ROWS if not exists(row.token, row.property)] == []
    assert not exists("aws:eks/cluster:Cluster", "vpcConfig.subnetIdz")
    assert not exists("aws:eks/clutser:Cluster", "name")


def test_every_row_is_said_once_with_a_verdict_a_source_and_a_date():
    assert [key for key, count in Counter((row.token, row.property) for row in ROWS).items() if count > 1] == []
    assert {row.replaces for row in ROWS} <= {"yes", "no", "removed"}
    assert all(row.source and re.fullmatch(r"\d{4}-\d\d-\d\d", row.date) for row in ROWS)


def test_the_service_models_say_what_the_rows_of_aws_say():
    checked = Counter()
    for row in ROWS:
        if not row.source.startswith("botocore"):
            continue
        said = _MODEL.fullmatch(row.source)
        assert said, row
        assert said["member"] in members(said["service"], said["operation"]), row
        assert (row.replaces == "yes") == bool(said["rest"]), row
        if row.replaces == "no":
            assert said["operation"] in WITHIN or not said["operation"].startswith(("Create", "Allocate")), row
        elif said["rest"] != "no operation changes it":
            # What names a resource is in its updates, too; everything else must not be.
            others = said["rest"].removeprefix("not changed by ").split()
            taking = [each for each in others if said["member"] in members(said["service"], each)]
            assert not taking or _names(said["member"], row.property), (row, taking)
        checked[row.replaces] += 1
    assert checked["yes"] > 80
    assert checked["no"] > 200
    assert all(botocore.__version__ in row.source for row in ROWS if row.source.startswith("botocore"))


def _names(member: str, property_: str) -> bool:
    named = re.compile(r"[Nn]ame$|[Pp]refix$|Arn$|Id$|^bucket$|^role$|^rule$|^repository$|^queueUrl$|^destination")
    return bool(named.search(property_)) and not member.startswith("new")


@pytest.mark.parametrize(
    ("token", "path", "verdict"),
    [
        ("aws:eks/cluster:Cluster", ("roleArn",), True),
        ("aws:eks/cluster:Cluster", ("version",), False),
        ("aws:eks/cluster:Cluster", ("vpcConfig", "subnetIds", 0), False),
        ("aws:eks/cluster:Cluster", ("accessConfig", "bootstrapClusterCreatorAdminPermissions"), True),
        ("aws:eks/cluster:Cluster", ("accessConfig", "authenticationMode"), False),
        ("aws:eks/nodeGroup:NodeGroup", ("instanceTypes", 0), True),
        ("aws:eks/nodeGroup:NodeGroup", ("scalingConfig", "maxSize"), False),
        ("aws:eks/nodeGroup:NodeGroup", ("launchTemplate", "version"), False),
        ("aws:eks/nodeGroup:NodeGroup", ("launchTemplate", "id"), True),
        ("aws:eks/nodeGroup:NodeGroup", ("tags", "a"), False),
        ("aws:autoscaling/tag:Tag", ("tag", "key"), True),
        ("aws:autoscaling/tag:Tag", ("tag", "value"), False),
        ("gcp:container/nodePool:NodePool", ("initialNodeCount",), True),
        ("gcp:container/nodePool:NodePool", ("nodeCount",), False),
        ("gcp:container/cluster:Cluster", ("location",), True),
        ("gcp:storage/bucket:Bucket", ("location",), True),
        ("gcp:storage/bucket:Bucket", ("versioning", "enabled"), False),
        ("aws:eks/cluster:Cluster", ("nothingSaysIt",), None),
        ("aws:lambda/function:Function", ("runtime",), None),
    ],
)
def test_the_row_nearest_to_a_path_decides(token, path, verdict):
    assert replaces.verdict(token, path) is verdict


def test_some_things_replace_only_when_they_are_taken_away():
    encryption = "aws:eks/cluster:Cluster", ("encryptionConfig",)
    assert replaces.verdict(*encryption, taken_away=True) is True
    assert replaces.verdict(*encryption) is False
    assert replaces.verdict(encryption[0], ("encryptionConfig", "provider"), taken_away=True) is False

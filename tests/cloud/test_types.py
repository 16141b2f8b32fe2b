"""What the SDKs say of their types, read from their source, and what that finds wrong with a document."""

import inspect

import pytest
from pulumi._types import input_type_py_to_pulumi_names

from providers.wire import ASSET, UNKNOWN, Secret, Signed
from sandbox.providers.sdk import check
from sandbox.providers.sdk.reader import Sdk
from sandbox.providers.sdk.types import Anything, ListOf, MapOf, ObjectOf, OneOf, Scalar
from tests.counts import count

AWS, GOOGLE, KUBERNETES = Sdk("pulumi_aws"), Sdk("pulumi_gcp"), Sdk("pulumi_kubernetes")
CLUSTER = AWS.resource("aws:eks/cluster:Cluster")


def found(document, token="aws:eks/cluster:Cluster", sdk=AWS):
    """What is wrong with a document: path to reason."""
    resource = sdk.resource(token)
    return {each.path: each.why for each in check.failures(resource.name, resource.inputs, document)}


def cluster(**inputs):
    return {"roleArn": "arn", "vpcConfig": {"subnetIds": ["a"]}} | inputs


@pytest.mark.parametrize(
    ("module", "name", "fields"),
    [
        ("pulumi_aws.eks", "ClusterArgs", CLUSTER.inputs),
        ("pulumi_aws.eks", "ClusterVpcConfigArgs", CLUSTER.inputs["vpcConfig"].type.fields),
        ("pulumi_aws.eks", "NodeGroupArgs", AWS.resource("aws:eks/nodeGroup:NodeGroup").inputs),
        (
            "pulumi_gcp.artifactregistry",
            "RepositoryArgs",
            GOOGLE.resource("gcp:artifactregistry/repository:Repository").inputs,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_source_says_what_the_imported_class_says(module, name, fields):
    imported = getattr(__import__(module, fromlist=[name]), name)
    assert {each.python: wire for wire, each in fields.items()} == dict(input_type_py_to_pulumi_names(imported))
    parameters = inspect.signature(imported.__init__).parameters
    required = {key for key, each in parameters.items() if each.default is each.empty} - {"__self__"}
    assert {each.python for each in fields.values() if each.required} == required


def test_types_of_every_shape_are_read():
    inputs = CLUSTER.inputs
    assert inputs["version"].type == Scalar("string")
    assert inputs["bootstrapSelfManagedAddons"].type == Scalar("boolean")
    assert inputs["enabledClusterLogTypes"].type == ListOf(Scalar("string"))
    assert inputs["tags"].type == MapOf(Scalar("string"))
    assert isinstance(inputs["vpcConfig"].type, ObjectOf)
    assert AWS.resource("aws:eks/nodeGroup:NodeGroup").inputs["diskSize"].type == Scalar("integer")
    assert AWS.resource("aws:iam/role:Role").inputs["assumeRolePolicy"].type.options[0] == Scalar("string")
    assert AWS.resource("aws:ec2/instance:Instance").inputs["instanceType"].type == Scalar("string"), "an enumeration"
    spec = KUBERNETES.resource("kubernetes:core/v1:Pod").inputs["spec"].type.fields
    probe = spec["containers"].type.item.fields["livenessProbe"].type.fields["httpGet"].type.fields
    assert probe["port"].type == OneOf((Scalar("integer"), Scalar("string")))


def test_outputs_are_told_from_inputs_and_those_that_are_always_there():
    assert {"arn", "endpoint", "certificateAuthority"} <= set(CLUSTER.outputs) - set(CLUSTER.inputs)
    assert CLUSTER.outputs["endpoint"].required
    assert not CLUSTER.outputs["outpostConfig"].required


def test_nothing_is_known_of_what_is_not_there():
    assert AWS.resource("aws:eks/clutser:Clutser") is None
    with pytest.raises(LookupError, match="pulumi_azure"):
        Sdk("pulumi_azure")


def test_a_fitting_document_passes():
    secret = Secret("1.33")
    fitting = cluster(
        version=secret, tags={"a": UNKNOWN}, vpcConfig={"subnetIds": UNKNOWN}, name=None, __defaults=["name"]
    )
    assert found(fitting) == {}
    bucket = {"bucket": "b", "source": Signed(ASSET, {"text": "x"})}
    assert found(bucket, "aws:s3/bucketObject:BucketObject") == {}


def test_all_that_is_wrong_is_found_at_once():
    wrong = {
        "vpcConfig": {"subnet_idz": ["a"], "endpointPrivateAccess": "true", "publicAccessCidrs": [1]},
        "version": 1.33,
        "tagz": {},
        "tags": {"a": 1},
        "computeConfig": [],
    }
    assert found(wrong) == {
        (
            "vpcConfig",
            "subnet_idz",
        ): "ClusterVpcConfig has no property 'subnet_idz'; did you mean subnetIds (subnet_ids in Python)?",
        ("vpcConfig", "subnetIds"): "ClusterVpcConfig needs subnetIds (subnet_ids in Python): it is missing",
        ("vpcConfig", "endpointPrivateAccess"): "it should be true or false, and is a string",
        ("vpcConfig", "publicAccessCidrs", 0): "it should be a string, and is a number",
        ("version",): "it should be a string, and is a number",
        ("tagz",): "Cluster has no property 'tagz'; did you mean tags?",
        ("tags", "a"): "it should be a string, and is a number",
        ("computeConfig",): "it should be an object, and is a list",
        ("roleArn",): "Cluster needs roleArn (role_arn in Python): it is missing",
    }


@pytest.mark.parametrize("value", [True, "3", 1.5, [3]])
def test_a_whole_number_is_nothing_else(value):
    group = {"clusterName": "c", "nodeRoleArn": "r", "subnetIds": ["s"], "diskSize": value}
    group["scalingConfig"] = {"minSize": 0, "maxSize": 1, "desiredSize": 0}
    assert set(found(group, "aws:eks/nodeGroup:NodeGroup")) == {("diskSize",)}
    assert found(group | {"diskSize": 100}, "aws:eks/nodeGroup:NodeGroup") == {}


def test_of_several_types_one_must_fit_and_the_nearest_is_told():
    role = "aws:iam/role:Role"
    assert found({"assumeRolePolicy": "{}"}, role) == {}
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    assert found({"assumeRolePolicy": document}, role) == {}
    assert set(found({"assumeRolePolicy": {**document, "Statment": []}}, role)) == {("assumeRolePolicy", "Statment")}
    assert found({"assumeRolePolicy": 5}, role) == {
        ("assumeRolePolicy",): "it should be a string or an object, and is a number"
    }


def test_a_message_never_holds_the_value():
    assert "hunter2" not in str(found(cluster(tags=Secret("hunter2"), deletionProtection=Secret("hunter2"))))


def test_arguments_of_functions_are_known_too():
    fields = AWS.function("aws:iam/getPolicyDocument:getPolicyDocument")
    wrong = {"statements": [{"action": ["s3:*"]}]}
    (failure,) = check.failures("getPolicyDocument", fields, wrong)
    assert failure.path == ("statements", 0, "action")
    assert AWS.function("aws:index/getNothing:getNothing") is None


def test_what_has_no_type_is_taken_as_it_is():
    assert isinstance(KUBERNETES.resource("kubernetes:core/v1:ConfigMap").inputs["metadata"].type, ObjectOf)
    crd = KUBERNETES.resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition").inputs["spec"].type.fields
    schema = crd["versions"].type.item.fields["schema"].type.fields["openAPIV3Schema"].type.fields
    assert schema["default"].type == Anything()
    assert schema["$ref"].python == "_ref"


# JSON: the conditions of IAM; what drivers are given; field sets, and values and parts of a schema.
DRIVERS = {
    "parameters",
    "vendorParameters",
    "vendorClaimParameters",
    "vendorClassParameters",
    "vendorRequestParameters",
}
SCHEMA = {"default", "example", "enum", "items", "status"}
CHARTS = {"objs", "values", "manifest"}


@pytest.mark.parametrize(
    ("sdk", "free"),
    [(AWS, {"Condition"}), (GOOGLE, set()), (KUBERNETES, {"fieldsV1", "data"} | DRIVERS | SCHEMA | CHARTS)],
    ids=["aws", "google", "kubernetes"],
)
def test_every_resource_can_be_read_and_next_to_nothing_has_no_type(sdk, free):
    tokens = sorted(sdk.tokens)
    assert len(tokens) > 500
    for token in tokens[:: len(tokens) // count(test=10, prove=100, soak=len(tokens))]:
        resource = sdk.resource(token)
        assert resource, token
        assert set(untyped(resource.inputs)) <= free, token


def untyped(fields, seen=None):
    """The properties at any depth that the SDK has no type for."""
    seen = set() if seen is None else seen
    for name, each in fields.items():
        stack = [each.type]
        while stack:
            match stack.pop():
                case Anything():
                    yield name
                case ListOf(inner) | MapOf(inner):
                    stack.append(inner)
                case OneOf(options):
                    stack.extend(options)
                case ObjectOf() as inner if id(inner.fields) not in seen:
                    seen.add(id(inner.fields))
                    yield from untyped(inner.fields, seen)

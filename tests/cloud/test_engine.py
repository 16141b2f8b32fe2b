"""Preview, up, change and destroy under the real engine, with no cloud and no cluster."""

import copy

from tests.cloud.programs import AWS, DEPLOYMENT, GOOGLE, changed
from tests.counts import level

OTHER = {"SLIPWAY_STANDIN_AWS_ACCOUNT": "999900001111"}


def deleted(run) -> list[str]:
    return [name for op, name in run.steps(kind="resOutputsEvent") if op == "delete"]


def test_an_aws_stack_through_its_life(stack):
    up = stack.up(AWS)
    assert "stand-in aws: nothing was created in a cloud (account 111122223333, eu-west-1, 7.51.1)" in up.output
    assert "not checked: no API server: whether Deployment risk/web becomes ready" in up.output
    cluster = up.outputs("cluster")
    assert cluster["arn"] == "arn:aws:eks:eu-west-1:111122223333:cluster/main"
    assert cluster["vpcConfig"]["subnetIds"] == [stack.state()["subnet"]["id"]]
    assert up.outputs("net")["tagsAll"] == {"stack": "test", "Name": "net"}
    exports = stack.state()["slipway-test"]["outputs"]
    assert exports["issuer"].startswith("https://oidc.eks.eu-west-1.amazonaws.com/id/")
    assert exports["getCallerIdentity"]["accountId"] == "111122223333"

    image = copy.deepcopy(DEPLOYMENT)
    image["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    update = stack.up(changed(AWS, cluster={"version": "1.34"}, artifacts={"bucket": "acme-models"}, web=image))
    assert ("update", "cluster") in update.steps()
    assert ("update", "web") in update.steps()
    assert update.detail("cluster") == {"version": "update"}
    assert update.outputs("cluster")["arn"] == cluster["arn"]
    assert update.detail("artifacts") == {"bucket": "update-replace"}
    assert [op for op, name in update.steps(kind="resOutputsEvent") if name == "artifacts"] == [
        "create-replacement", "replace", "delete-replaced",
    ]  # fmt: skip
    assert {name for _, name in update.steps()} == {"cluster", "artifacts", "web"}, "all else stays"

    if level() != "test":
        before = stack.state()
        refused = stack.destroy(code=1, **OTHER)
        assert "the credentials are for 999900001111, and the cluster is another's" in refused.output
        assert stack.state().keys() == before.keys()
    gone = deleted(stack.destroy())
    assert gone.index("web") < gone.index("cluster") < gone.index("subnet") < gone.index("net")
    assert gone.index("cluster") < gone.index("role")
    assert stack.state().keys() <= {"slipway-test"}


def test_a_google_stack_through_its_life(stack):
    up = stack.up(GOOGLE)
    assert "stand-in gcp: nothing was created in a cloud (project acme-dev, 10.2.0)" in up.output
    assert stack.state()["cluster"]["id"] == "projects/acme-dev/locations/europe-west4/clusters/main"
    assert up.outputs("cluster")["endpoint"].endswith(".europe-west4.acme-dev.gke.stand-in.invalid")
    assert up.outputs("reader")["member"] == "serviceAccount:iris-reader@acme-dev.iam.gserviceaccount.com"

    other = changed(GOOGLE, cluster={"nodeConfig": {"machineType": "e2-standard-8"}}, models={"location": "US"})
    foreseen = stack.preview(other)
    assert ("update", "cluster") in foreseen.steps()
    assert foreseen.detail("models") == {"location": "update-replace"}
    assert {op for op, name in foreseen.steps() if name == "models"} >= {"replace"}

    if level() != "test":
        refused = stack.destroy(code=1)
        assert "the cloud refuses to delete it while this is in its state" in refused.output
        assert "cluster" in stack.state()
        stack.up(changed(GOOGLE, cluster={"deletionProtection": False}))
        stack.destroy()
        assert stack.state().keys() <= {"slipway-test"}


def test_with_the_credentials_of_another_account_nothing_is_made(shared):
    refused = shared.up(AWS, code=1, **OTHER)
    assert "the credentials are for account 999900001111, which is not allowed here" in refused.output
    assert refused.steps() == []


def test_what_is_misspelt_or_of_another_type_fails_in_both_halves(shared):
    typo = copy.deepcopy(DEPLOYMENT)
    typo["spec"]["template"]["spec"]["containers"][0]["imagePullPolcy"] = "Always"
    typo["spec"]["replicas"] = "1"
    run = shared.preview(changed(AWS, web=typo), code=1)
    made = {name for op, name in run.steps() if op == "create"}
    assert made >= {"net", "subnet", "role", "cluster", "artifacts"}
    assert run.outputs("subnet")["vpcId"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "known only when it is made"
    output = run.output
    assert "imagePullPolcy: Container has no property 'imagePullPolcy'; did you mean imagePullPolicy" in output
    assert "spec.replicas: it should be a whole number, and is a string" in output
    wrong = {"version": 1.33, "vpcConfig": {"subnet_idz": ["a"], "endpointPrivateAccess": "true"}}
    output = shared.up(changed(AWS, cluster=wrong), code=1).output
    for said in (
        "version: it should be a string, and is a number",
        "ClusterVpcConfig has no property 'subnet_idz'; did you mean subnetIds (subnet_ids in Python)?",
        "ClusterVpcConfig needs subnetIds (subnet_ids in Python): it is missing",
        "vpcConfig.endpointPrivateAccess: it should be true or false, and is a string",
    ):
        assert said in output
    assert "cluster" not in shared.state()
    if level() != "test":
        many = changed(AWS, cluster=wrong, net={"tagz": {}}, artifacts={"buckt": "a"})
        run = shared.preview(many, SLIPWAY_PREVIEW_ERRORS="collect")
        assert {line.partition(":")[0] for line in run.said("error")} >= {"vpcConfig.subnet_idz", "tagz", "buckt"}

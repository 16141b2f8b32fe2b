"""Bootstrap of an AWS account, the whole of it against moto."""

import json
from types import SimpleNamespace

import pytest

from accounts import plan
from accounts.aws import bootstrap
from accounts.aws.account import MARK, connect
from accounts.plan import Action
from catalog.errors import SlipwayError
from tests.accounts.conftest import ACCOUNT, declared
from tests.counts import count

BUCKET = f"slipway-state-{ACCOUNT}-us-east-1"


def quiet(_: str) -> None:
    pass


def actions(cloud, *, remove=False) -> dict[str, Action]:
    survey = plan.survey_removal if remove else plan.survey
    return {f"{step.part.kind} {step.part.name}": step.action for step in survey(bootstrap.parts(cloud))}


def make(cloud) -> None:
    plan.carry_out(plan.survey(bootstrap.parts(cloud)), quiet)


def remove(cloud) -> None:
    steps = plan.survey_removal(bootstrap.parts(cloud))
    assert plan.refusals(steps) == []
    plan.carry_out_removal(steps, quiet)


def key_id(cloud) -> str:
    return cloud.client("kms").describe_key(KeyId=cloud.account.alias)["KeyMetadata"]["KeyId"]


def open_to_moto(cloud) -> None:
    """Takes the policy off: moto looks at no condition, and would refuse every object."""
    cloud.client("s3").delete_bucket_policy(Bucket=BUCKET)


def put(cloud, key: str) -> None:
    cloud.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"{}")


def snapshot(cloud) -> list:
    """Every setting of every part, without ids that are drawn anew."""
    found = [(part.kind, part.name, part.found()) for part in bootstrap.parts(cloud)]
    key = cloud.client("kms").describe_key(KeyId=cloud.account.alias)["KeyMetadata"]["Arn"]
    return json.loads(json.dumps(found, default=str).replace(key, "KEY"))


def test_an_empty_account_gets_all_and_then_nothing_more(cloud):
    assert set(actions(cloud).values()) == {Action.MAKE}
    make(cloud)
    assert set(actions(cloud).values()) == {Action.KEEP}
    assert list(plan.unsettled(bootstrap.parts(cloud))) == []


def test_a_survey_writes_nothing(cloud):
    written = []
    for service in ("iam", "kms", "s3"):
        cloud.client(service).meta.events.register("before-call", lambda model, **_: written.append(model.name))
    actions(cloud)
    make(cloud)
    assert any(name.startswith(("Create", "Put")) for name in written)
    written.clear()
    actions(cloud)
    actions(cloud, remove=True)
    assert [name for name in written if not name.startswith(("Get", "List", "Describe", "Head"))] == []


def test_the_bucket_is_locked_down(cloud):
    make(cloud)
    s3, kms = cloud.client("s3"), cloud.client("kms")
    key = kms.describe_key(KeyId=cloud.account.alias)["KeyMetadata"]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert {each["Effect"] for each in policy} == {"Deny"}
    tls = next(each for each in policy if each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}})
    assert (tls["Principal"], tls["Action"]) == ("*", "s3:*")


def test_a_bucket_that_differs_is_named_and_repaired(cloud):
    make(cloud)
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.delete_bucket_encryption(Bucket=BUCKET)
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    s3.delete_bucket_policy(Bucket=BUCKET)
    cloud.client("kms").disable_key_rotation(KeyId=key_id(cloud))
    steps = [step for step in plan.survey(bootstrap.parts(cloud)) if step.differences]
    assert {step.part.kind: (step.action, set(step.differences)) for step in steps} == {
        "bucket": (Action.REPAIR, {"versioning", "public access", "encryption", "lifecycle", "policy"}),
        "key": (Action.REPAIR, {"rotation"}),
    }
    make(cloud)
    assert set(actions(cloud).values()) == {Action.KEEP}


def test_statements_and_tags_of_others_stay(cloud):
    make(cloud)
    s3 = cloud.client("s3")
    other = {"Sid": "Auditors", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [other]}))
    s3.put_bucket_tagging(
        Bucket=BUCKET, Tagging={"TagSet": [{"Key": "cost", "Value": "ml"}, {"Key": MARK[0], "Value": MARK[1]}]}
    )
    make(cloud)
    sids = [each["Sid"] for each in json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]]
    assert sids[0] == "Auditors"
    assert len(sids) == 4
    assert {"Key": "cost", "Value": "ml"} in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]


def test_a_role_that_was_widened_is_narrowed(cloud):
    make(cloud)
    iam, role = cloud.client("iam"), "slipway-prod-eks-preview"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"] = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=json.dumps(everything))
    arn = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps(everything))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    step = next(step for step in plan.survey(bootstrap.parts(cloud)) if step.part.name == role)
    assert {"trust", "attached policies", "further policies"} <= set(step.differences)
    make(cloud)
    assert set(actions(cloud).values()) == {Action.KEEP}
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_what_others_made_under_our_names_is_refused_and_untouched(cloud):
    cloud.client("iam").create_role(RoleName="slipway-prod-eks-apply", AssumeRolePolicyDocument="{}")
    kms, s3 = cloud.client("kms"), cloud.client("s3")
    theirs = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/slipway-state", TargetKeyId=theirs)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="payroll.csv", Body=b"")
    steps = plan.survey(bootstrap.parts(cloud))
    assert {e.path for e in plan.refusals(steps)} == {
        "role slipway-prod-eks-apply", "key alias/slipway-state", f"bucket {BUCKET}",
    }  # fmt: skip
    assert any("payroll.csv" in e.why for e in plan.refusals(steps))


def answer(client, operation: str, status: int, code: str = "") -> list:
    """A written answer to one operation that moto does not know like this; gives the parameters of its calls."""
    calls = []

    def hear(model, params, **_):
        calls.append(params)
        return SimpleNamespace(status_code=status), {"Error": {"Code": code or str(status), "Message": "written"}}

    client.meta.events.register(f"before-call.{client.meta.service_model.service_name}.{operation}", hear)
    return calls


def test_a_bucket_of_another_account_is_refused(cloud):
    answer(cloud.client("s3"), "HeadBucket", 403)
    refused = {e.path: e.why for e in plan.refusals(plan.survey(bootstrap.parts(cloud)))}
    assert refused == {f"bucket {BUCKET}": "the name is taken by a bucket of another account"}


def test_credentials_of_another_account_change_nothing(aws):
    with pytest.raises(SlipwayError, match="belong to account 123456789012; stack prod-eks declares 210987654321"):
        connect(declared(account_id="210987654321"))


def test_no_credentials_is_one_error_that_says_what_to_set(no_credentials):
    with pytest.raises(SlipwayError) as raised:
        connect(declared())
    assert raised.value.why == "there are none"
    assert "AWS_PROFILE" in raised.value.fix


class Killed(BaseException):
    """As sudden as a signal: nothing of ours catches it."""


def kill_at(cloud, number: int) -> list[str]:
    """Kills the run just before its n-th write (0: never); gives what was written."""
    written: list[str] = []

    def hear(model, **_):
        if not model.name.startswith(("Get", "List", "Describe", "Head")):
            if len(written) + 1 == number:
                raise Killed
            written.append(model.name)

    for service in ("iam", "kms", "s3"):
        cloud.client(service).meta.events.register("before-call", hear)
    return written


def test_killed_anywhere_it_goes_on_and_ends_the_same(cloud):
    make(cloud)
    whole = snapshot(cloud)
    remove(cloud)
    # Counted the second time: the key is taken back then, as in all the runs that follow.
    second = connect(declared())
    written = kill_at(second, 0)
    make(second)
    total = len(written)
    remove(second)
    points = range(1, total + 1, max(1, total // count(test=2, prove=total, soak=total)))
    for point in points:
        remade = connect(declared())
        kill_at(remade, point)
        with pytest.raises(Killed):
            make(remade)
        again = connect(declared())
        make(again)
        assert snapshot(again) == whole, f"killed before write {point} of {total}"
        remove(again)
    assert len(points) >= 2


def test_a_removal_that_was_killed_goes_on(cloud):
    make(cloud)
    other = connect(declared())
    kill_at(other, 6)
    with pytest.raises(Killed):
        remove(other)
    assert actions(cloud, remove=True)
    remove(connect(declared()))
    assert actions(cloud, remove=True) == {}


def test_removal_leaves_nothing_and_takes_the_key_back(cloud):
    make(cloud)
    key = key_id(cloud)
    remove(cloud)
    assert actions(cloud, remove=True) == {}
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert cloud.client("iam").list_roles(PathPrefix="/slipway/")["Roles"] == []
    assert cloud.client("iam").list_policies(Scope="Local")["Policies"] == []
    again, called = connect(declared()), []
    again.client("kms").meta.events.register("before-call", lambda model, **_: called.append(model.name))
    make(again)
    assert key_id(cloud) == key
    # AWS enables no key that waits for its deletion; moto does.
    assert called.index("CancelKeyDeletion") < called.index("EnableKey")


def test_removal_is_refused_while_there_is_a_state_and_says_which(cloud):
    make(cloud)
    open_to_moto(cloud)
    s3 = cloud.client("s3")
    put(cloud, ".pulumi/meta.yaml")
    put(cloud, ".pulumi/stacks/slipway/prod-eks.json")
    refused = plan.refusals(plan.survey_removal(bootstrap.parts(cloud)))
    assert [(e.path, e.why) for e in refused] == [(f"bucket {BUCKET}", "it holds the state of stack prod-eks")]
    s3.delete_object(Bucket=BUCKET, Key=".pulumi/stacks/slipway/prod-eks.json")
    put(cloud, ".pulumi/locks/organization/slipway/prod-eks/1.json")
    refused = plan.refusals(plan.survey_removal(bootstrap.parts(cloud)))
    assert "locks/organization/slipway/prod-eks/1.json" in refused[0].why
    s3.delete_object(Bucket=BUCKET, Key=".pulumi/locks/organization/slipway/prod-eks/1.json")
    remove(cloud)
    assert s3.list_buckets()["Buckets"] == []


def test_what_stacks_share_stays_for_the_others(cloud):
    dev = connect(declared("dev-eks"))
    make(cloud)
    make(dev)
    open_to_moto(cloud)
    put(cloud, ".pulumi/stacks/slipway/dev-eks.json")
    left = {name for name, action in actions(cloud, remove=True).items() if action is Action.LEAVE}
    assert left == {
        "key alias/slipway-state",
        f"bucket {BUCKET}",
        "identity provider token.actions.githubusercontent.com",
    }
    remove(cloud)
    make(dev)
    assert set(actions(dev).values()) == {Action.KEEP}
    assert key_id(dev)


def test_a_provider_that_was_there_is_used_and_left(cloud):
    iam = cloud.client("iam")
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["other"], ThumbprintList=[]
    )
    added = answer(iam, "AddClientIDToOpenIDConnectProvider", 200)
    make(cloud)
    assert added[0]["body"]["ClientID"] == "sts.amazonaws.com"
    remove(cloud)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]


def test_roles_that_the_stack_made_keep_the_boundary(cloud):
    make(cloud)
    boundary = bootstrap.outputs(cloud)["permissions_boundary"]
    cloud.client("iam").create_role(
        RoleName="slipway-prod-eks-node", AssumeRolePolicyDocument="{}", PermissionsBoundary=boundary
    )
    cloud.client("iam").attach_role_policy(RoleName="slipway-prod-eks-node", PolicyArn=boundary)  # moto counts these
    refused = plan.refusals(plan.survey_removal(bootstrap.parts(cloud)))
    assert ["slipway-prod-eks-node" in e.why for e in refused] == [True]


def test_values_that_only_the_key_opens_keep_it(cloud):
    make(cloud)
    steps = plan.survey_removal(bootstrap.parts(cloud, ["stacks/Pulumi.prod-eks.yaml"]))
    key = next(step for step in steps if step.part.kind == "key")
    assert (key.action, key.why) == (Action.LEAVE, "stacks/Pulumi.prod-eks.yaml has values that only this key opens")


def test_without_ci_there_are_no_roles(aws):
    cloud = connect(declared(ci=None))
    assert [part.kind for part in bootstrap.parts(cloud)] == ["key", "bucket"]
    assert set(bootstrap.outputs(cloud)) == {"backend", "secrets_provider"}


def test_another_region(aws):
    cloud = connect(declared(region="eu-central-1"))
    make(cloud)
    assert set(actions(cloud).values()) == {Action.KEEP}
    where = cloud.client("s3").get_bucket_location(Bucket=cloud.account.bucket)
    assert where["LocationConstraint"] == "eu-central-1"

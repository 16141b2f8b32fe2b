"""Bootstrap of a Google project: requests checked against Google's published documents, answers written."""

import json

import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession

from accounts import plan
from accounts.google import bootstrap, grants
from accounts.google.project import GoogleProject, Project, opened
from accounts.plan import Action
from accounts.spec import CiSpec
from catalog.errors import SlipwayError
from tests.accounts import discovery
from tests.accounts.google_written import NUMBER, PROJECT, Killed, WrittenGoogle
from tests.counts import count

# Google's client says so where gRPC's status package is not installed; nothing here speaks gRPC.
pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")
BUCKET = f"slipway-{PROJECT}-us-central1"
CI = CiSpec(repository="acme/ml", environment="production")


def declared(stack: str = "prod-gke", **changes) -> GoogleProject:
    said = {"stack": stack, "pulumi_project": "slipway", "project": PROJECT, "region": "us-central1", "ci": CI}
    return GoogleProject(**said | changes)


def project(google: WrittenGoogle, of: GoogleProject | None = None) -> Project:
    session = AuthorizedSession(AnonymousCredentials())
    session.mount("https://", google)
    found = opened(session, of or declared(), "a test")
    return Project(session, found.declared, found.number, found.caller, wait=lambda _: None)


@pytest.fixture
def google():
    return WrittenGoogle()


def quiet(_: str) -> None:
    pass


def make(of: Project) -> None:
    plan.carry_out(plan.survey(bootstrap.parts(of)), quiet)


def remove(of: Project) -> None:
    steps = plan.survey_removal(bootstrap.parts(of))
    assert plan.refusals(steps) == []
    plan.carry_out_removal(steps, quiet)


def actions(of: Project, *, removing=False) -> dict[str, Action]:
    survey = plan.survey_removal if removing else plan.survey
    return {
        f"{step.part.kind} {step.part.name.rpartition('/')[2]}": step.action for step in survey(bootstrap.parts(of))
    }


def test_an_empty_project_gets_all_and_then_nothing_more(google):
    of = project(google)
    assert set(actions(of).values()) == {Action.MAKE, Action.REPAIR}
    assert google.writes == []
    make(of)
    assert google.writes
    assert list(plan.unsettled(bootstrap.parts(of))) == []
    assert set(actions(of).values()) == {Action.KEEP}


def test_the_bucket_is_locked_down(google):
    make(project(google))
    bucket = google.buckets[BUCKET]
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    assert bucket["encryption"]["defaultKmsKeyName"].endswith("keyRings/slipway/cryptoKeys/state")
    assert int(bucket["softDeletePolicy"]["retentionDurationSeconds"]) == 30 * 86400
    assert {rule["action"]["type"] for rule in bucket["lifecycle"]["rule"]} == {
        "Delete",
        "AbortIncompleteMultipartUpload",
    }
    assert all(
        rule["condition"].get("isLive") is False
        for rule in bucket["lifecycle"]["rule"]
        if rule["action"]["type"] == "Delete"
    )


def test_exactly_one_subject_may_use_each_account(google):
    make(project(google))
    principal = f"principal://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/slipway-prod-gke/subject/"
    for purpose, subject in (
        ("preview", "repo:acme/ml:pull_request"),
        ("apply", "repo:acme/ml:environment:production"),
    ):
        policy = google.policies[
            f"projects/{PROJECT}/serviceAccounts/prod-gke-{purpose}@{PROJECT}.iam.gserviceaccount.com"
        ]
        assert policy["bindings"] == [{"role": "roles/iam.workloadIdentityUser", "members": [principal + subject]}]
    provider = google.things[
        f"projects/{PROJECT}/locations/global/workloadIdentityPools/slipway-prod-gke/providers/github"
    ]
    assert provider["attributeCondition"] == 'assertion.repository == "acme/ml"'
    assert provider["attributeMapping"] == {"google.subject": "assertion.sub"}


def test_what_differs_is_named_and_repaired(google):
    of = project(google)
    make(of)
    google.buckets[BUCKET]["versioning"]["enabled"] = False
    google.buckets[BUCKET]["iamConfiguration"]["publicAccessPrevention"] = "inherited"
    email = f"prod-gke-preview@{PROJECT}.iam.gserviceaccount.com"
    google.policies[f"projects/{PROJECT}"]["bindings"].append(
        {"role": "roles/owner", "members": [f"serviceAccount:{email}", "user:a@b.c"]}
    )
    google.policies[f"projects/{PROJECT}/serviceAccounts/{email}"]["bindings"].append(
        {"role": "roles/iam.serviceAccountTokenCreator", "members": ["allUsers"]}
    )
    google.things[f"projects/{PROJECT}/serviceAccounts/{email}"]["disabled"] = True
    steps = {step.part.kind: set(step.differences) for step in plan.survey(bootstrap.parts(of)) if step.differences}
    assert steps == {
        "bucket": {"versioning", "public access"},
        "service account": {"grants in project", "users", "enabled"},
    }
    make(of)
    assert set(actions(of).values()) == {Action.KEEP}
    assert {"role": "roles/owner", "members": ["user:a@b.c"]} in google.policies[f"projects/{PROJECT}"]["bindings"]


def test_a_policy_that_others_change_meanwhile_is_read_again(google):
    of = project(google)
    make(of)
    part = bootstrap.parts(of)[-1]
    rights = part._policies["project"][0]
    stale = rights.read()
    rights.write(rights.read())
    assert rights.write({**stale, "bindings": []}) is False
    assert google.policies[f"projects/{PROJECT}"]["bindings"]


def test_what_others_made_under_our_names_is_refused(google):
    of = project(google)
    google.buckets[BUCKET] = {"name": BUCKET, "projectNumber": "999", "location": "US-CENTRAL1"}
    google.objects[BUCKET] = []
    email = f"prod-gke-apply@{PROJECT}.iam.gserviceaccount.com"
    google.enabled.add("iam.googleapis.com")
    google.things[f"projects/{PROJECT}/serviceAccounts/{email}"] = {"email": email, "description": "payroll"}
    refused = {e.path: e.why for e in plan.refusals(plan.survey(bootstrap.parts(of)))}
    assert refused == {
        f"bucket {BUCKET}": "the name is taken by a bucket of another project",
        f"service account {email}": "a service account of this name was not made by bootstrap",
    }
    google.buckets[BUCKET]["projectNumber"] = NUMBER
    assert "not made by bootstrap" in plan.refusals(plan.survey(bootstrap.parts(of)))[0].why


def test_killed_anywhere_it_goes_on_and_ends_the_same(google):
    make(project(google))
    whole, total = _snapshot(google), len(google.writes)
    for point in range(1, total + 1, count(test=3, prove=1, soak=1)):
        again = WrittenGoogle()
        again.kill_at = point
        with pytest.raises(Killed):
            make(project(again))
        again.kill_at = 0
        make(project(again))
        assert _snapshot(again) == whole, f"killed before write {point} of {total}"


def _snapshot(google: WrittenGoogle) -> str:
    things = [google.things, google.buckets, {name: policy["bindings"] for name, policy in google.policies.items()}]
    text = json.dumps(things, sort_keys=True)
    return json.dumps(json.loads(text, object_hook=lambda d: {k: v for k, v in d.items() if k != "nextRotationTime"}))


def test_removal_leaves_what_google_never_forgets_and_makes_it_usable_again(google):
    of = project(google)
    make(of)
    remove(of)
    assert set(actions(of, removing=True)) == {f"services {PROJECT}"}
    assert google.buckets == {}
    assert not any("serviceAccounts" in name for name in google.things)
    assert all(not policy.get("bindings") for name, policy in google.policies.items() if "cryptoKeys" not in name)
    versions = [each["state"] for name, each in google.things.items() if "cryptoKeyVersions" in name]
    assert set(versions) == {"DESTROY_SCHEDULED"}
    make(project(google))
    assert set(actions(project(google)).values()) == {Action.KEEP}
    assert len([name for name in google.things if "cryptoKeyVersions" in name]) == 2


def test_keys_whose_versions_are_destroyed_get_a_new_one(google):
    of = project(google)
    make(of)
    remove(of)
    for name, thing in google.things.items():
        if "cryptoKeyVersions" in name:
            thing["state"] = "DESTROYED"
    make(project(google))
    assert set(actions(project(google)).values()) == {Action.KEEP}
    assert {each["state"] for name, each in google.things.items() if name.endswith("cryptoKeyVersions/2")} == {
        "ENABLED"
    }


def test_removal_is_refused_while_there_is_a_state_and_says_which(google):
    of = project(google)
    make(of)
    google.objects[BUCKET] = [".pulumi/meta.yaml", ".pulumi/stacks/slipway/prod-gke.json"]
    refused = plan.refusals(plan.survey_removal(bootstrap.parts(of)))
    assert {e.why for e in refused} == {"it holds the state of stack prod-gke"}
    google.objects[BUCKET] = [".pulumi/meta.yaml", ".pulumi/stacks/slipway/dev-gke.json"]
    left = actions(of, removing=True)
    assert left[f"bucket {BUCKET}"] is Action.LEAVE
    assert left["key state"] is Action.LEAVE
    assert left["key secrets-prod-gke"] is Action.REMOVE


def test_other_stacks_keep_the_bucket(google):
    make(project(google))
    make(project(google, declared("dev-gke")))
    assert actions(project(google), removing=True)[f"bucket {BUCKET}"] is Action.LEAVE
    remove(project(google))
    assert set(actions(project(google, declared("dev-gke"))).values()) == {Action.KEEP}


def test_another_project_is_refused_before_any_write(google, monkeypatch):
    with pytest.raises(SlipwayError, match="no such active project"):
        project(google, declared(project="acme-ml-dev"))
    monkeypatch.setattr("google.auth.default", lambda scopes: (AnonymousCredentials(), "acme-ml-dev"))
    from accounts.google.project import open_project

    with pytest.raises(SlipwayError, match="they are for project acme-ml-dev; stack prod-gke declares acme-ml-prod"):
        open_project(declared())
    assert google.writes == []


def test_no_credentials_is_one_error_that_says_what_to_set(monkeypatch):
    from google.auth.exceptions import DefaultCredentialsError

    from accounts.google.project import open_project

    def none(scopes):
        raise DefaultCredentialsError("no")

    monkeypatch.setattr("google.auth.default", none)
    with pytest.raises(SlipwayError) as raised:
        open_project(declared())
    assert (raised.value.why, "gcloud auth application-default login" in raised.value.fix) == ("there are none", True)


def test_names_that_google_does_not_take_are_refused(google):
    with pytest.raises(SlipwayError, match="would have 31 characters"):
        project(google, declared("a-stack-with-a-long-nam"))
    with pytest.raises(SlipwayError, match="and Google takes 127"):
        project(google, declared(ci=CiSpec(repository="a/b", environment="e" * 120)))
    assert google.writes == []


def test_a_preview_reads_and_an_apply_cannot_reach_the_state_of_others():
    roles = {grant.role for grant in grants.in_project(declared(), "preview")}
    assert not any(role.endswith(("admin", "Admin", "editor", "owner", "objectViewer")) for role in roles)
    apply = {grant.role: grant.expression for grant in grants.in_project(declared(), "apply")}
    assert BUCKET in apply["roles/storage.admin"]
    assert "keyRings/slipway" in apply["roles/cloudkms.admin"]
    assert "hasOnly" in apply["roles/resourcemanager.projectIamAdmin"]
    assert not any(
        "dmin" in role
        for role in apply["roles/resourcemanager.projectIamAdmin"].split('"')[1::2]
        if role.startswith("roles/")
    )
    state = {grant.role: grant.expression for grant in grants.in_bucket(declared(), "apply")}
    assert "stacks/slipway/prod-gke.json" in state["roles/storage.objectUser"]
    assert set(state) == {"roles/storage.legacyBucketReader", "roles/storage.objectUser"}
    # https://cloud.google.com/iam/quotas: so many logical operators in one condition.
    assert all(grant.expression.count("||") <= 12 for grant in grants.in_bucket(declared(reads=("a", "b")), "preview"))


@pytest.mark.parametrize(
    ("method", "url", "body", "fault"),
    [
        ("GET", "https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRing/r", None, "has no method"),
        ("POST", "https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings?ringId=r", "{}", "has no parameter ringId"),
        ("POST", "https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys?cryptoKeyId=k", '{"purpose": "ENCRYPT"}', "is none of"),
        ("POST", "https://storage.googleapis.com/storage/v1/b?project=p", '{"versioning": {"enabled": "yes"}}', "is no boolean"),
        ("POST", "https://storage.googleapis.com/storage/v1/b?project=p", '{"iamConfiguration": {"publicAccesPrevention": "x"}}', "no property"),
        ("POST", "https://storage.googleapis.com/storage/v1/b", "{}", "needs the parameter project"),
        ("POST", "https://iam.googleapis.com/v1/projects/p/serviceAccounts", '{"serviceAccount": {"email": "x"}}', "only ever given back"),
    ],
)  # fmt: skip
def test_the_documents_refuse_what_they_do_not_describe(method, url, body, fault):
    assert any(fault in each for each in discovery.wrong(method, url, body))

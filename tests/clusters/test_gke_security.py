"""The security baseline of Google, read off the graph of `prod-gke`: every id is met, or listed with the reason."""

import copy
from dataclasses import replace

import pytest

from tests.clusters import gke_security, gke_stacks
from tests.clusters.test_eks_security import PAGE, rows
from tests.mocks.graph import Graph
from tests.mocks.recorder import Recording

# How many recommendations each chapter of the benchmark has; 5.10.3 is about sandboxes for code of strangers.
CIS = {"4.1": 10, "4.2": 1, "4.3": 2, "4.4": 2, "4.5": 1, "4.6": 4, "5.1": 4, "5.2": 2, "5.3": 1, "5.4": 1, "5.5": 7,
       "5.6": 7, "5.7": 1, "5.8": 3, "5.9": 2, "5.10": 4}  # fmt: skip
IDS = {
    *(f"CIS-{chapter}.{number}" for chapter, count in CIS.items() for number in range(1, count + 1)),
    *(f"CKV_GCP_{each}" for each in (1, 7, 8, 9, 10, 12, 13, 18, 20, 21, 22, 23, 24, 25, 61, 64, 65, 66, 68, 69, 70, 71, 72, 123)),
    *(f"CKV_GCP_{each}" for each in (28, 29, 62, 63, 78, 114)), "CKV2_GCP_19", "CKV2_GCP_4",
    "GCS-KEY", "GCS-SOFT-DELETE", "GCS-RETENTION", "GCS-LIFECYCLE", "GCS-ABORT", "GCS-KEEP", "GCS-FORCE", "GCS-DATA-EVENTS",
    *(f"READER-{each}" for each in ("ACCOUNT", "PREFIX", "LIST", "KEY", "SUBJECT", "NODES")),
}  # fmt: skip
ROWS = rows(PAGE.partition("## Google")[2])


def test_every_id_is_on_the_page_and_no_other():
    assert ROWS.keys() == IDS


def test_what_is_not_met_has_a_reason():
    assert [each for each, (how, why) in ROWS.items() if how == "open" and len(why) < 10] == []


def test_what_is_met_is_checked():
    assert {each for each, (how, _) in ROWS.items() if how != "open"} == gke_security.CHECKS.keys()


@pytest.mark.parametrize("stack", ["prod-gke", "dev-gke"])
def test_the_graph_meets_it(stack):
    assert gke_security.unmet(gke_stacks.graph(stack)) == {}


def broken(type_, changes):
    """The graph of `prod-gke` with other inputs of every resource of a type, at any depth."""

    def merged(old, new):
        if not (isinstance(old, dict) and isinstance(new, dict)):
            return new
        return {**copy.deepcopy(old), **{key: merged(old.get(key), value) for key, value in new.items()}}

    shipped = gke_stacks.shipped("prod-gke").resources
    resources = [replace(e, inputs=merged(e.inputs, changes)) if e.type == type_ else e for e in shipped]
    return Graph(Recording(resources=resources))


CLUSTER, POOL, BUCKET = gke_security.CLUSTER, gke_security.POOL, gke_security.BUCKET


@pytest.mark.parametrize(
    ("type_", "changes", "ids"),
    [
        (CLUSTER, {"privateClusterConfig": {"enablePrivateEndpoint": False}}, {"CIS-5.6.4", "CKV_GCP_18", "CKV_GCP_25"}),
        (CLUSTER, {"privateClusterConfig": {"enablePrivateNodes": False}}, {"CIS-5.6.5", "CKV_GCP_25", "CKV_GCP_64"}),
        (CLUSTER, {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}]}}, {"CIS-5.6.3", "CKV_GCP_18", "CKV_GCP_20"}),
        (CLUSTER, {"databaseEncryption": {"state": "DECRYPTED"}}, {"CIS-5.3.1"}),
        (CLUSTER, {"datapathProvider": "LEGACY_DATAPATH"}, {"CIS-4.3.1", "CKV_GCP_12"}),
        (CLUSTER, {"loggingConfig": {"enableComponents": ["WORKLOADS"]}}, {"CIS-5.7.1", "CKV_GCP_1"}),
        (CLUSTER, {"enableShieldedNodes": False}, {"CIS-5.5.5", "CKV_GCP_71"}),
        (CLUSTER, {"enableIntranodeVisibility": False}, {"CIS-5.6.1", "CKV_GCP_61"}),
        (CLUSTER, {"enableLegacyAbac": True}, {"CIS-5.8.3", "CKV_GCP_7"}),
        (CLUSTER, {"removeDefaultNodePool": False}, {"CKV_GCP_123"}),
        (CLUSTER, {"anonymousAuthenticationConfig": {"mode": "ENABLED"}}, {"CIS-4.1.8"}),
        (gke_security.SUBNET, {"logConfig": {"metadata": ""}}, {"CIS-5.6.1", "CKV_GCP_61"}),
        (gke_security.FIREWALL, {"sourceRanges": ["0.0.0.0/0"]}, {"CIS-5.6.6"}),
        (POOL, {"nodeConfig": {"workloadMetadataConfig": {"mode": "GCE_METADATA"}}}, {"CIS-5.4.1", "CKV_GCP_69"}),
        (POOL, {"nodeConfig": {"serviceAccount": "1-compute@developer.gserviceaccount.com"}}, {"CIS-5.2.1"}),
        (POOL, {"nodeConfig": {"bootDiskKmsKey": ""}}, {"CIS-5.9.2"}),
        (POOL, {"nodeConfig": {"shieldedInstanceConfig": {"enableSecureBoot": False}}}, {"CIS-5.5.7", "CKV_GCP_68"}),
        (POOL, {"management": {"autoRepair": False}}, {"CIS-5.5.2", "CKV_GCP_9"}),
        (gke_security.PROJECT_GRANT, {"role": "roles/editor"}, {"CIS-5.1.3", "READER-NODES"}),
        (BUCKET, {"uniformBucketLevelAccess": False}, {"CKV_GCP_29"}),
        (BUCKET, {"publicAccessPrevention": "inherited"}, {"CKV_GCP_114"}),
        (BUCKET, {"versioning": {"enabled": False}}, {"CKV_GCP_78"}),
        (BUCKET, {"forceDestroy": True}, {"GCS-FORCE"}),
        (BUCKET, {"encryption": {"defaultKmsKeyName": ""}}, {"GCS-KEY"}),
        (gke_security.BUCKET_GRANT, {"member": "allUsers"}, {"CKV_GCP_28"}),
        (gke_security.BUCKET_GRANT, {"condition": {"expression": "true"}}, {"READER-PREFIX", "READER-LIST"}),
        (gke_security.USE, {"member": "serviceAccount:p.svc.id.goog[*]"}, {"READER-SUBJECT"}),
    ],
)  # fmt: skip
def test_what_is_taken_away_is_found(type_, changes, ids):
    assert gke_security.unmet(broken(type_, changes)).keys() == ids

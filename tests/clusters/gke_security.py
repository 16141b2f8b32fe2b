"""The checks of the security baseline on Google: each looks at a graph and says whether it meets an id."""

from collections.abc import Callable
from typing import Any

from tests.clusters import eks_security
from tests.clusters.gke_order import (
    BUCKET,
    BUCKET_GRANT,
    CLUSTER,
    FIREWALL,
    KEY_GRANT,
    POOL,
    PROJECT_GRANT,
    REPOSITORY,
    SUBNET,
    USE,
)  # fmt: skip
from tests.mocks.graph import Graph

Check = Callable[[Graph], bool]
_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
_EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters")
_LOGS = {"SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"}


def unmet(graph: Graph) -> dict[str, str]:
    """The ids that a graph does not meet."""
    return {each: "not met" for each, check in CHECKS.items() if not check(graph)}


def _every(kind: str, test: Callable[[dict[str, Any]], Any], *, named: str = "") -> Check:
    """Some are there, and each of them is so."""

    def check(graph: Graph) -> bool:
        found = [each for each in graph.of(kind) if named in each.name]
        return bool(found) and all(test(each.inputs) for each in found)

    return check


def _both(*checks: Check) -> Check:
    return lambda graph: all(check(graph) for check in checks)


def _cluster(test: Callable[[dict[str, Any]], Any]) -> Check:
    return _every(CLUSTER, test)


def _nodes(test: Callable[[dict[str, Any]], Any]) -> Check:
    return _every(POOL, lambda said: test(said["nodeConfig"]))


def _no_group_of_all(*names: str) -> Check:
    def check(graph: Graph) -> bool:
        bindings = [*graph.of(_BINDING), *graph.of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")]
        subjects = [subject["name"] for each in bindings for subject in each.inputs["subjects"]]
        return bool(subjects) and not set(subjects) & set(names)

    return check


def _admins(graph: Graph) -> bool:
    """Those that the stack names, and nobody else, administer it."""
    bound = [each for each in graph.of(_BINDING) if each.inputs["roleRef"]["name"] == "cluster-admin"]
    return [each.name for each in bound] == ["cluster-admins"] and _no_group_of_all(*_EVERYBODY)(graph)


def _nodes_only_pull(graph: Graph) -> bool:
    roles = {each.inputs["role"] for each in graph.of(PROJECT_GRANT)}
    return roles == {"roles/artifactregistry.reader", "roles/container.defaultNodeServiceAccount"}


def _flow_logs(graph: Graph) -> bool:
    nodes = [each for each in graph.of(SUBNET) if each.inputs.get("purpose") is None]
    return bool(nodes) and all(each.inputs["logConfig"]["metadata"] for each in nodes)


def _firewall(said: dict[str, Any]) -> bool:
    return said["direction"] == "INGRESS" and "0.0.0.0/0" not in said["sourceRanges"] and said["targetServiceAccounts"]


def _secure_boot(graph: Graph) -> bool:
    """But for nodes with accelerators."""
    without = [e for e in graph.of(POOL) if not e.inputs["nodeConfig"].get("guestAccelerators")]
    return bool(without) and all(
        each.inputs["nodeConfig"]["shieldedInstanceConfig"]["enableSecureBoot"] for each in without
    )


def _readers(graph: Graph) -> list[dict[str, Any]]:
    return [each.inputs for each in graph.of(BUCKET_GRANT) if "-reader-" in each.name]


def _own_prefix(where: str) -> Check:
    def check(graph: Graph) -> bool:
        found = _readers(graph)
        return bool(found) and all(
            said["role"] == "roles/storage.objectViewer"
            and f'{where}models/{said["condition"]["title"]}/")' in said["condition"]["expression"]
            and said["condition"]["expression"].count("startsWith") == 2
            for said in found
        )

    return check


def _exact_subject(graph: Graph) -> bool:
    found = [each.inputs for each in graph.of(USE)]
    return bool(found) and all(
        said["role"] == "roles/iam.workloadIdentityUser"
        and said["member"].endswith("]")
        and "/" in said["member"].partition("[")[2]
        and "*" not in said["member"]
        for said in found
    )


def _one_key(graph: Graph) -> bool:
    """Cloud Storage alone decrypts the bucket, and no model has any right to a key."""
    users = {each.name: each.inputs for each in graph.of(KEY_GRANT)}
    own = [said for name, said in users.items() if name == "artifacts-bucket"]
    return len(own) == 1 and not any("reader" in name for name in users)


def _account_each(graph: Graph) -> bool:
    """No two models share one."""
    used = [each.inputs["serviceAccountId"] for each in graph.of(USE)]
    return bool(used) and len(set(used)) == len(used)


def _nobody_public(graph: Graph) -> bool:
    members = [each.inputs["member"] for each in graph.of(BUCKET_GRANT)]
    return not any(str(member) in ("allUsers", "allAuthenticatedUsers") for member in members)


_METADATA = _nodes(lambda said: said["workloadMetadataConfig"]["mode"] == "GKE_METADATA")
_OWN_ACCOUNT = _nodes(lambda said: "-compute@developer" not in said["serviceAccount"])
_POLICIES = _cluster(lambda said: said["datapathProvider"] == "ADVANCED_DATAPATH")
_LOGGED = _cluster(lambda said: set(said["loggingConfig"]["enableComponents"]) >= _LOGS)
_WATCHED = _cluster(lambda said: "SYSTEM_COMPONENTS" in said["monitoringConfig"]["enableComponents"])
_AUTHORIZED = _cluster(
    lambda said: all(
        int(each["cidrBlock"].partition("/")[2]) >= 8 for each in said["masterAuthorizedNetworksConfig"]["cidrBlocks"]
    )
)
_PRIVATE_NODES = _cluster(lambda said: said["privateClusterConfig"]["enablePrivateNodes"])
_PRIVATE_ENDPOINT = _cluster(lambda said: said["privateClusterConfig"]["enablePrivateEndpoint"])
_NO_CERTIFICATE = _cluster(
    lambda said: said["masterAuth"]["clientCertificateConfig"]["issueClientCertificate"] is False
)
_REPAIRED = _every(POOL, lambda said: said["management"]["autoRepair"])
_UPGRADED = _every(POOL, lambda said: said["management"]["autoUpgrade"])
_COS = _nodes(lambda said: said["imageType"] == "COS_CONTAINERD")
_CHANNEL = _cluster(lambda said: said["releaseChannel"]["channel"] in ("RAPID", "REGULAR", "STABLE", "EXTENDED"))
_SHIELDED = _cluster(lambda said: said["enableShieldedNodes"])
_INTEGRITY = _nodes(lambda said: said["shieldedInstanceConfig"]["enableIntegrityMonitoring"])
_INTRANODE = _both(_cluster(lambda said: said["enableIntranodeVisibility"]), _flow_logs)
_NATIVE = _cluster(lambda said: said["networkingMode"] == "VPC_NATIVE")
_NO_ABAC = _cluster(lambda said: said["enableLegacyAbac"] is False)
_GROUPS = _cluster(lambda said: said["authenticatorGroupsConfig"]["securityGroup"].startswith("gke-security-groups@"))
_NO_ALPHA = _cluster(lambda said: not said.get("enableKubernetesAlpha"))
_SAME = eks_security.CHECKS

CHECKS: dict[str, Check] = {
    "CIS-4.1.1": _admins,
    "CIS-4.1.2": _SAME["CIS-4.1.2"],
    "CIS-4.1.3": _SAME["CIS-4.1.3"],
    "CIS-4.1.4": _SAME["CIS-4.1.5"],
    "CIS-4.1.5": _SAME["CIS-4.1.6"],
    "CIS-4.1.6": _no_group_of_all("system:masters"),
    "CIS-4.1.7": _SAME["CIS-4.1.8"],
    "CIS-4.1.8": _both(
        _no_group_of_all("system:anonymous"),
        _cluster(lambda said: said["anonymousAuthenticationConfig"]["mode"] == "LIMITED"),
    ),
    "CIS-4.1.9": _both(
        _no_group_of_all("system:unauthenticated"),
        _cluster(lambda said: said["rbacBindingConfig"]["enableInsecureBindingSystemUnauthenticated"] is False),
    ),
    "CIS-4.1.10": _both(
        _no_group_of_all("system:authenticated"),
        _cluster(lambda said: said["rbacBindingConfig"]["enableInsecureBindingSystemAuthenticated"] is False),
    ),
    "CIS-4.2.1": _SAME["CIS-4.2.1"],
    "CIS-4.3.1": _POLICIES,
    "CIS-4.3.2": _SAME["CIS-4.3.2"],
    "CIS-4.4.1": _SAME["CIS-4.4.1"],
    "CIS-4.6.1": _SAME["CIS-4.5.1"],
    "CIS-4.6.2": _SAME["CIS-4.2.1"],
    "CIS-4.6.3": _SAME["CIS-4.2.1"],
    "CIS-4.6.4": _SAME["CIS-4.5.2"],
    "CIS-5.1.1": _every(
        REPOSITORY, lambda said: said["vulnerabilityScanningConfig"]["enablementConfig"] == "INHERITED", named="artifacts"
    ),
    "CIS-5.1.2": lambda graph: not graph.of("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"),
    "CIS-5.1.3": _nodes_only_pull,
    "CIS-5.2.1": _OWN_ACCOUNT,
    "CIS-5.2.2": _cluster(lambda said: said["workloadIdentityConfig"]["workloadPool"].endswith(".svc.id.goog")),
    "CIS-5.3.1": _cluster(lambda said: said["databaseEncryption"]["state"] == "ENCRYPTED"),
    "CIS-5.4.1": _METADATA,
    "CIS-5.5.1": _COS,
    "CIS-5.5.2": _REPAIRED,
    "CIS-5.5.3": _UPGRADED,
    "CIS-5.5.4": _CHANNEL,
    "CIS-5.5.5": _SHIELDED,
    "CIS-5.5.6": _INTEGRITY,
    "CIS-5.5.7": _secure_boot,
    "CIS-5.6.1": _INTRANODE,
    "CIS-5.6.2": _NATIVE,
    "CIS-5.6.3": _AUTHORIZED,
    "CIS-5.6.4": _PRIVATE_ENDPOINT,
    "CIS-5.6.5": _PRIVATE_NODES,
    "CIS-5.6.6": _every(FIREWALL, _firewall),
    "CIS-5.7.1": _both(_LOGGED, _WATCHED),
    "CIS-5.8.1": _NO_CERTIFICATE,
    "CIS-5.8.2": _GROUPS,
    "CIS-5.8.3": _NO_ABAC,
    "CIS-5.9.2": _nodes(lambda said: said["bootDiskKmsKey"]),
    "CIS-5.10.1": _cluster(lambda said: "kubernetesDashboard" not in said["addonsConfig"]),
    "CIS-5.10.2": _NO_ALPHA,
    "CIS-5.10.4": _cluster(lambda said: said["securityPostureConfig"]["mode"] == "BASIC"),
    "CKV_GCP_1": _LOGGED,
    "CKV_GCP_7": _NO_ABAC,
    "CKV_GCP_8": _WATCHED,
    "CKV_GCP_9": _REPAIRED,
    "CKV_GCP_10": _UPGRADED,
    "CKV_GCP_12": _POLICIES,
    "CKV_GCP_13": _NO_CERTIFICATE,
    "CKV_GCP_18": _both(_AUTHORIZED, _PRIVATE_ENDPOINT),
    "CKV_GCP_20": _AUTHORIZED,
    "CKV_GCP_21": _cluster(lambda said: said["resourceLabels"]),
    "CKV_GCP_22": _COS,
    "CKV_GCP_23": _NATIVE,
    "CKV_GCP_25": _both(_PRIVATE_NODES, _PRIVATE_ENDPOINT),
    "CKV_GCP_61": _INTRANODE,
    "CKV_GCP_64": _PRIVATE_NODES,
    "CKV_GCP_65": _GROUPS,
    "CKV_GCP_68": _secure_boot,
    "CKV_GCP_69": _METADATA,
    "CKV_GCP_70": _CHANNEL,
    "CKV_GCP_71": _SHIELDED,
    "CKV_GCP_72": _INTEGRITY,
    "CKV_GCP_123": _cluster(lambda said: "nodePools" not in said and said["removeDefaultNodePool"]),
    "CKV2_GCP_19": _NO_ALPHA,
    "CKV_GCP_28": _nobody_public,
    "CKV_GCP_29": _every(BUCKET, lambda said: said["uniformBucketLevelAccess"]),
    "CKV_GCP_62": lambda graph: [e.name for e in graph.of(BUCKET) if not e.inputs.get("logging")] == ["artifacts-logs"],
    "CKV_GCP_63": _every(BUCKET, lambda said: said.get("logging", {}).get("logBucket") != said["name"]),
    "CKV_GCP_78": _every(BUCKET, lambda said: said["versioning"]["enabled"]),
    "CKV_GCP_114": _every(BUCKET, lambda said: said["publicAccessPrevention"] == "enforced"),
    "GCS-KEY": _every(BUCKET, lambda said: said["encryption"]["defaultKmsKeyName"]),
    "GCS-SOFT-DELETE": _every(
        BUCKET, lambda said: said.get("softDeletePolicy", {"retentionDurationSeconds": 604800})["retentionDurationSeconds"] >= 604800
    ),
    "GCS-LIFECYCLE": _every(BUCKET, lambda said: any(r["action"]["type"] == "Delete" for r in said["lifecycleRules"])),
    "GCS-ABORT": _every(
        BUCKET,
        lambda said: any(r["action"]["type"] == "AbortIncompleteMultipartUpload" for r in said["lifecycleRules"]),
    ),
    "GCS-KEEP": lambda graph: all(each.retain for each in graph.of(BUCKET)),
    "GCS-FORCE": _every(BUCKET, lambda said: said["forceDestroy"] is False),
    "READER-ACCOUNT": _account_each,
    "READER-PREFIX": _own_prefix("/objects/"),
    "READER-LIST": _own_prefix('startsWith("'),
    "READER-KEY": _one_key,
    "READER-SUBJECT": _exact_subject,
    "READER-NODES": lambda graph: _nodes_only_pull(graph) and all("-nodes@" not in str(e["member"]) for e in _readers(graph)),
}  # fmt: skip

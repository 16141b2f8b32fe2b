"""The checks of the security baseline on AWS: each looks at a graph and says whether it meets an id."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from components.serving import pod_security
from tests.mocks.graph import Graph
from tests.mocks.recorder import Registered

Check = Callable[[Graph], bool]
_LOGS = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
_RBAC = ("kubernetes:rbac.authorization.k8s.io/v1:Role", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")


def unmet(graph: Graph) -> dict[str, str]:
    """The ids that a graph does not meet."""
    return {each: "not met" for each, check in CHECKS.items() if not check(graph)}


def _aws(kind: str) -> str:
    service, _, name = kind.partition(".")
    return f"aws:{service}/{name[0].lower()}{name[1:]}:{name}"


def _every(kind: str, test: Callable[[dict[str, Any]], bool]) -> Check:
    """Some are there, and each of them is so."""

    def check(graph: Graph) -> bool:
        found = graph.of(_aws(kind))
        return bool(found) and all(test(each.inputs) for each in found)

    return check


def _both(*checks: Check) -> Check:
    return lambda graph: all(check(graph) for check in checks)


def _cluster(test: Callable[[dict[str, Any]], bool]) -> Check:
    return _every("eks.Cluster", test)


def _statements(*resources: Registered) -> list[dict[str, Any]]:
    texts = [each.inputs["policy"] for each in resources]
    return [statement for text in texts if text.startswith("{") for statement in json.loads(text)["Statement"]]


def _own_policies(graph: Graph) -> list[Registered]:
    return graph.of(_aws("iam.RolePolicy"))


def _of_readers(graph: Graph, end: str) -> list[dict[str, Any]]:
    return _statements(*(each for each in _own_policies(graph) if each.name.endswith(f"-reader-{end}")))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _actions(graph: Graph) -> Iterable[str]:
    return (action for each in _statements(*_own_policies(graph)) for action in _listed(each["Action"]))


def _endpoint(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return dict(inputs["vpcConfig"])


def _reads_own_prefix(graph: Graph) -> bool:
    found = _of_readers(graph, "artifacts")
    reads = [each for each in found if "s3:GetObject" in each["Action"]]
    own = all("/models/" in arn and arn.endswith("/*") for each in reads for arn in each["Resource"])
    return bool(reads) and own and all(set(each["Action"]) <= {"s3:GetObject", "s3:GetObjectVersion"} for each in reads)


def _lists_own_prefix(graph: Graph) -> bool:
    lists = [each for each in _of_readers(graph, "artifacts") if "s3:ListBucket" in each["Action"]]
    return bool(lists) and all(each["Condition"]["StringLike"]["s3:prefix"] for each in lists)


def _opens_with_one_key(graph: Graph) -> bool:
    opens = _of_readers(graph, "key")
    return bool(opens) and all(
        each["Action"] == ["kms:Decrypt"]
        and len(each["Resource"]) == 1
        and "*" not in each["Resource"][0]
        and each["Condition"]["StringEquals"]["kms:ViaService"].startswith("s3.")
        for each in opens
    )


def _exact_subject(graph: Graph) -> bool:
    roles = [each for each in graph.of(_aws("iam.Role")) if each.name.endswith("-reader")]
    trusts = [statement for each in roles for statement in json.loads(each.inputs["assumeRolePolicy"])["Statement"]]
    return (
        bool(trusts)
        and all("*" not in json.dumps(each) for each in trusts)
        and all(
            set(each.get("Condition", {})) <= {"StringEquals", "ArnEquals"} and "Principal" in each for each in trusts
        )
    )


def _node_policies(graph: Graph) -> tuple[set[str], list[dict[str, Any]]]:
    attached = {
        each.inputs["policyArn"].rpartition("/")[2]
        for each in graph.of(_aws("iam.RolePolicyAttachment"))
        if each.name.startswith("cluster-nodes-")
    }
    return attached, _statements(*(each for each in _own_policies(graph) if each.name.startswith("cluster-nodes-")))


def _nodes_only_pull(graph: Graph) -> bool:
    attached, own = _node_policies(graph)
    allowed = {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonSSMManagedInstanceCore"}
    fill = {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}
    return "AmazonEC2ContainerRegistryPullOnly" in attached <= allowed and all(set(e["Action"]) <= fill for e in own)


def _nodes_read_no_bucket(graph: Graph) -> bool:
    attached, own = _node_policies(graph)
    return not any("S3" in each for each in attached) and not any(a.startswith("s3:") for e in own for a in e["Action"])


def _cni_has_its_own_role(graph: Graph) -> bool:
    holders = [e.name for e in graph.of(_aws("iam.RolePolicyAttachment")) if "CNI_Policy" in e.inputs["policyArn"]]
    return len(holders) == 1 and "nodes" not in holders[0]


def _user_data(inputs: Mapping[str, Any]) -> bool:
    """Nothing of the kubelet but how many pods it takes, and where they write."""
    text = base64.b64decode(inputs["userData"]).decode()
    if "{" not in text:
        return False
    told = json.loads(text[text.index("{") : text.rindex("}") + 1])["spec"]
    return set(told) <= {"kubelet", "instance"} and told["kubelet"] == {"config": {"maxPods": 110}}


def _policies(graph: Graph) -> list[tuple[str, list[dict[str, Any]]]]:
    found = graph.of(_aws("s3.BucketPolicy"))
    return [(each.name, json.loads(each.inputs["policy"])["Statement"]) for each in found]


def _tls_only(graph: Graph) -> bool:
    wanted = [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}]
    return all(
        [each["Condition"] for each in statements if each["Effect"] == "Deny"] == wanted
        for _, statements in _policies(graph)
    )


def _no_open_principal(graph: Graph) -> bool:
    return all(
        "*" not in json.dumps(each["Principal"])
        for _, statements in _policies(graph)
        for each in statements
        if each["Effect"] == "Allow"
    )


def _kept(graph: Graph) -> bool:
    buckets, parts = graph.of(_aws("s3.Bucket")), [e for e in graph.resources.values() if e.type.startswith("aws:s3/")]
    return bool(buckets) and all(each.retain for each in parts)


def _logged(graph: Graph) -> bool:
    buckets = {each.name for each in graph.of(_aws("s3.Bucket"))}
    return {each.name for each in graph.of(_aws("s3.BucketLogging"))} == {e for e in buckets if not e.endswith("-logs")}


def _own_keys(graph: Graph) -> bool:
    rules = {
        each.name: each.inputs["rules"][0] for each in graph.of(_aws("s3.BucketServerSideEncryptionConfiguration"))
    }
    algorithms = {name: rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] for name, rule in rules.items()}
    return rules["artifacts"]["bucketKeyEnabled"] is True and algorithms == {
        "artifacts": "aws:kms", "artifacts-logs": "AES256",
    }  # fmt: skip


def _each_bucket(kind: str, test: Callable[[dict[str, Any]], bool]) -> Check:
    """Every bucket has such a part, and each of them is so."""

    def check(graph: Graph) -> bool:
        buckets = {each.name for each in graph.of(_aws("s3.Bucket"))}
        return {each.name for each in graph.of(_aws(kind))} == buckets and _every(kind, test)(graph)

    return check


def _block(*keys: str) -> Check:
    return _each_bucket("s3.BucketPublicAccessBlock", lambda said: all(said[key] is True for key in keys))


_ALL_BLOCKED = _block("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _rules(graph: Graph) -> list[dict[str, Any]]:
    return [rule for each in graph.of(*_RBAC) for rule in each.inputs["rules"]]


def _no_rule(test: Callable[[dict[str, Any]], bool]) -> Check:
    return lambda graph: not any(test(rule) for rule in _rules(graph))


def _may(rule: dict[str, Any], resource: str, *verbs: str) -> bool:
    resources, said = rule["resources"], rule["verbs"]
    return (resource in resources or "*" in resources) and any(verb in said or "*" in said for verb in verbs)


def _pods(graph: Graph) -> list[dict[str, Any]]:
    return [e.inputs["spec"]["template"]["spec"] for e in graph.of("kubernetes:apps/v1:Deployment")]


def _each_pod(test: Callable[[dict[str, Any]], bool]) -> Check:
    return lambda graph: all(test(pod) for pod in _pods(graph))


def _asks_the_api(pod: dict[str, Any]) -> bool:
    return bool(pod["serviceAccountName"] == "cluster-autoscaler")


def _namespaces(graph: Graph) -> list[dict[str, Any]]:
    return [each.inputs["metadata"] for each in graph.of("kubernetes:core/v1:Namespace")]


def _restricted(graph: Graph) -> bool:
    key = "pod-security.kubernetes.io/enforce"
    in_system = [
        each.inputs["spec"]["template"]["spec"]
        for each in graph.of("kubernetes:apps/v1:Deployment")
        if each.inputs["metadata"]["namespace"] == "kube-system"
    ]
    enforced = all(each.get("labels", {}).get(key) == "restricted" for each in _namespaces(graph))
    return enforced and not any(map(pod_security.violations, in_system))


def _denied_by_default(graph: Graph) -> bool:
    guarded = {
        each.inputs["metadata"]["namespace"]
        for each in graph.of("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if each.inputs["spec"]["podSelector"] == {}
    }
    return {each["name"] for each in _namespaces(graph)} <= guarded


def _none_in_default(graph: Graph) -> bool:
    objects = [each for each in graph.resources.values() if each.type.startswith("kubernetes:")]
    places = {each.inputs["metadata"].get("namespace") for each in objects}
    return "default" not in places | {each["name"] for each in _namespaces(graph)}


def _network_policies(graph: Graph) -> bool:
    (cni,) = [each.inputs for each in graph.of(_aws("eks.Addon")) if each.inputs["addonName"] == "vpc-cni"]
    return json.loads(cni["configurationValues"])["enableNetworkPolicy"] == "true"


def _roles_apart(graph: Graph) -> bool:
    names = [each.inputs["name"] for each in graph.of(_aws("iam.Role"))]
    associated = [e.inputs for e in graph.of(_aws("eks.PodIdentityAssociation"))]
    readers = {each["serviceAccount"] for each in associated if each["namespace"] != "kube-system"}
    return len(set(names)) == len(names) and len([n for n in names if "-reader-" in n]) == len(readers) > 0


def _no_wide_ingress(graph: Graph) -> bool:
    (vpc,) = graph.of(_aws("ec2.Vpc"))
    rules = graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    closed = all(each.inputs.get("ingress") == [] for each in graph.of(_aws("ec2.DefaultSecurityGroup")))
    return closed and all(each.inputs["cidrIpv4"] == vpc.inputs["cidrBlock"] for each in rules)


_audit = _cluster(lambda c: set(c["enabledClusterLogTypes"]) == _LOGS)
_collected = _every("cloudwatch.LogGroup", lambda g: g["retentionInDays"] >= 30 and bool(g["kmsKeyId"]))
_encrypted = _cluster(lambda c: c.get("encryptionConfig", {}).get("resources") == ["secrets"])
_private = _cluster(lambda c: _endpoint(c)["endpointPublicAccess"] is False)
_inside = _cluster(lambda c: _endpoint(c).get("endpointPrivateAccess") is True)
_narrow = _cluster(lambda c: "0.0.0.0/0" not in _endpoint(c).get("publicAccessCidrs", []))
_api = _cluster(lambda c: c["accessConfig"]["authenticationMode"] == "API")
_no_creator = _cluster(lambda c: c["accessConfig"].get("bootstrapClusterCreatorAdminPermissions") is False)
_version = _cluster(lambda c: bool(c["version"]))
_scanned = _every("ecr.Repository", lambda r: r["imageScanningConfiguration"]["scanOnPush"] is True)
_image = _every("ec2.LaunchTemplate", _user_data)

_versioned = _each_bucket("s3.BucketVersioning", lambda v: v["versioningConfiguration"]["status"] == "Enabled")
_lifecycle = _each_bucket("s3.BucketLifecycleConfiguration", lambda v: len(v["rules"]) > 1)
_aborted = _each_bucket(
    "s3.BucketLifecycleConfiguration", lambda v: any("abortIncompleteMultipartUpload" in rule for rule in v["rules"])
)

CHECKS: dict[str, Check] = {
    "CIS-2.1.1": _audit,
    "CIS-2.1.2": _collected,
    **dict.fromkeys((f"CIS-3.1.{n}" for n in range(1, 5)), _image),
    **dict.fromkeys((f"CIS-3.2.{n}" for n in range(1, 10)), _image),
    "CIS-4.1.1": _no_creator,
    "CIS-4.1.2": _no_rule(lambda r: _may(r, "secrets", "get", "list", "watch")),
    "CIS-4.1.3": _no_rule(lambda r: "*" in [*r["resources"], *r["verbs"], *r["apiGroups"]]),
    "CIS-4.1.4": _no_rule(lambda r: _may(r, "pods", "create")),
    "CIS-4.1.5": _each_pod(lambda pod: pod.get("serviceAccountName", "default") != "default"),
    "CIS-4.1.6": _each_pod(lambda pod: pod.get("automountServiceAccountToken") is False or _asks_the_api(pod)),
    "CIS-4.1.7": _api,
    "CIS-4.1.8": _no_rule(lambda r: bool({"bind", "impersonate", "escalate"} & set(r["verbs"]))),
    "CIS-4.1.9": _no_rule(lambda r: _may(r, "persistentvolumes", "create")),
    "CIS-4.1.10": _no_rule(lambda r: "nodes/proxy" in r["resources"]),
    "CIS-4.1.11": _no_rule(lambda r: any("webhookconfigurations" in each for each in r["resources"])),
    "CIS-4.1.12": _no_rule(lambda r: "serviceaccounts/token" in r["resources"]),
    **dict.fromkeys((f"CIS-4.2.{n}" for n in range(1, 6)), _restricted),
    "CIS-4.3.1": _network_policies,
    "CIS-4.3.2": _denied_by_default,
    "CIS-4.4.1": lambda graph: not graph.of("kubernetes:core/v1:Secret"),
    "CIS-4.5.1": lambda graph: bool(_namespaces(graph)),
    "CIS-4.5.2": _none_in_default,
    "CIS-5.1.1": _scanned,
    "CIS-5.1.2": lambda graph: not graph.of(_aws("ecr.RepositoryPolicy")),
    "CIS-5.1.3": _nodes_only_pull,
    "CIS-5.2.1": _roles_apart,
    "CIS-5.3.1": _encrypted,
    "CIS-5.4.1": _narrow,
    "CIS-5.4.2": _inside,
    "CIS-5.4.3": _every("ec2.Subnet", lambda s: s["mapPublicIpOnLaunch"] is False),
    "CIS-5.4.4": _network_policies,
    "CIS-5.5.1": _api,
    "CKV_AWS_37": _audit,
    "CKV_AWS_38": _narrow,
    "CKV_AWS_39": _private,
    "CKV_AWS_58": _encrypted,
    "CKV_AWS_100": _both(
        _every("eks.NodeGroup", lambda g: "remoteAccess" not in g),
        _every("ec2.LaunchTemplate", lambda t: "keyName" not in t),
    ),
    "CKV_AWS_339": _version,
    "EKS.1": _private,
    "EKS.2": _version,
    "EKS.3": _encrypted,
    "EKS.8": _audit,
    "ECR.1": _scanned,
    "ECR.2": _every("ecr.Repository", lambda r: r["imageTagMutability"] == "IMMUTABLE"),
    "ECR.3": lambda graph: len(graph.of(_aws("ecr.LifecyclePolicy"))) == len(graph.of(_aws("ecr.Repository"))),
    "EC2.6": _every("ec2.FlowLog", lambda f: f["trafficType"] == "ALL"),
    "EC2.8": _every(
        "ec2.LaunchTemplate",
        lambda t: (
            t["metadataOptions"]["httpTokens"] == "required" and t["metadataOptions"]["httpPutResponseHopLimit"] == 1
        ),
    ),
    "EC2.18": _no_wide_ingress,
    "KMS.4": _every("kms.Key", lambda k: k["enableKeyRotation"] is True),
    "IAM.1": lambda graph: "*" not in set(_actions(graph)),
    "IAM.21": lambda graph: not any(action.endswith(":*") for action in _actions(graph)),
    "CKV_AWS_53": _block("blockPublicAcls"),
    "CKV_AWS_54": _block("blockPublicPolicy"),
    "CKV_AWS_55": _block("ignorePublicAcls"),
    "CKV_AWS_56": _block("restrictPublicBuckets"),
    "CKV_AWS_21": _versioned,
    "CKV_AWS_19": _each_bucket("s3.BucketServerSideEncryptionConfiguration", lambda v: len(v["rules"]) == 1),
    "CKV_AWS_145": _own_keys,
    "CKV_AWS_18": _logged,
    "CKV2_AWS_61": _lifecycle,
    "CKV_AWS_300": _aborted,
    "CKV2_AWS_65": _each_bucket(
        "s3.BucketOwnershipControls", lambda v: v["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    ),
    "S3.1": _ALL_BLOCKED,
    "S3.2": _ALL_BLOCKED,
    "S3.3": _ALL_BLOCKED,
    "S3.5": _tls_only,
    "S3.8": _ALL_BLOCKED,
    "S3.9": _logged,
    "S3.13": _lifecycle,
    "S3.14": _versioned,
    "S3.17": _own_keys,
    "S3-KEEP": _kept,
    "S3-PRINCIPALS": _no_open_principal,
    "S3-FORCE": _every("s3.Bucket", lambda b: b["forceDestroy"] is False),
    "READER-ROLE": _roles_apart,
    "READER-PREFIX": _reads_own_prefix,
    "READER-LIST": _lists_own_prefix,
    "READER-KEY": _opens_with_one_key,
    "READER-SUBJECT": _exact_subject,
    "READER-NODES": _nodes_read_no_bucket,
    "READER-CNI": _cni_has_its_own_role,
}

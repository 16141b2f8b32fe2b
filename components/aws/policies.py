"""IAM's policy documents, as pure functions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]


def document(*statements: Statement) -> str:
    """A policy as it is sent: without blanks, which count against IAM's limits."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], where: Mapping[str, Mapping[str, Any]] | None = None
) -> Statement:
    """A statement of a role's own policy.

    Args:
        sid: its name, letters and digits.
        actions: `service:Action`.
        resources: ARNs.
        where: conditions.
    """
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": dict(where)} if where else {})


def service_trust(service: str, account: str, *actions: str, where: Mapping[str, Any] | None = None) -> str:
    """Lets a service take a role, for nobody but this account.

    Args:
        service: `eks.amazonaws.com`.
        account: for whose resources the service may act; what asks on behalf of others is refused.
        actions: `sts:AssumeRole` and what comes with it.
        where: further conditions.
    """
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account}}
    for operator, values in (where or {}).items():
        conditions[operator] = conditions.get(operator, {}) | values
    return _trust({"Service": service}, actions or ("sts:AssumeRole",), conditions)


def machine_trust() -> str:
    """Lets machines of EC2 take a role; EC2 says of no account for whom it asks."""
    return _trust({"Service": "ec2.amazonaws.com"}, ("sts:AssumeRole",), {})


def service_account_trust(provider_arn: str, issuer: str, subject: str) -> str:
    """Lets one service account of one cluster take a role by its token (IRSA): exact subject, exact audience.

    Args:
        provider_arn: of the cluster's identity provider.
        issuer: its URL without `https://`.
        subject: `system:serviceaccount:<namespace>:<name>`.
    """
    where = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
    return _trust({"Federated": provider_arn}, ("sts:AssumeRoleWithWebIdentity",), where)


def pod_trust(account: str, cluster_arn: str, namespace: str, service_account: str) -> str:
    """Lets one service account of one cluster take a role through EKS Pod Identity.

    The agent's session has the namespace and the service account as tags, which a trust policy can demand:
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html (read 2026-11).
    """
    where = {
        "ArnEquals": {"aws:SourceArn": cluster_arn},
        "StringEquals": {
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        },
    }
    return service_trust("pods.eks.amazonaws.com", account, "sts:AssumeRole", "sts:TagSession", where=where)


def _trust(principal: Mapping[str, str], actions: Sequence[str], where: Mapping[str, Any]) -> str:
    statement: Statement = {"Effect": "Allow", "Principal": dict(principal), "Action": list(actions)}
    return document(statement | ({"Condition": dict(where)} if where else {}))

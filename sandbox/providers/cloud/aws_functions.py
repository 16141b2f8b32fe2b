"""Functions of the aws provider that need no cloud."""

import json
from collections.abc import Mapping
from typing import Any

from catalog import aws as facts
from catalog.errors import SlipwayError
from catalog.plain import nearest
from sandbox.providers.cloud.cloud import Document, Function, Place

_BRANCHES = ("sourcePolicyDocuments", "overridePolicyDocuments", "sourceJson", "overrideJson")
_LISTS = {"actions": "Action", "notActions": "NotAction", "resources": "Resource", "notResources": "NotResource"}
_LATEST = "2012-10-17"


def _caller_identity(place: Place, _arguments: Document) -> Document:
    arn = f"arn:{place['partition']}:iam::{place['account']}:user/stand-in"
    return {"id": place["account"], "accountId": place["account"], "arn": arn, "userId": "AIDASTANDIN"}


def _region(place: Place, arguments: Document) -> Document:
    region = arguments.get("region") or place["region"]
    endpoint = f"ec2.{region}.{place['suffix']}"
    return {"id": region, "name": region, "region": region, "endpoint": endpoint, "description": region}


def _partition(place: Place, _arguments: Document) -> Document:
    reverse = ".".join(reversed(place["suffix"].split(".")))
    found = {"partition": place["partition"], "dnsSuffix": place["suffix"], "reverseDnsPrefix": reverse}
    return {"id": place["partition"], **found}


def _availability_zones(place: Place, arguments: Document) -> Document:
    """The zones of the catalogue; their ids differ from account to account, so there are none."""
    region = arguments.get("region") or place["region"]
    letters = facts.regions().get(region)
    if letters is None:
        raise SlipwayError("region", region, "the catalogue has no such region", nearest(region, facts.regions()))
    if arguments.get("filters"):
        fix = "exclude by name, or give the zones in the stack file"
        raise SlipwayError("filters", "", "only the cloud can filter zones", fix)
    names = [name for letter in letters if (name := f"{region}{letter}") not in (arguments.get("excludeNames") or [])]
    return {**arguments, "id": region, "region": region, "names": names, "zoneIds": [], "groupNames": [region]}


def _policy_document(_place: Place, arguments: Document) -> Document:
    """The JSON of an IAM policy; merging with others is left to the real provider."""
    given = [key for key in _BRANCHES if arguments.get(key)]
    if given:
        raise SlipwayError(given[0], "", "the stand-in does not merge policies", "write out the statements")
    document = {"Version": arguments.get("version") or _LATEST, "Statement": _statements(arguments)}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    text = json.dumps(document, indent=2)
    return {**arguments, "id": "stand-in", "json": text, "minifiedJson": json.dumps(document, separators=(",", ":"))}


def _statements(arguments: Document) -> list[Document]:
    return [_statement(each) for each in arguments.get("statements") or []]


def _statement(each: Document) -> Document:
    found: Document = {"Sid": each["sid"]} if each.get("sid") else {}
    found["Effect"] = each.get("effect") or "Allow"
    for key, name in _LISTS.items():
        if each.get(key):
            found[name] = _short(each[key])
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if each.get(key):
            found[name] = _principals(each[key])
    conditions: dict[str, dict[str, Any]] = {}
    for condition in each.get("conditions") or []:
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _short(condition["values"])
    return {**found, "Condition": conditions} if conditions else found


def _principals(listed: list[Document]) -> Any:
    if any(each["type"] == "*" for each in listed):
        return "*"
    found: dict[str, list[str]] = {}
    for each in listed:
        found.setdefault(each["type"], []).extend(each["identifiers"])
    return {kind: _short(names) for kind, names in found.items()}


def _short(values: list[str]) -> Any:
    """One value by itself, several in order: IAM reads both the same."""
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


FUNCTIONS: Mapping[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
"""What answers a function, by its token."""

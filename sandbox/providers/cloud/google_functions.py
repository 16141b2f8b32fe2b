"""Functions of the gcp provider that need no cloud."""

import json
from collections.abc import Mapping

from catalog.errors import SlipwayError
from sandbox.providers.cloud.cloud import Document, Function, Place


def _project(place: Place, arguments: Document) -> Document:
    project = arguments.get("projectId") or place["project"]
    if project != place["project"]:
        fix = "give the provider that project, or the value in the stack file"
        raise SlipwayError("projectId", project, "only the cloud knows other projects than the provider's own", fix)
    named = {"id": f"projects/{project}", "name": project, "projectId": project}
    empty = {"autoCreateNetwork": False, "billingAccount": "", "deletionPolicy": "PREVENT", "folderId": "", "orgId": ""}
    return {
        **named,
        **empty,
        "number": place["project_number"],
        "labels": {},
        "effectiveLabels": {},
        "pulumiLabels": {},
    }


def _client_config(place: Place, _arguments: Document) -> Document:
    known = {key: place.get(key, "") for key in ("project", "region", "zone")}
    labels = place["labels_default"]
    return {"id": f"projects/{place['project']}", **known, "defaultLabels": labels, "accessToken": "stand-in"}


def _iam_policy(_place: Place, arguments: Document) -> Document:
    if arguments.get("auditConfigs"):
        fix = "use the resource of the audit configuration itself"
        raise SlipwayError("auditConfigs", "", "the stand-in does not write them", fix)
    bindings = [
        {key: value for key, value in each.items() if value} | {"members": sorted(each.get("members") or [])}
        for each in arguments.get("bindings") or []
    ]
    return {**arguments, "id": "stand-in", "policyData": json.dumps({"bindings": bindings}, separators=(",", ":"))}


FUNCTIONS: Mapping[str, Function] = {
    "gcp:organizations/getProject:getProject": _project,
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
}
"""What answers a function, by its token."""

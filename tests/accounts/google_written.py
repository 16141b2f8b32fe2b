"""A Google project whose answers are written here: nobody of Google has seen them.

Every request is checked against Google's published discovery documents before it is answered. Storage can be passed on
to a server of Google's storage interface; what that does not keep (all settings of a bucket but versioning) is kept here.
"""

import itertools
import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from tests.accounts import discovery

PROJECT, NUMBER = "acme-ml-prod", "123456789012"
_READ = ("GET",)
_READING = ("getIamPolicy",)


class Killed(BaseException):
    """As sudden as a signal: nothing of ours catches it."""


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message


class WrittenGoogle(BaseAdapter):
    """Answers requests to googleapis.com.

    Attributes:
        writes: method and path of every request that changed something.
        kill_at: the run is killed just before this write; 0: never.
        storage: URL of a server that keeps buckets and objects; empty: they are kept here.
    """

    def __init__(self, storage: str = "") -> None:
        super().__init__()
        self.storage = storage
        self.things: dict[str, dict[str, Any]] = {f"projects/{PROJECT}": {"state": "ACTIVE"}}
        self.policies: dict[str, dict[str, Any]] = {}
        self.buckets: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, list[str]] = {}
        self.enabled = {"cloudresourcemanager.googleapis.com", "storage.googleapis.com"}
        self.operations = itertools.count(1)
        self.writes: list[str] = []
        self.kill_at = 0

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Checks a request, and answers it."""
        faults = discovery.wrong(request.method, request.url, request.body)
        assert faults == [], faults
        address = urlsplit(request.url)
        path = unquote(address.path)
        if request.method not in _READ and not path.endswith(_READING):
            if len(self.writes) + 1 == self.kill_at:
                raise Killed
            self.writes.append(f"{request.method} {path}")
        body = json.loads(request.body) if request.body else {}
        query = {name: values if name == "names" else values[0] for name, values in parse_qs(address.query).items()}
        handler = getattr(self, f"_{address.netloc.partition('.')[0]}")
        try:
            status, answer = 200, handler(request.method, path.lstrip("/"), body, query)
        except Refused as refused:
            status, answer = refused.status, {"error": {"code": refused.status, "message": refused.message}}
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.headers["Content-Type"] = "application/json"
        response._content = json.dumps(answer).encode()
        return response

    def _policy(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Answers `:getIamPolicy` and `:setIamPolicy`, whose `etag` guards against lost writes."""
        resource, _, verb = path.partition(":")
        if verb not in ("getIamPolicy", "setIamPolicy"):
            return None
        policy = self.policies.setdefault(resource, {"etag": "0", "bindings": []})
        if verb == "getIamPolicy":
            return policy
        return self._set_policy(resource, body["policy"])

    def _set_policy(self, resource: str, given: dict[str, Any]) -> dict[str, Any]:
        policy = self.policies.setdefault(resource, {"etag": "0", "bindings": []})
        if given.get("etag", policy["etag"]) != policy["etag"]:
            raise Refused(409, "There were concurrent policy changes.")
        self.policies[resource] = {**given, "etag": str(int(policy["etag"]) + 1)}
        return self.policies[resource]

    def _cloudresourcemanager(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        path = path.removeprefix("v3/")
        if (answer := self._policy(path, body)) is not None:
            return answer
        return {**self._get(path), "name": f"projects/{NUMBER}", "projectId": path.partition("/")[2]}

    def _serviceusage(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        if "operations/" in path:
            return {"name": path.removeprefix("v1/"), "done": True}
        if method == "POST":
            self.enabled |= set(body["serviceIds"])
            return {"name": f"operations/{next(self.operations)}"}
        assert len(query["names"]) <= 30
        state = {name: "ENABLED" if name.rpartition("/")[2] in self.enabled else "DISABLED" for name in query["names"]}
        return {"services": [{"name": name, "state": each} for name, each in state.items()]}

    def _cloudkms(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        if "cloudkms.googleapis.com" not in self.enabled:
            raise Refused(403, "Cloud KMS API has not been used before or it is disabled. SERVICE_DISABLED")
        path = path.removeprefix("v1/")
        if (answer := self._policy(path, body)) is not None:
            return answer
        resource, _, verb = path.partition(":")
        if method == "POST" and not verb:
            return self._make_kms(resource, body, query)
        if verb == "updatePrimaryVersion":
            self._get(resource)["primary_id"] = body["cryptoKeyVersionId"]
        elif verb:
            self._get(resource)["state"] = {"destroy": "DESTROY_SCHEDULED", "restore": "DISABLED"}[verb]
        elif method == "PATCH":
            assert set(query["updateMask"].split(",")) == set(body)
            self._get(resource).update(body)
        if resource.endswith("/cryptoKeyVersions"):
            return {"cryptoKeyVersions": [v for n, v in self.things.items() if n.startswith(f"{resource}/")]}
        return self._key(resource) if re.search(r"/cryptoKeys/[^/]+$", resource) else self._get(resource)

    def _make_kms(self, parent: str, body: Any, query: Any) -> dict[str, Any]:
        if parent.endswith("/cryptoKeyVersions"):
            number = str(1 + sum(name.startswith(f"{parent}/") for name in self.things))
            return self._make(f"{parent}/{number}", {"state": "ENABLED"})
        name = f"{parent}/{query.get('cryptoKeyId') or query.get('keyRingId')}"
        made = self._make(name, body)
        if "cryptoKeyId" in query:
            self._get(parent.removesuffix("/cryptoKeys"))
            self._make(f"{name}/cryptoKeyVersions/1", {"state": "ENABLED"})
            made["primary_id"] = "1"
        return made

    def _key(self, name: str) -> dict[str, Any]:
        key = self._get(name)
        primary = self.things[f"{name}/cryptoKeyVersions/{key['primary_id']}"]
        return {**{k: v for k, v in key.items() if k != "primary_id"}, "primary": primary}

    def _iam(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        if "iam.googleapis.com" not in self.enabled:
            raise Refused(403, "IAM API has not been used before or it is disabled. SERVICE_DISABLED")
        path = path.removeprefix("v1/")
        if "/serviceAccounts" in path:
            return self._service_accounts(method, path, body)
        if "/operations/" in path:
            return {"name": path, "done": True}
        resource, _, verb = path.partition(":")
        if verb == "undelete":
            assert self._get(resource)["state"] == "DELETED"
            self._get(resource)["state"] = "ACTIVE"
        elif method == "GET":
            return self._get(resource)
        elif method == "DELETE":
            for name in [name for name in self.things if name == resource or name.startswith(f"{resource}/")]:
                self.things[name]["state"] = "DELETED"
        elif method == "PATCH":
            self._get(resource).update({field: body[field] for field in query["updateMask"].split(",")})
        else:
            last = query.get("workloadIdentityPoolId") or query["workloadIdentityPoolProviderId"]
            resource = f"{resource}/{last}"
            self._make(resource, {**body, "state": "ACTIVE"})
        return {"name": f"{resource}/operations/{next(self.operations)}"}

    def _service_accounts(self, method: str, path: str, body: Any) -> dict[str, Any]:
        if (answer := self._policy(path, body)) is not None:
            return answer
        if path.endswith("/serviceAccounts"):
            if method == "GET":
                return {"accounts": [each for name, each in self.things.items() if name.startswith(f"{path}/")]}
            email = f"{body['accountId']}@{PROJECT}.iam.gserviceaccount.com"
            assert re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", body["accountId"])
            return self._make(f"{path}/{email}", {**body["serviceAccount"], "email": email})
        resource, _, verb = path.partition(":")
        if verb == "enable":
            self._get(resource).pop("disabled", None)
            return {}
        if method == "DELETE":
            self._get(resource)
            self.policies.pop(resource, None)
            del self.things[resource]
            return {}
        return self._get(resource)

    def _storage(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        path = path.removeprefix("storage/v1/")
        if path.endswith("/serviceAccount"):
            return {"email_address": f"service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"}
        if path == "b":
            return self._make_bucket(body)
        _, name, *rest = path.split("/", 3)
        if rest[:1] == ["iam"]:
            empty = {"etag": "0", "bindings": []}
            return self._set_policy(name, body) if method == "PUT" else self.policies.setdefault(name, empty)
        if name not in self.buckets:
            raise Refused(404, "The specified bucket does not exist.")
        if rest[:1] == ["o"]:
            return self._objects(method, path, query)
        return self._bucket(method, path, body, query)

    def _objects(self, method: str, path: str, query: Any) -> dict[str, Any]:
        _, name, _, *key = path.split("/", 3)
        if self.storage:
            return self._pass_on(method, path, None, query)
        if method == "DELETE":
            self.objects[name].remove(key[0])
            return {}
        return {"items": [{"name": each, "bucket": name, "generation": "1"} for each in self.objects[name]]}

    def _bucket(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        name = path.removeprefix("b/")
        if self.storage and method != "GET":
            self._pass_on(method, path, body or None, query)
        if method == "PATCH":
            self.buckets[name] = _merged(self.buckets[name], body)
        elif method == "DELETE":
            if self.objects[name]:
                raise Refused(409, "The bucket you tried to delete is not empty.")
            return self.buckets.pop(name)
        return self.buckets[name]

    def _make_bucket(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["name"] in self.buckets:
            raise Refused(409, "Your previous request to create the named bucket succeeded and you already own it.")
        if self.storage:
            self._pass_on("POST", "b", body, {"project": PROJECT})
        self.buckets[body["name"]] = {
            **_merged({}, body),
            "projectNumber": NUMBER,
            "location": body["location"].upper(),
        }
        self.objects[body["name"]] = []
        return self.buckets[body["name"]]

    def _pass_on(self, method: str, path: str, body: Any, query: Any) -> dict[str, Any]:
        """To the server, whose own answers these are; Google reads `True` as Google's client writes it, this one does not."""
        query = {name: value.lower() if value in ("True", "False") else value for name, value in query.items()}
        path = "/".join(requests.utils.quote(part, safe="") for part in path.split("/", 3))
        answer = requests.request(method, f"{self.storage}/storage/v1/{path}", json=body, params=query, timeout=10)
        if not answer.ok:
            raise Refused(answer.status_code, answer.text)
        return answer.json() if answer.content.strip() else {}

    def _make(self, name: str, thing: dict[str, Any]) -> dict[str, Any]:
        if name in self.things:
            raise Refused(409, f"{name} already exists")
        self.things[name] = {"name": name, **thing}
        return self.things[name]

    def _get(self, name: str) -> dict[str, Any]:
        if name not in self.things:
            raise Refused(404, f"{name} not found")
        return self.things[name]


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """As a patch of Google's merges: null removes, objects merge, everything else replaces."""
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = _merged(merged[name] if isinstance(merged.get(name), dict) else {}, value)
        else:
            merged[name] = value
    return merged

"""Google's published discovery documents: is this a request that the service describes?"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_DOCUMENTS = {
    "cloudkms.googleapis.com": "cloudkms.v1",
    "cloudresourcemanager.googleapis.com": "cloudresourcemanager.v3",
    "compute.googleapis.com": "compute.v1",
    "container.googleapis.com": "container.v1",
    "iam.googleapis.com": "iam.v1",
    "serviceusage.googleapis.com": "serviceusage.v1",
    "storage.googleapis.com": "storage.v1",
}
_TYPES = {"string": str, "boolean": bool, "integer": int, "number": int | float, "object": dict, "array": list}


@functools.cache
def _document(host: str) -> dict[str, Any]:
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    return json.loads((folder / f"{_DOCUMENTS[host]}.json").read_text())


@functools.cache
def _methods(host: str) -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    document = _document(host)
    return [
        (method["httpMethod"], _pattern(f"/{document['servicePath']}{method.get('flatPath', method['path'])}"), method)
        for method in _all(document)
    ]


def _all(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for inner in part.get("resources", {}).values():
        yield from _all(inner)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\+?\w+\}", path)
    return re.compile("[^/:]+".join(map(re.escape, parts)))  # after a colon comes a verb


def wrong(method: str, url: str, body: bytes | str | None) -> list[str]:
    """What in a request the service does not describe."""
    address = urlsplit(url)
    host, path = address.netloc, address.path
    found = [m for verb, pattern, m in _methods(host) if verb == method and pattern.fullmatch(path)]
    if not found:
        return [f"{host} has no method {method} {unquote(path)}"]
    described = found[0]
    faults = list(_query(described, _document(host)["parameters"], parse_qs(address.query, keep_blank_values=True)))
    if "request" in described:
        given = json.loads(body) if body else {}
        faults += _value(given, _document(host)["schemas"], {"$ref": described["request"]["$ref"]}, "body")
    elif body and body not in (b"{}", b"null"):
        faults.append(f"{described['id']} takes no body")
    return faults


def _query(described: Mapping[str, Any], shared: Mapping[str, Any], given: Mapping[str, list[str]]) -> Iterator[str]:
    parameters = {**shared, **described.get("parameters", {})}
    for name, values in given.items():
        if name not in parameters:
            yield f"{described['id']} has no parameter {name}"
            continue
        parameter = parameters[name]
        if len(values) > 1 and not parameter.get("repeated"):
            yield f"{name} is given more than once"
        for value in values:
            if parameter["type"] == "integer" and not value.isdigit():
                yield f"{name}: {value!r} is no whole number"
            if "enum" in parameter and value not in parameter["enum"]:
                yield f"{name}: {value!r} is none of {parameter['enum']}"
    for name, parameter in described.get("parameters", {}).items():
        if parameter.get("required") and parameter["location"] == "query" and name not in given:
            yield f"{described['id']} needs the parameter {name}"


def _value(value: Any, schemas: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind == "any":
        return
    # Google writes 64-bit numbers as text, and reads both.
    allowed = str | int if schema.get("format") in ("int64", "uint64") else _TYPES[kind]
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind in ("integer", "number")):
        yield f"{path}: {value!r} is no {kind}"
    elif kind == "object":
        yield from _object(value, schemas, schema, path)
    elif kind == "array":
        for number, inner in enumerate(value):
            yield from _value(inner, schemas, schema["items"], f"{path}[{number}]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"


def _object(value: Any, schemas: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, inner in value.items():
        described = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if described is None:
            yield f"{path}: no property {name}"
        elif described.get("readOnly"):
            yield f"{path}.{name} is only ever given back"
        elif inner is not None:  # null stands for what is not set
            yield from _value(inner, schemas, described, f"{path}.{name}")

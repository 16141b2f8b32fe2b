"""Kubernetes' own types, from its OpenAPI document, and their enums from the code behind that document."""

import json
import re
from collections.abc import Mapping
from typing import Any

from scripts.fields.sources import KUBERNETES_KINDS

Records = dict[str, dict[str, str]]
Schema = Mapping[str, Any]

_SCALARS = {"IntOrString": "int-or-string", "Quantity": "quantity"}


def records_of(definitions: Schema, enums: Mapping[tuple[str, str], str]) -> Records:
    """The records of Kubernetes' own kinds and all that they reach, by the short names of their types."""
    found: Records = {}
    names: dict[str, str] = {}
    waiting = list(KUBERNETES_KINDS.values())
    while waiting:
        name = waiting.pop()
        short = name.rpartition(".")[2]
        if names.setdefault(short, name) != name:
            raise ValueError(f"two types are called {short}: {name}, {names[short]}")
        if short in found:
            continue
        is_kind = name in KUBERNETES_KINDS.values()
        required = {*definitions[name].get("required", ()), *(("apiVersion", "kind", "metadata") if is_kind else ())}
        found[short] = fields = {}
        for key, schema in definitions[name].get("properties", {}).items():
            kind = "any" if is_kind and key == "status" else _own_type(schema, definitions, waiting)
            kind = kind.replace("string", f"string({enums[short, key]})") if (short, key) in enums else kind
            fields[key] = kind + "*" * (key in required)
    return found


def _own_type(schema: Schema, definitions: Schema, waiting: list[str]) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/definitions/")
        definition, short = definitions[name], name.rpartition(".")[2]
        if short in _SCALARS:
            return _SCALARS[short]
        if "properties" not in definition:
            return "{any}" if definition.get("type") == "object" else str(definition["type"])
        waiting.append(name)
        return short
    if schema["type"] == "array":
        return f"[{_own_type(schema['items'], definitions, waiting)}]"
    if schema["type"] == "object":
        return "{" + (_own_type(schema["additionalProperties"], definitions, waiting)) + "}"
    return str(schema["type"])


def enums_of(generated: str) -> dict[tuple[str, str], str]:
    """The values of each field that is an enum, by type and field; the published OpenAPI document leaves them out."""
    found = {}
    record = field = ""
    for line in generated.splitlines():
        if head := re.match(r"func schema_\w+_(\w+)\(ref", line):
            record = head[1]
        elif head := re.match(r'\t{5}"(\w+)": \{', line):
            field = head[1]
        elif head := re.match(r"\t+Enum: +\[\]interface\{\}\{(.*)\},", line):
            found[record, field] = "|".join(json.loads(f"[{head[1]}]"))
    return found

"""The records of custom kinds, from their definitions.

They are written from the innermost out; one that is equal to one of Kubernetes' own refers to it.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.fields.kubernetes import Records, Schema
from scripts.fields.sources import Family

# Schemas of the same field in older versions of the engine, oldest first; nothing where the version lacks it.
Older = tuple[tuple[str, Schema | None], ...]

# A record is read as one of Kubernetes' own if so much of it is known there.
_LIKENESS = 0.7
# These are met under any name, `podSpec` or `template`, and inlined in others; so much of them must be there.
_ANYWHERE = {"PodSpec": 0.5, "Container": 0.6}


def records_of(family: Family, directory: Path, kubernetes: Records) -> tuple[dict[str, str], Records]:
    """The kinds and the records of a family.

    Args:
        family: which.
        directory: where its definitions are.
        kubernetes: Kubernetes' own records.
    """
    table = _Table(kubernetes)
    for file in family.files:
        _draw(table, directory, file, family)
    records = _folded(table.records)
    for record, added in family.later.items():
        records[record] = records.get(record, {}) | added
    for (record, key), values in family.enums.items():
        for fields in [records[record]] if record != "*" else [f for f in records.values() if key in f]:
            fields[key] = fields[key].replace("string", f"string({values})")
    for record, key in family.filled:
        records[record][key] = records[record][key].replace("*", "")
    return table.kinds, records


@dataclass(frozen=True)
class _Place:
    """Where a schema stands: its key, the names of the records around it, what Kubernetes has at its place."""

    key: str
    around: tuple[str, ...]
    twin: str = ""


class _Table:
    """The records of one family, as they are met."""

    def __init__(self, kubernetes: Records) -> None:
        self.records: Records = {}
        self.kinds: dict[str, str] = {}
        self._kubernetes = kubernetes
        self._qualified = {name: {k: _qualified(t) for k, t in fields.items()} for name, fields in kubernetes.items()}
        self._by_key: dict[str, set[str]] = defaultdict(set)
        for fields in kubernetes.values():
            for key, kind in fields.items():
                if (name := re.sub(r"[^\w]", "", kind)) in kubernetes:
                    self._by_key[key].add(name)

    def kind(self, api_version: str, kind: str, schema: Schema, older: Older) -> None:
        """Adds a kind; its metadata is Kubernetes' own, its status is the server's."""
        spec = self.type(schema["properties"]["spec"], _Place("spec", (kind,)), _inside(older, "properties", "spec"))
        fields = {"apiVersion": "string*", "kind": "string*", "metadata": "kubernetes.ObjectMeta*"}
        fields["spec"] = spec + "*" * ("spec" in schema.get("required", ()))
        self.records[kind] = fields | {"status": "any"}
        self.kinds[f"{api_version} {kind}"] = kind

    def type(self, schema: Schema, place: _Place, older: Older) -> str:
        """The type of a schema in the tables' notation; records inside are added."""
        if schema.get("x-kubernetes-preserve-unknown-fields") and "properties" in schema:
            raise ValueError(f"{place}: known and unknown fields beside each other")
        match schema:
            case {"x-kubernetes-int-or-string": True}:
                return "quantity" if "pattern" in schema else "int-or-string"
            case {"x-kubernetes-preserve-unknown-fields": True}:
                return "{any}" if schema.get("type") == "object" else "any"
            case {"type": "array", "items": items}:
                return f"[{self.type(items, place, _inside(older, 'items'))}]"
            case {"additionalProperties": values}:
                return "{any}" if values is True else "{" + self.type(values, place, ()) + "}"
            case {"type": "object"}:
                return self._record(schema, place, older)
            case {"type": scalar}:
                enum = "|".join(map(str, schema.get("enum", ())))
                return f"{scalar}({enum})" if enum else str(scalar)
        raise ValueError(f"{place}: no type")

    def _record(self, schema: Schema, place: _Place, older: Older) -> str:
        properties: Schema = schema.get("properties", {})
        twin = self._twin(properties, place)
        is_twin = bool(twin) and len(properties.keys() & self._kubernetes[twin].keys()) >= 0.9 * len(properties)
        name = twin if is_twin else _title(place.key)
        fields = {}
        inside = {key: () if is_twin else _inside(_having(older), "properties", key) for key in properties}
        # What has been there longest is named first, so that what repeats it later bears its names.
        for key in sorted(properties, key=lambda key: _since(inside[key])):
            inner, before = properties[key], inside[key]
            known = self._kubernetes.get(twin, {}).get(key, "")
            kind = self.type(inner, _Place(key, (*place.around, name), re.sub(r"[^\w]", "", known)), before)
            if kind in ("string", "[string]") and "(" in known:
                kind = known.removesuffix("*")
            required = key in schema.get("required", ()) and "default" not in inner
            fields[key] = kind + "*" * required + _since(before)
        if is_twin and fields == self._qualified[twin]:
            return f"kubernetes.{twin}"
        return self._named(name, fields, place.around)

    def _twin(self, properties: Schema, place: _Place) -> str:
        """The type of Kubernetes that a record is, or has inlined."""
        keys = properties.keys()
        for name, part in _ANYWHERE.items():
            if place.twin in ("", name) and len(keys & self._kubernetes[name].keys()) >= part * len(
                self._kubernetes[name]
            ):
                return name
        near = {place.twin} & self._kubernetes.keys() or self._by_key[place.key]
        alike = {name: len(keys & self._kubernetes[name].keys()) / (len(keys) or 1) for name in sorted(near)}
        # Of several with all its fields the one that has least beside them.
        best = max(alike, key=lambda name: (alike[name], -len(self._kubernetes[name])), default="")
        return best if best and alike[best] >= _LIKENESS else ""

    def _named(self, name: str, fields: dict[str, str], around: tuple[str, ...]) -> str:
        """The record's name: the shortest that is free, or that of an equal one."""
        names = ["".join((*around[at:], name)) for at in range(len(around), -1, -1)]
        if name == "Spec":
            names = names[1:]
        for wanted in names:
            if self.records.setdefault(wanted, fields) == fields:
                return wanted
        raise ValueError(f"no name left for {names}")


def _draw(table: _Table, directory: Path, file: str, family: Family) -> None:
    older = [(v.removeprefix("v"), _definition(directory / file.format(version=v))) for v in family.older]
    crd = _definition(directory / file.format(version=family.version))
    for version in crd["spec"]["versions"]:
        if not version["served"]:
            continue
        before = tuple((name, _schema(earlier, version["name"])) for name, earlier in older)
        table.kind(
            f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"],
            version["schema"]["openAPIV3Schema"], (*before, (family.version.removeprefix("v"), {})) if before else (),
        )  # fmt: skip


def _definition(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _schema(crd: Any, version: str) -> Schema | None:
    found = [v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if v["name"] == version]
    return found[0] if found else None


def _inside(older: Older, *way: str) -> Older:
    """What the older versions have further in; the newest, which stands last, is only a name."""
    found = []
    for version, schema in older[:-1]:
        inner: Any = schema
        for key in way:
            inner = inner.get(key) if inner else None
        found.append((version, inner))
    return (*found, *older[-1:])


def _having(older: Older) -> Older:
    """The versions that know the record itself: a field is no newer than that for being inside a new one."""
    found = tuple((version, schema) for version, schema in older if schema is not None)
    return found if len(found) > 1 else ()


def _since(older: Older) -> str:
    if not older or older[0][1] is not None:
        return ""
    return "@" + next(version for version, schema in older if schema is not None)


def _folded(records: Records) -> Records:
    """Records with those that differ only in how much deeper they may nest made one that lies inside itself."""
    for name, fields in list(records.items()):
        for key in fields:
            levels = _levels(records, name, key)
            if len(levels) > 1 and not any(f"[{name}]" == other.get(key) for other in records.values()):
                fields[key] = f"[{name}]^{len(levels)}"
                for level in levels:
                    del records[level]
                return _folded(records)
    return records


def _levels(records: Records, name: str, key: str) -> list[str]:
    """The records that follow each other by a key and are equal but for it."""
    found = []
    while (inner := records[name].get(key, "").strip("[]")) in records and inner != name:
        if {k: v for k, v in records[inner].items() if k != key} != {
            k: v for k, v in records[name].items() if k != key
        }:
            break
        found.append(inner)
        name = inner
    return found


def _qualified(kind: str) -> str:
    return re.sub(r"(?<![\w|(])([A-Z]\w+)(?=[\]}*]|$)", r"kubernetes.\1", kind) if "(" not in kind else kind


def _title(key: str) -> str:
    singular = key[:-3] + "y" if key.endswith("ies") else key.removesuffix("s") if not key.endswith("ss") else key
    return singular[0].upper() + singular[1:]

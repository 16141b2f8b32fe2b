"""Holds what the builders make against the engines' own schemas, with unknown fields refused.

    uv run --with jsonschema python -m scripts.measure_schema DIRECTORY [--number N] [--record]

DIRECTORY has CustomResourceDefinitions (`*.yaml`) and Kubernetes' own definitions (`*swagger.json`), which are not part
of this repository; of several releases the newest is taken. What is held: the committed objects under tests/golden, and
those of N declarations an engine that hypothesis makes up and the rules take. `--record` writes the figures, for
docs/engines.md. Exit 0 when nothing is against a schema, else 1.
"""

import argparse
import importlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from components.serving.engines.registry import ENGINES
from scripts import measured
from scripts.fields.sources import KSERVE_BLOCKS

_GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_TEXT_ONLY = ("description", "default", "format", "example")


@dataclass(slots=True)
class Figures:
    """Of one engine.

    Attributes:
        against: what the schemas have against objects, a line each.
        unheld: objects of kinds without a schema, by kind.
    """

    declarations: int = 0
    objects: int = 0
    against: list[str] = field(default_factory=list)
    unheld: set[str] = field(default_factory=set)


def main() -> int:
    """Measures and prints; gives the exit code."""
    parser = argparse.ArgumentParser(description="Hold objects against published schemas.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--number", type=int, default=1000, help="declarations that are made up, an engine")
    parser.add_argument("--record", action="store_true", help="write the figures, for docs/engines.md")
    options = parser.parse_args()
    known = Schemas(options.directory)
    generated = importlib.import_module("tests.serving.generated")
    rows: dict[str, Any] = {}
    wrong = 0
    for engine in ENGINES:
        golden, made = Figures(), Figures()
        for file in sorted([*(_GOLDEN / engine).rglob("*.yaml"), *(_GOLDEN / "examples" / engine).rglob("*.yaml")]):
            _held(known, yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader), golden)
        for objects in generated.objects(engine, options.number):
            _held(known, json.loads(json.dumps(objects)), made)
        rows[engine] = {name: _row(figures) for name, figures in (("committed", golden), ("generated", made))}
        print(engine, rows[engine])
        for line in sorted({*golden.against, *made.against})[:20]:
            print(f"  {line}", file=sys.stderr)
        wrong += len(golden.against) + len(made.against)
    if options.record:
        measured.write("schema", {"schemas": sorted(known.used), "engines": rows})
    return 1 if wrong else 0


def _row(figures: Figures) -> dict[str, Any]:
    return {
        "declarations": figures.declarations,
        "objects": figures.objects,
        "against": len(figures.against),
        "without a schema": sorted(figures.unheld),
    }


def _held(schemas: "Schemas", objects: Iterable[Mapping[str, Any]], figures: Figures) -> None:
    figures.declarations += 1
    for one in objects:
        kind = str(one["kind"])
        errors = schemas.errors(one)
        if errors is None:
            figures.unheld.add(kind)
            continue
        figures.objects += 1
        figures.against += [f"{kind} {error}" for error in errors]


class Schemas:
    """The schemas below a directory.

    Args:
        directory: with the definitions.
    """

    def __init__(self, directory: Path) -> None:
        self._schemas: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._from: dict[tuple[str, str], str] = {}
        self._validators: dict[tuple[str, str], Any] = {}
        self.used: set[str] = set()
        for file in sorted(directory.rglob("*"), key=_by_release):
            where = f"{file.relative_to(directory).parts[0]} {_release(file)}"
            if file.suffix == ".yaml":
                self._definitions(file, where)
            elif file.name.endswith("swagger.json"):
                self._kubernetes(file, where)

    def _definitions(self, file: Path, where: str) -> None:
        for document in yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
            if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                schema = strict(version["schema"]["openAPIV3Schema"])
                if key[1] == "InferenceService":
                    _fill(schema)
                self._schemas[key], self._from[key] = schema, where

    def _kubernetes(self, file: Path, where: str) -> None:
        definitions = json.loads(file.read_text(encoding="utf-8"))["definitions"]
        strictly = {name: strict(one) for name, one in definitions.items()}
        for name, one in definitions.items():
            for said in one.get("x-kubernetes-group-version-kind", ()):
                key = ("/".join(filter(None, (said["group"], said["version"]))), said["kind"])
                self._schemas[key] = {"$ref": f"#/definitions/{name}", "definitions": strictly}
                self._from[key] = where

    def errors(self, manifest: Mapping[str, Any]) -> list[str] | None:
        """What is against the schema of its kind; None where there is no such schema."""
        key = (str(manifest["apiVersion"]), str(manifest["kind"]))
        if key not in self._schemas:
            return None
        if key not in self._validators:
            # Only here it is needed, and it is no dependency.
            self._validators[key] = importlib.import_module("jsonschema").Draft202012Validator(self._schemas[key])
        self.used.add(self._from[key])
        return [f"{error.json_path}: {error.message[:200]}" for error in self._validators[key].iter_errors(manifest)]


def _fill(schema: Any) -> None:
    """What KServe's mutating webhook adds before the check is not required: why, `scripts.fields.sources` tells."""
    canary = schema["properties"]["spec"]["properties"].get("canary")
    for block in KSERVE_BLOCKS if canary else ():
        known = canary["items"]["properties"]["predictor"]["properties"].get(block.lower(), {})
        known["required"] = [name for name in known.get("required", ()) if name != "name"]


def strict(schema: Any) -> Any:
    """A schema of OpenAPI's as JSON Schema, in which a map with named keys has no others.

    Args:
        schema: or a part of one.
    """
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get(_INT_OR_STRING) or schema.get("format") == "int-or-string":
        kept = {key: value for key, value in schema.items() if key in ("pattern", "anyOf", "allOf")}
        return {"type": ["integer", "string"]} | kept
    made = {key: strict(value) for key, value in schema.items() if key not in (*_TEXT_ONLY, "properties")}
    if "properties" in schema:
        # Here a key is a field's name, whatever else the word means.
        made["properties"] = {key: strict(value) for key, value in schema["properties"].items()}
        if not schema.get(_PRESERVE):
            made.setdefault("additionalProperties", False)
    if made.pop("nullable", False) and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def _release(file: Path) -> str:
    return next((found[0] for found in re.findall(r"(v\d+(\.\d+)+)", str(file))), "")


def _by_release(file: Path) -> tuple[tuple[int, ...], str]:
    """Newer ones later, so that they count."""
    return tuple(int(number) for number in re.findall(r"\d+", _release(file))), str(file)


if __name__ == "__main__":
    sys.exit(main())

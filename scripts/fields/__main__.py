"""Writes the tables: `python -m scripts.fields DIRECTORY`.

DIRECTORY holds the files that `scripts/fields/sources.py` names. Of each field the name, type, enum and whether it is
required are taken.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.fields import custom, kubernetes
from scripts.fields.kubernetes import Records
from scripts.fields.sources import FAMILIES, KUBERNETES_KINDS, KUBERNETES_SOURCE

TABLES = Path(__file__).resolve().parents[2] / "components" / "serving" / "fields"


def main(directory: Path) -> None:
    """Writes all tables."""
    folder = directory / "kubernetes"
    swagger = json.loads((folder / "v1.36.3-swagger.json").read_text(encoding="utf-8"))
    enums = kubernetes.enums_of((folder / "v1.36.3-openapi.go").read_text(encoding="utf-8"))
    own = kubernetes.records_of(swagger["definitions"], enums)
    kinds = {both: name.rpartition(".")[2] for both, name in KUBERNETES_KINDS.items()}
    _write("kubernetes", KUBERNETES_SOURCE, kinds, own)
    for name, family in FAMILIES.items():
        _write(name, family.source, *custom.records_of(family, directory, own))


def _write(family: str, source: Mapping[str, Any], kinds: Mapping[str, str], records: Records) -> None:
    used = _reachable(kinds.values(), records) if family != "kubernetes" else set(records)
    table = {
        "source": source,
        "kinds": kinds,
        "records": {name: dict(sorted(fields.items())) for name, fields in sorted(records.items()) if name in used},
    }
    text = json.dumps(table, indent=1, ensure_ascii=False) + "\n"
    (TABLES / f"{family}.json").write_text(text, encoding="utf-8")


def _reachable(names: Iterable[str], records: Records) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in records and name not in found:
            found.add(name)
            waiting += [re.sub(r"@.*|\^.*|[^\w.]", "", kind) for kind in records[name].values()]
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))

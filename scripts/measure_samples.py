"""Counts what `slipway import --round-trip` says of the manifests below directories, kind by kind.

    python -m scripts.measure_samples DIRECTORY... [--markdown] [--lines FILE] [--record NAME --source TEXT...]

The manifests are not part of this repository. Every object of a known kind must come back with one verdict; one without
is counted as lost, and so is every leaf of one that is taken which is neither built again nor named. `--record` writes
the figures, for docs/engines.md. Exit 0 when nothing is lost and no file made the command fail, else 1.
"""

import argparse
import importlib
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from components.serving.fields.leaves import leaves
from components.serving.importing import run
from components.serving.importing.base import declared_part
from components.serving.importing.documents import manifests
from scripts import measured

VERDICTS = ("exact", "equivalent", "refused", "invalid")
# A file that is no YAML, and that the command says so of.
UNREADABLE = "unreadable"
LOST = "lost"
KINDS = {
    "machinelearning.seldon.io": ("SeldonDeployment",),
    "mlops.seldon.io": ("Model", "Pipeline", "Experiment", "Server"),
    "serving.kserve.io": ("InferenceService", "InferenceGraph", "ServingRuntime", "ClusterServingRuntime"),
}
# Refused by name, so that they say nothing of how well the others come over.
APART = ("LLMInferenceService", "LLMInferenceServiceConfig", "TrainedModel", "LocalModel")
_ROOT = Path(__file__).resolve().parents[1]
_SLIPWAY = (sys.executable, "-c", "from cli.main import main; main()")
# So many files are given to one process.
_BATCH = 50

Line = Mapping[str, Any]


def main() -> int:
    """Measures and prints; gives the exit code."""
    parser = argparse.ArgumentParser(description="Count the verdicts of slipway import over directories of manifests.")
    parser.add_argument("directories", type=Path, nargs="+")
    parser.add_argument("--record", metavar="NAME", help="write the figures under this name, for docs/engines.md")
    parser.add_argument("--source", action="append", default=[], help="where the manifests are from: project, commit")
    parser.add_argument("--markdown", action="store_true", help="print a table for docs/engines.md")
    parser.add_argument("--lines", type=Path, help="write every line of the command there")
    options = parser.parse_args()
    files = [
        path
        for directory in options.directories
        for path in sorted(directory.rglob("*"))
        if path.suffix in (".yaml", ".yml", ".json")
    ]
    started = time.monotonic()
    lines, refused, failed = _imported(files)
    seconds = time.monotonic() - started
    if options.lines:
        options.lines.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    counts = _counts([file for file in files if file not in refused], lines)
    for kind in (kind for file in refused for kind in _kinds(file)):
        counts[kind][UNREADABLE] += 1
    for row in _table(counts, markdown=options.markdown):
        print(row)
    kept = _leaves(files)
    print(f"leaves of what is taken: {kept['leaves']}, lost: {kept[LOST]}")
    _tell(lines, failed, len(files), seconds)
    if options.record:
        rows = {
            kind: {name: verdicts[name] for name in (*VERDICTS, UNREADABLE, LOST)}
            for kind, verdicts in sorted(counts.items())
        }
        figures = {"files": len(files), "kinds": rows, "leaves": kept["leaves"], "leaves lost": kept[LOST]}
        measured.write(options.record, figures | {"sources": options.source})
    return 1 if failed or kept[LOST] or any(verdicts[LOST] for verdicts in counts.values()) else 0


def _leaves(files: Sequence[Path]) -> Counter[str]:
    """The leaves of all objects that are taken, and those of them that are lost."""
    accounting = importlib.import_module("tests.serving.importing.accounting")
    found: Counter[str] = Counter()
    for file in files:
        taken = {(one.kind, one.name): one for one in run.read([file]).verdicts if one.taken}
        for manifest in manifests(file) if taken else ():
            name = (manifest.get("metadata") or {}).get("name")
            if verdict := taken.get((str(manifest.get("kind")), str(name))):
                found["leaves"] += sum(1 for _ in leaves(declared_part(manifest)))
                found[LOST] += len(accounting.lost(manifest, verdict))
    return found


def _imported(files: Sequence[Path]) -> tuple[list[Line], list[Path], list[str]]:
    """The lines of all files, those that the command refused whole, and what went wrong beside them.

    A batch that fails is tried file by file.
    """
    lines: list[Line] = []
    refused: list[Path] = []
    failed: list[str] = []
    for at in range(0, len(files), _BATCH):
        batch = files[at : at + _BATCH]
        found, error = _run(batch)
        if not error:
            lines += found
            continue
        for path in batch:
            found, error = _run([path])
            lines += found
            if error.startswith("error: ") and not found:
                refused.append(path)
            elif error:
                failed.append(f"{path}: {error}")
    return lines, refused, failed


def _run(files: Sequence[Path]) -> tuple[list[Line], str]:
    """The lines of one process, and its last word if it failed or gave less than a line an object."""
    command = [*_SLIPWAY, "import", "--round-trip", "--json", *(str(path.resolve()) for path in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    expected = sum(1 for path in files for _ in _kinds(path))
    if done.returncode in (0, 2) and "Traceback" not in done.stderr and len(lines) >= expected:
        return lines, ""
    said = done.stderr.strip().splitlines() or [f"{len(lines)} lines for {expected} objects"]
    return lines, next((line for line in said if line.startswith("error: ")), said[-1])


def _counts(files: Sequence[Path], lines: Sequence[Line]) -> dict[str, Counter[str]]:
    """Verdicts by kind; what the files hold and no line names is lost."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts[line["kind"]][line["verdict"]] += 1
    for kind, number in Counter(kind for path in files for kind in _kinds(path)).items():
        counts[kind][LOST] += max(0, number - sum(counts[kind][verdict] for verdict in VERDICTS))
    return counts


def _kinds(path: Path) -> Iterator[str]:
    """The kinds in a file that must have a verdict; none of a file that does not parse."""
    try:
        documents = list(yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, TypeError):
        return
    for document in documents:
        items = document.get("items", [document]) if isinstance(document, dict) else document
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                group, kind = str(item.get("apiVersion", "")).partition("/")[0], str(item.get("kind", ""))
                if kind in KINDS.get(group, ()):
                    yield kind


def _table(counts: Mapping[str, Counter[str]], *, markdown: bool) -> Iterator[str]:
    head = ("kind", "objects", *VERDICTS, UNREADABLE, LOST, "exact or equivalent")
    rows = [_row(kind, counts[kind]) for kind in sorted(counts)]
    counted = [verdicts for kind, verdicts in counts.items() if not kind.startswith(APART)]
    rows.append(_row("all but those refused by name", sum(counted, Counter())))
    if markdown:
        yield from (f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    yield from ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))


def _row(kind: str, verdicts: Counter[str]) -> Sequence[str]:
    number = verdicts.total()
    share = (verdicts["exact"] + verdicts["equivalent"]) / number if number else 0.0
    return [kind, str(number), *(str(verdicts[name]) for name in (*VERDICTS, UNREADABLE, LOST)), f"{share:.1%}"]


def _tell(lines: Sequence[Line], failed: Sequence[str], files: int, seconds: float) -> None:
    """What is behind the numbers, on stderr: the commonest reasons, differences and failures."""
    print(f"\n{files} files in {seconds:.1f} s", file=sys.stderr)
    for verdict in ("refused", "invalid", "equivalent"):
        field = "differences" if verdict == "equivalent" else "reasons"
        reasons = Counter(str(reason) for line in lines if line["verdict"] == verdict for reason in line[field])
        for reason, number in reasons.most_common(15):
            print(f"{verdict:10} {number:4}  {reason[:160]}", file=sys.stderr)
    for failure in failed:
        print(f"failed     {failure}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

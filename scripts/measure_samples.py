"""Counts what `slipway import --round-trip` says of the manifests below a directory, kind by kind.

    python -m scripts.measure_samples DIRECTORY [--markdown] [--lines FILE]

The manifests are not part of this repository. Every object of a known kind must come back with one verdict; one without
is counted as lost. Exit 0 when none is lost and no file made the command fail, else 1.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

VERDICTS = ("exact", "equivalent", "refused", "invalid")
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
    parser = argparse.ArgumentParser(description="Count the verdicts of slipway import over a directory of manifests.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--markdown", action="store_true", help="print a table for docs/engines.md")
    parser.add_argument("--lines", type=Path, help="write every line of the command there")
    options = parser.parse_args()
    files = sorted(path for path in options.directory.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    started = time.monotonic()
    lines, failed = _imported(files)
    seconds = time.monotonic() - started
    if options.lines:
        options.lines.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    counts = _counts(files, lines)
    for row in _table(counts, markdown=options.markdown):
        print(row)
    _tell(lines, failed, len(files), seconds)
    return 1 if failed or any(verdicts[LOST] for verdicts in counts.values()) else 0


def _imported(files: Sequence[Path]) -> tuple[list[Line], list[str]]:
    """The lines of all files, and what went wrong beside them; a batch that fails is tried file by file."""
    lines: list[Line] = []
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
            failed += [f"{path}: {error}"] if error else []
    return lines, failed


def _run(files: Sequence[Path]) -> tuple[list[Line], str]:
    """The lines of one process, and its last word if it failed or gave less than a line an object."""
    command = [*_SLIPWAY, "import", "--round-trip", "--json", *(str(path.resolve()) for path in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    expected = sum(1 for path in files for _ in _kinds(path))
    if done.returncode in (0, 2) and "Traceback" not in done.stderr and len(lines) >= expected:
        return lines, ""
    return lines, (done.stderr.strip().splitlines() or [f"{len(lines)} lines for {expected} objects"])[-1]


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
    head = ("kind", "objects", *VERDICTS, LOST, "exact or equivalent")
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
    return [kind, str(number), *(str(verdicts[name]) for name in (*VERDICTS, LOST)), f"{share:.1%}"]


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

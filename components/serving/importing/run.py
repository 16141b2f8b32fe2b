"""Files into verdicts, and declarations into files."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from catalog.errors import SeveralErrors, SlipwayError
from components.serving.importing.documents import manifests
from components.serving.importing.judge import judge, judge_together
from components.serving.importing.source import python
from components.serving.importing.verdict import Verdict

_ROOM = "components.serving.importing"
# The engine of an API group, and which of its kinds are declarations; what its module refuses by name is said, too.
_GROUPS = {
    "machinelearning.seldon.io": ("seldon1", ("SeldonDeployment",)),
    "mlops.seldon.io": ("seldon2", ("Model", "Pipeline", "Experiment", "Server")),
    "serving.kserve.io": (
        "kserve",
        ("InferenceService", "InferenceGraph", "ServingRuntime", "ClusterServingRuntime"),
    ),
}
_PLAIN = "plain"


@dataclass(slots=True)
class Report:
    """What an import found.

    Attributes:
        verdicts: in the order of the files.
        others: objects of kinds that are not read, by kind.
        errors: files that could not be read.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    errors: list[SlipwayError] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every object has a declaration that means the same."""
        return not self.errors and all(verdict.taken for verdict in self.verdicts)


def read(files: Iterable[Path]) -> Report:
    """Every object of the files through its engine.

    Args:
        files: YAML or JSON.
    """
    report = Report()
    for file in files:
        try:
            found = manifests(file)
        except SlipwayError as error:
            report.errors.append(error)
            continue
        left = []
        for manifest in found:
            if module := _reader(manifest):
                report.verdicts.append(judge(str(file), manifest, module.read))
            else:
                left.append(manifest)
        plain, others = _plain(str(file), left)
        report.verdicts += plain
        report.others.update(_kind(manifest) for manifest in others)
    return report


def _kind(manifest: Any) -> str:
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    return kind if isinstance(kind, str) else "no object"


def _reader(manifest: Any) -> ModuleType | None:
    """The module that reads this kind; None for a kind that is not read."""
    if not isinstance(manifest, dict):
        return None
    name, kinds = _GROUPS.get(str(manifest.get("apiVersion")).partition("/")[0], ("", ()))
    module = _module(name)
    known = module and (_kind(manifest) in kinds or _kind(manifest) in getattr(module, "REFUSED", ()))
    return module if known else None


def _module(name: str) -> ModuleType | None:
    """An engine's own module, imported when it is first needed."""
    path = f"{_ROOM}.{name}"
    return import_module(path) if name and find_spec(path) else None


def _plain(file: str, left: list[Any]) -> tuple[list[Verdict], list[Any]]:
    """Objects of Kubernetes' own kinds belong together: their reader says which, and gives the others back."""
    module = _module(_PLAIN) if left else None
    if module is None:
        return [], left
    together, others = module.together(left)
    return [verdict for objects in together for verdict in judge_together(file, objects, module.read)], list(others)


def written(report: Report, directory: Path) -> list[Path]:
    """Writes every declaration into a file of its own.

    Args:
        report: with verdicts; those without a declaration are left out.
        directory: made if it is not there.

    Raises:
        SeveralErrors: a file with other content is there already; then nothing is written.
    """
    texts: dict[Path, str] = {}
    for verdict in report.verdicts:
        if verdict.taken and verdict.imported:
            path = _free(directory, verdict.name, texts)
            texts[path] = python(verdict.imported.declaration, f"{verdict.name}: imported from a {verdict.kind}.")
    taken = [path for path, text in texts.items() if path.exists() and path.read_text(encoding="utf-8") != text]
    if taken:
        fix = "remove it, or name another directory"
        raise SeveralErrors([SlipwayError(str(path), "", "another file is there already", fix) for path in taken])
    directory.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _free(directory: Path, name: str, taken: dict[Path, str]) -> Path:
    """A module's path for a name; a number tells two of the same name apart."""
    stem = re.sub(r"\W", "_", name)
    stem = f"_{stem}" if stem[:1].isdigit() else stem
    path, number = directory / f"{stem}.py", 2
    while path in taken:
        path, number = directory / f"{stem}_{number}.py", number + 1
    return path

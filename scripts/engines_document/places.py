"""Which fields of the engines' kinds have a place in a declaration: each is tried in a manifest of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from components.serving.engines.registry import ENGINES
from components.serving.importing import kserve, plain, seldon1, seldon2
from components.serving.importing.base import Imported, NoPlace, Rejected, SeveralProblems
from components.serving.importing.verdict import Outcome, Verdict, compared
from scripts.engines_document.manifests import Manifest, around, fields_of, manifests

READERS: Mapping[str, Callable[[Manifest], Imported]] = {
    "plain": lambda manifest: plain.read(around(manifest)),
    "seldon1": seldon1.read,
    "seldon2": seldon2.read,
    "kserve": kserve.read,
}
KINDS: Mapping[str, tuple[str, ...]] = {
    "plain": (
        "apps/v1 Deployment",
        "v1 Service",
        "autoscaling/v2 HorizontalPodAutoscaler",
        "gateway.networking.k8s.io/v1 HTTPRoute",
    ),
    "seldon1": ("machinelearning.seldon.io/v1 SeldonDeployment",),
    "seldon2": tuple(f"mlops.seldon.io/v1alpha1 {kind}" for kind in ("Model", "Pipeline", "Experiment", "Server")),
    "kserve": (
        "serving.kserve.io/v1beta1 InferenceService",
        "serving.kserve.io/v1alpha1 InferenceGraph",
        "serving.kserve.io/v1alpha1 ServingRuntime",
        "serving.kserve.io/v1alpha1 ClusterServingRuntime",
    ),
}
# Kinds that no declaration stands for, with the reason.
KINDS_REFUSED: Mapping[str, Mapping[str, str]] = {"seldon2": seldon2.REFUSED, "kserve": kserve.REFUSED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """What became of the fields of a kind.

    Attributes:
        same: come back as they are.
        otherwise: come back as the engine itself would have changed them.
        refused: have no place, each with the reason.
        unknown: neither is shown: no manifest with it alone is read, for another reason than the field.
    """

    same: tuple[str, ...]
    otherwise: tuple[str, ...]
    refused: Mapping[str, str]
    unknown: tuple[str, ...]

    @property
    def all(self) -> int:
        """How many fields there are."""
        return len(self.same) + len(self.otherwise) + len(self.refused) + len(self.unknown)


@cache
def places(engine: str) -> Mapping[str, Places]:
    """By kind, what becomes of its fields; 1 s of processor time for all engines, once a process."""
    return {kind.partition(" ")[2]: of_kind(engine, kind) for kind in KINDS[engine]}


def of_kind(engine: str, kind: str) -> Places:
    """What becomes of the fields of one kind.

    Args:
        engine: whose reader and builder are tried.
        kind: `<apiVersion> <kind>`.
    """
    found: dict[Outcome | None, dict[str, str]] = {outcome: {} for outcome in (*Outcome, None)}
    for path in fields_of(kind):
        outcome, why = _best(engine, kind, path)
        found[outcome][path] = why
    return Places(
        same=tuple(found[Outcome.EXACT]),
        otherwise=tuple(found[Outcome.EQUIVALENT]),
        refused=found[Outcome.REFUSED],
        unknown=tuple(found[None]),
    )


def _best(engine: str, kind: str, path: str) -> tuple[Outcome | None, str]:
    """The best that becomes of a field, with one value after the other."""
    tried: list[tuple[Outcome | None, str]] = []
    for manifest in manifests(kind, path):
        tried.append(_tried(engine, manifest, path))
        if tried[-1][0] is Outcome.EXACT:
            break
    known = (Outcome.EXACT, Outcome.EQUIVALENT, None, Outcome.REFUSED)
    return min(tried, key=lambda each: known.index(each[0]))


def _tried(engine: str, manifest: Manifest, path: str) -> tuple[Outcome | None, str]:
    """What becomes of a field in one manifest; None where another field is the matter."""
    try:
        imported = READERS[engine](manifest)
    except SeveralProblems as several:
        return _refused(several.problems, path)
    except (NoPlace, Rejected) as problem:
        return _refused([problem], path)
    made = ENGINES[engine].build(imported.declaration, imported.context).values()
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    rebuilt = next((one for one in made if (one["kind"], one["metadata"]["name"]) == (kind, name)), {})
    before = Verdict(file="", kind=kind, name=name, outcome=Outcome.EXACT, imported=imported, rebuilt=rebuilt)
    verdict = compared(before, manifest, imported.differences)
    if verdict.outcome is Outcome.REFUSED:
        return next(((Outcome.REFUSED, one.why) for one in verdict.reasons if _covers(one.path, path)), (None, ""))
    changed = any(_covers(difference.path, path) for difference in verdict.differences)
    return (Outcome.EQUIVALENT if changed else Outcome.EXACT), ""


def _refused(problems: list[NoPlace | Rejected], path: str) -> tuple[Outcome | None, str]:
    wanted = _plain(path)
    for problem in problems:
        if isinstance(problem, NoPlace) and _plain(problem.path) in (wanted, wanted.rpartition(".")[0]):
            return Outcome.REFUSED, problem.why
    return None, ""


def _covers(changed: str, path: str) -> bool:
    """Whether what differs is the field, or a part of it."""
    return f"{_plain(changed)}.".startswith(f"{_plain(path)}.")


def _plain(path: str) -> str:
    """A path without its object, places in lists and keys of maps."""
    kept, depth = "", 0
    for letter in path.rpartition(":")[2]:
        depth += letter in "[{"
        kept += "" if depth else letter
        depth -= letter in "]}"
    return kept

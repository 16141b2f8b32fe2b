"""The page docs/engines.md, section by section."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.serving.engines.registry import ENGINES
from scripts.engines_document import artifacts, figures, formats, security
from scripts.engines_document.answers import Answer, common, matrix
from scripts.engines_document.places import KINDS, KINDS_REFUSED, Places, places
from scripts.engines_document.probes import PROBES

TARGET = Path(__file__).resolve().parents[2] / "docs" / "engines.md"
_HERE = Path(__file__).parent
_TITLES = {name: engine.title[0].upper() + engine.title[1:] for name, engine in ENGINES.items()}
_MODES = {"standard": "Standard", "knative": "Knative"}
_HEAD = """# Engines

What each engine makes of a declaration. `python -m scripts.engines_document` writes this page from what the rules, the
builders and the readers do, and from [figures](measured.json) of material that is not part of this repository; a test
compares. Ids such as PL-X01 are those of [rules](rules.md). For a declaration of your own: `slipway engines MODEL`.
"""
_CONCEPTS = """
## Concepts

Each row is a declaration with the concept and one without, given to the rules and the builder of each engine.

- **yes**: an object of the engine has it; *always*: it is so whatever is declared.
- **emulated**: objects around the engine do it, which are named.
- **no**: refused, by these rules.
- *with ...*: needs that installed; of KServe, *Standard* and *Knative* are its modes, where these differ.

On plain Kubernetes and Seldon Core 2 requests come by an HTTPRoute of the stack's gateway.
"""
_FORMATS = """
## Formats and protocols

The protocols that are taken for each format; those with * over gRPC, too. `custom` is a server that only the cluster's
engine knows, named in the engine's slot.
"""
_FIELDS = """
## Fields

Every field of every kind, tried the way of `slipway import` in a manifest of its own: read, built again, compared.
What has a type of Kubernetes' own inside another project's kind (a container's `env`, a pod's `affinity`) counts as
one field. Several values are tried; one that comes back is enough. What only a server sets (status, `uid`, ...) is
left out.

| engine | kind | fields | come back as they are | come back as the engine itself would have changed them | refused |
|---|---|---|---|---|---|
"""
_REFUSED = """
Refused, with the reason:

| engine | fields | of | reason |
|---|---|---|---|
"""
_KINDS = """
Kinds that are refused by name:

| engine | kind | what to do, or why |
|---|---|---|
"""
_ARTIFACTS = """
## Artifacts

Who compares the files that a pod reads with the digest of the lock. Where it is the pod, a first step of ours fetches
the artifact and compares every file, and only then the model starts; else the engine's own downloader fetches what
lies there, and `slipway check` says so. This holds for an `Artifact` of the stack's store: what comes from a `Uri`, a
hub or an MLflow registry is fetched by the engine or the server, and not verified by the pod ([locks](locks.md)).
"""
_SECURITY = """
## Pod Security

Pods in the objects of all declarations above, held against the level `restricted`:

| engine | pods | against `restricted` |
|---|---|---|
"""
_MEASURED = """
## Measured on published manifests

What `slipway import --round-trip` says of them. *exact*: built again equal; *equivalent*: otherwise only where the
engine itself defaults or converts; *refused*: a field has no place; *invalid*: the engine would reject it;
*unreadable*: no YAML; *lost*: without a verdict. The shares are of what is exact or equivalent: among all, and among
those that the engine accepts (without the invalid and the unreadable). Kinds that are refused by name are not counted.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections()]).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _sections() -> Iterator[str]:
    yield _CONCEPTS
    yield from _matrix("concept", {what: {e: _cell(a) for e, a in row.items()} for what, row in matrix(PROBES)})
    yield _FORMATS
    yield from _matrix("format", dict(formats.rows()))
    yield from _fields()
    yield _ARTIFACTS
    yield from _matrix("artifact of", dict(artifacts.rows()))
    yield _SECURITY.rstrip()
    for engine, title in _TITLES.items():
        number, against = security.found(engine)
        yield f"| {title} | {number} | {', '.join(against) or ('nothing' if number else '-')} |"
    yield "\n" + (_HERE / "pod_security.md").read_text(encoding="utf-8")
    yield _MEASURED
    yield "**Samples**, as the projects publish them:\n"
    yield from figures.of_manifests("samples")
    yield "\n**Manifests inside documents and notebooks:**\n"
    yield from figures.of_manifests("documents")
    yield "\n## Measured on published schemas\n"
    yield "What the builders make, held against the schemas of the engines' releases with unknown fields refused.\n"
    yield from figures.of_schemas(_TITLES)
    yield "\n" + (_HERE / "explainers.md").read_text(encoding="utf-8")


def _matrix(what: str, rows: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield f"| {what} | {' | '.join(_TITLES.values())} |"
    yield "|---|" + "---|" * len(_TITLES)
    yield from (f"| {name} | {' | '.join(cells[engine] for engine in _TITLES)} |" for name, cells in rows.items())


def _cell(answers: tuple[Answer, ...]) -> str:
    if all(answer.rules for answer in answers):
        return f"no: {', '.join(common([answer.rules for answer in answers]))}"
    if len({_said(answer) for answer in answers}) == 1:
        return _said(answers[0])
    return "; ".join(f"{_MODES[answer.mode]}: {_said(answer)}" for answer in answers)


def _said(answer: Answer) -> str:
    if answer.rules:
        return f"no: {', '.join(answer.rules)}"
    if not answer.kinds:
        return "always"
    had = "yes" if answer.native else f"emulated: {', '.join(answer.kinds)}"
    return f"{had}, with {answer.installed}" if answer.installed else had


def _fields() -> Iterator[str]:
    found = {engine: places(engine) for engine in KINDS}
    yield _FIELDS.rstrip()
    for engine, kinds in found.items():
        yield from (_counted(_TITLES[engine], kind, each) for kind, each in kinds.items())
    yield _REFUSED.rstrip()
    for engine, kinds in found.items():
        for (reason, fields), holds_for in _grouped(kinds).items():
            yield f"| {_TITLES[engine]} | {fields} | {', '.join(holds_for)} | {reason} |"
    yield _KINDS.rstrip()
    for engine, refused in KINDS_REFUSED.items():
        for reason in dict.fromkeys(refused.values()):
            named = ", ".join(kind for kind, why in refused.items() if why == reason)
            yield f"| {_TITLES[engine]} | {named} | {reason} |"


def _counted(title: str, kind: str, found: Places) -> str:
    if found.unknown:
        raise ValueError(f"{kind}: neither a place nor a refusal is shown of {', '.join(found.unknown)}")
    numbers = (found.all, len(found.same), len(found.otherwise), len(found.refused))
    return f"| {title} | {kind} | {' | '.join(f'{number:,}' for number in numbers)} |"


def _grouped(kinds: Mapping[str, Places]) -> dict[tuple[str, str], list[str]]:
    """By reason and fields, the kinds of which it holds; fields beside each other are named together."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, each in kinds.items():
        together: dict[tuple[str, str], list[str]] = {}
        for path, reason in each.refused.items():
            above, _, name = path.rpartition(".")
            together.setdefault((reason, above), []).append(name)
        for (reason, above), names in together.items():
            named = ", ".join(f"`{name}`" for name in names)
            found.setdefault((reason, f"`{above}`: {named}"), []).append(kind)
    return found

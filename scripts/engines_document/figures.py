"""The committed figures of what was measured with material that is not part of this repository."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from scripts import measured

VERDICTS = ("exact", "equivalent", "refused", "invalid", "unreadable", "lost")


def of_manifests(name: str) -> Iterator[str]:
    """A table of the verdicts on published manifests, kind by kind.

    Args:
        name: of the measurement.
    """
    figures = measured.read()[name]
    kinds = figures["kinds"]
    yield f"| kind | objects | {' | '.join(VERDICTS)} | of all | of accepted |"
    yield "|---|" + "---|" * (len(VERDICTS) + 3)
    yield from (_row(kind, kinds[kind]) for kind in sorted(kinds))
    yield _row("**all**", sum((Counter(verdicts) for verdicts in kinds.values()), Counter()))
    yield ""
    yield (
        f"{figures['date']}, {figures['files']:,} files of {', '.join(f'`{each}`' for each in figures['sources'])}: "
        f"{figures['leaves']:,} values of what is taken, {figures['leaves lost']} of them lost."
    )


def _row(kind: str, verdicts: Mapping[str, int]) -> str:
    number = sum(verdicts[name] for name in VERDICTS)
    taken = verdicts["exact"] + verdicts["equivalent"]
    accepted = number - verdicts["invalid"] - verdicts["unreadable"]
    counted = " | ".join(str(verdicts[name]) for name in VERDICTS)
    return f"| {kind} | {number} | {counted} | {_share(taken, number)} | {_share(taken, accepted)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def of_schemas(titles: Mapping[str, str]) -> Iterator[str]:
    """A table of built objects against the engines' published schemas.

    Args:
        titles: of the engines, by name.
    """
    figures = measured.read()["schema"]
    yield "| engine | declarations | objects | against the schema | without a schema |"
    yield "|---|---|---|---|---|"
    for engine, title in titles.items():
        for source in ("generated", "committed"):
            found: Mapping[str, Any] = figures["engines"][engine][source]
            kinds = ", ".join(found["without a schema"]) or "-"
            counted = f"{found['declarations']:,} {source} | {found['objects']:,} | {found['against']}"
            yield f"| {title} | {counted} | {kinds} |"
    yield ""
    yield f"{figures['date']}, schemas of {', '.join(figures['schemas'])}."

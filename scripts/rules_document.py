"""Writes docs/rules.md from the rules themselves: python -m scripts.rules_document."""

from collections.abc import Iterator
from pathlib import Path

from components.serving.rules.all_rules import RULES
from components.serving.rules.base import Rule

TARGET = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
_TITLES = {
    None: "All engines",
    "plain": "Plain Kubernetes",
    "seldon1": "Seldon Core 1",
    "seldon2": "Seldon Core 2",
    "kserve": "KServe",
}
_HEAD = """# Rules

What is refused before anything is registered, by `slipway check`, `render`, `preview` and `up`: each finding names its
rule, the field, the reason and what to do. A **trap** is something that the server takes and then ignores or breaks;
where it is wanted all the same, the declaration says why: `acknowledge={{"<rule>": "<reason>"}}`. What an engine
**cannot** do names the engines that can; `slipway engines MODEL` shows all of them for a declaration.

Each of the {rules} rules has a declaration that it refuses and one that it takes, and if it found nothing, a test would
fail: {rules} of {rules}, 100 % (`serving/test_rules_together.py`).

This page is written by `python -m scripts.rules_document`; a test compares it with the rules.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([_HEAD.format(rules=len(RULES)), *_sections()])


def _sections() -> Iterator[str]:
    for engine, title in _TITLES.items():
        rules = sorted((rule for rule in RULES.values() if rule.engine == engine), key=_order)
        traps = sum(rule.trap for rule in rules)
        yield f"## {title}\n"
        yield f"{len(rules)} rules, of which {traps} are traps.\n"
        yield "| rule | | what it demands | read in |"
        yield "|---|---|---|---|"
        yield from (f"| {rule.id} | {_kind(rule)} | {_cell(rule.text)} | {_cell(rule.source)} |" for rule in rules)
        yield ""


def _kind(rule: Rule) -> str:
    if rule.trap:
        return "trap"
    return "cannot" if "-X" in rule.id else ""


def _cell(content: str) -> str:
    return content.replace("|", "\\|")


def _order(rule: Rule) -> tuple[str, int, str]:
    """Server rules, then traps, then what cannot be said; numbers as numbers."""
    family, _, number = rule.id.partition("-")
    letters = number.rstrip("0123456789")
    return f"{family}-{letters}", int(number[len(letters) :] or 0), rule.id


if __name__ == "__main__":
    TARGET.write_text(text())

"""What the documentation names is there: files, tests, commands, targets."""

import re
from pathlib import Path

import pytest

from cli.group import cli
from cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code(page: Path) -> str:
    """What stands in code: blocks and words between backticks."""
    text = page.read_text()
    blocks = re.findall(r"^```.*?^```|^    .+$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", text)])


def named(page: Path) -> dict[str, list[str]]:
    """What a page names and is not there, by kind."""
    text, written = page.read_text(), code(page)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^):]+)\)", text)]
    commands = re.findall(r"\bslipway ([a-z]+)(?: ([a-z]+))?", written)
    return {
        "link": [link for link in links if not (page.parent / link).exists()],
        "test": [test for test in re.findall(r"`(\w+/test_\w+\.py)`", text) if not (ROOT / "tests" / test).exists()],
        "command": [" ".join(filter(None, words)) for words in commands if not is_command(*words)],
        "target": [word for word in re.findall(r"\bmake ([a-z]+)\b", written) if word not in TARGETS],
    }


def is_command(name: str, second: str) -> bool:
    if name not in COMMANDS:
        return False
    group = getattr(cli.get_command(None, name), "commands", {})
    return not group or not second or second in group


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_what_is_there(page):
    assert named(page) == {"link": [], "test": [], "command": [], "target": []}


def test_what_is_not_there_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "[a](nowhere.md) [b](https://example.com) `launch/test_nothing.py` and slipway is a word\n"
        "`slipway frobnicate`, `slipway sandbox upp` and `slipway sandbox up`\n```\nmake nothing\nmake up\n```\n"
    )
    assert named(page) == {
        "link": ["nowhere.md"],
        "test": ["launch/test_nothing.py"],
        "command": ["frobnicate", "sandbox upp"],
        "target": ["nothing"],
    }

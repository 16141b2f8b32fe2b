"""The page of the forty failures: each number is there, and what it names is in the tests that it names."""

import re
from pathlib import Path

import pytest

from tests.clusters import test_failures

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/failures.md").read_text()
CASES = {*test_failures.TAKEN_OUT, *test_failures.REFUSED, *test_failures.QUOTAS, *test_failures.CONNECTIONS}
_ROW = re.compile(r"^\| (\d+) \|.*$", re.MULTILINE)
_POINT = re.compile(r"^- ((?:\d+(?:, | and )?)+)", re.MULTILINE)
_TAKEN_OUT = re.compile(r"`([\w/]+\.py)` \(taken out: ([^)]*)\)")


def numbers(page: str) -> set[int]:
    """Those that the page has something to say of."""
    points = " ".join(_POINT.findall(page))
    return {int(each) for each in [*_ROW.findall(page), *re.findall(r"\d+", points)]}


def not_there(page: str) -> list[tuple[str, str]]:
    """What the page says is taken out, and no test of that file takes out."""
    named = [(path, case) for path, cases in _TAKEN_OUT.findall(page) for case in re.findall(r'"([^"]+)"', cases)]
    return [(path, case) for path, case in named if f'"{case}"' not in (ROOT / "tests" / path).read_text()]


def test_every_number_is_there():
    assert numbers(PAGE) == set(range(1, 41))


def test_every_test_is_there_and_takes_out_what_the_page_says():
    files = {path for path in re.findall(r"`([\w/]+/test_\w+\.py)`", PAGE) if not (ROOT / "tests" / path).is_file()}
    assert files == set()
    assert not_there(PAGE) == []
    assert {case for _, cases in _TAKEN_OUT.findall(PAGE) for case in re.findall(r'"([^"]+)"', cases)} >= CASES


@pytest.mark.parametrize("cloud", ["AWS", "Google"])
def test_every_failure_of_a_cloud_has_a_prevention_that_is_taken_out(cloud):
    part = PAGE.partition(f"## {cloud}\n")[2].partition("\n## ")[0]
    assert len(_ROW.findall(part)) >= 17
    assert [found[1] for found in _ROW.finditer(part) if not _TAKEN_OUT.search(found[0])] == []


def test_what_is_not_there_is_found():
    page = '| 7 | a | b | `clusters/test_failures.py` (taken out: "nothing of this name", "aws: no identifier") |\n- 8 and 9, c\n'
    assert numbers(page) == {7, 8, 9}
    assert not_there(page) == [("clusters/test_failures.py", "nothing of this name")]

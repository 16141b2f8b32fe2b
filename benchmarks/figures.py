"""What is measured, as lines to print and as tables of `docs/performance.md`."""

import datetime as dt
import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Figure:
    """One number.

    Attributes:
        limit: what it must not exceed; None where nothing is promised.
        unit: ` s` for seconds; empty for a ratio or an exponent.
    """

    name: str
    value: float
    unit: str = ""
    limit: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it keeps its limit."""
        return self.limit is None or self.value <= self.limit

    @property
    def line(self) -> str:
        """For a terminal."""
        limit = "" if self.limit is None else f" (limit {self.limit:g}{self.unit}{'' if self.is_met else ': MISSED'})"
        return f"{self.name}: {self.value:.2f}{self.unit}{limit}"

    @property
    def row(self) -> list[str]:
        """For a table of name, figure and limit."""
        missed = "" if self.is_met else " **missed**"
        return [
            self.name,
            f"{self.value:.2f}{self.unit}{missed}",
            "" if self.limit is None else f"{self.limit:g}{self.unit}",
        ]


def exponent(sizes: tuple[int, int], seconds: tuple[float, float], start: float) -> float:
    """By which power of the size the time grows from one size to another: 1 is linear.

    Args:
        sizes: the smaller and the larger one.
        seconds: their times.
        start: the time of size 0, which every run takes: only what is above it grows.
    """
    grown = [max(time - start, 1e-3) for time in seconds]
    return math.log(grown[1] / grown[0]) / math.log(sizes[1] / sizes[0])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(document: Path, part: str, text: str) -> None:
    """Puts a text between the marks of a part of a document.

    Raises:
        ValueError: the document has no such part.
    """
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before = document.read_text()
    fresh, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n\n{text}\n\n{end}", before, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"{document} has {count} parts {part}")
    document.write_text(fresh)


def machine() -> str:
    """On what and when, with how busy it was."""
    memory = round(psutil.virtual_memory().total / 2**30)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {_processor()}, {os.cpu_count()} cores, {memory} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}; load at the start {load}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

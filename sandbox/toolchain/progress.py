"""What a person sees while tools are had: moving lines on a terminal, one line an event elsewhere."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

_NEXT = 3  # how many of the steps to come are named


class Progress(Protocol):
    """Hears of every event. Several threads may call it."""

    def say(self, text: str) -> None:
        """A fact, in one line."""

    def plan(self, steps: Mapping[str, float]) -> None:
        """What is to be done: the steps, and the seconds each is expected to add to the whole."""

    def start(self, step: str) -> None:
        """A step begins."""

    def detail(self, step: str, text: str) -> None:
        """What a step that runs is at."""

    def finish(self, step: str, text: str) -> None:
        """A step is done."""


class _Plan:
    """The part both displays share: how much of the weight is done, and what that says about the time left."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.left: dict[str, float] = {}
        self.expected = 0.0
        self.started: dict[str, float] = {}

    def take(self, steps: Mapping[str, float]) -> None:
        self.left = dict(steps)
        self.expected = sum(steps.values())
        self.began = time.monotonic()

    def elapsed(self, step: str = "") -> float:
        return time.monotonic() - self.started.get(step, self.began)

    def remaining(self) -> float:
        """Seconds: what was expected of the rest, slower or faster by as much as the part that is done was."""
        rest = sum(self.left.values())
        done = self.expected - rest
        return rest * (self.elapsed() / done if done > 0 else 1.0)

    def state(self) -> str:
        """What is left, for how long, and what comes next."""
        if not self.left:
            return "that was the last"
        waiting = [step for step in self.left if step not in self.started]
        after = f"; next: {', '.join(waiting[:_NEXT])}" if waiting else ""
        return f"{len(self.left)} left, about {minutes(self.remaining())}{after}"


class Lines:
    """One line an event, with the time since the start: for logs."""

    def __init__(self) -> None:
        self._plan = _Plan()
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        """A line."""
        with self._lock:
            print(f"[{self._plan.elapsed():6.1f}s] {text}", file=sys.stderr, flush=True)

    def plan(self, steps: Mapping[str, float]) -> None:
        """A line with the names and the time all of it should take."""
        self._plan.take(steps)
        self.say(f"{len(steps)} to make, about {minutes(self._plan.expected)}: {', '.join(steps)}")

    def start(self, step: str) -> None:
        """A line."""
        with self._lock:
            self._plan.started[step] = time.monotonic()
            self.say(f"{step} ...")

    def detail(self, step: str, text: str) -> None:
        """Details are for a display that can take them back."""

    def finish(self, step: str, text: str) -> None:
        """A line with the time it took, what is left and for how long."""
        with self._lock:
            self._plan.left.pop(step, None)
            self.say(f"{step}: {text} in {self._plan.elapsed(step):.1f} s; {self._plan.state()}")


class Display:
    """A bar for the whole and a moving line for each step that runs."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._plan = _Plan()
        self._lock = threading.Lock()
        self._whole: TaskID | None = None
        self._lines: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._bars.console.print(text, highlight=False, markup=False)

    def plan(self, steps: Mapping[str, float]) -> None:
        """The bar for the whole."""
        self._plan.take(steps)
        self._whole = self._bars.add_task("toolchain", total=self._plan.expected, text=self._plan.state())

    def start(self, step: str) -> None:
        """A moving line below it."""
        with self._lock:
            self._plan.started[step] = time.monotonic()
            self._lines[step] = self._bars.add_task(f"  {step}", total=None, text="")

    def detail(self, step: str, text: str) -> None:
        """A text at the end of the moving line."""
        if step in self._lines:
            self._bars.update(self._lines[step], text=text)

    def finish(self, step: str, text: str) -> None:
        """The moving line becomes a line above the bars."""
        with self._lock:
            weight = self._plan.left.pop(step, 0.0)
            if step in self._lines:
                self._bars.remove_task(self._lines.pop(step))
            if self._whole is not None:
                self._bars.update(self._whole, advance=weight, text=self._plan.state())
        self.say(f"{step}: {text} in {self._plan.elapsed(step):.1f} s")


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """The display that fits standard error."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[text]}", markup=False, style="dim"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Display(bars)


def minutes(seconds: float) -> str:
    """A duration as a person says it: `40 s`, `7 min`."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

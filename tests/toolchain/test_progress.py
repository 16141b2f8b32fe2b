"""What is said while tools are made."""

import io
import sys

import pytest
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TextColumn

from sandbox.toolchain import progress
from sandbox.toolchain.progress import Display, Lines, minutes, shown

STEPS = {"etcd": 10.0, "helm": 20.0, "kwok": 30.0, "coredns": 1.0, "registry": 1.0}


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """Seconds, to be set."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_lines_say_what_is_made_what_is_left_and_how_long_it_takes(clock, capsys):
    lines = Lines()
    lines.plan(STEPS)
    lines.start("etcd")
    clock[0] += 20
    lines.finish("etcd", "v3.6.13 built")
    lines.start("helm")
    clock[0] += 20
    lines.finish("helm", "v3.21.4 built")
    assert capsys.readouterr().err.splitlines() == [
        "[   0.0s] 5 to make, about 62 s: etcd, helm, kwok, coredns, registry",
        "[   0.0s] etcd ...",
        "[  20.0s] etcd: v3.6.13 built in 20.0 s; 4 left, about 2 min; next: helm, kwok, coredns",
        "[  20.0s] helm ...",
        "[  40.0s] helm: v3.21.4 built in 20.0 s; 3 left, about 43 s; next: kwok, coredns, registry",
    ]


def test_the_last_line_says_so(clock, capsys):
    lines = Lines()
    lines.plan({"etcd": 1.0})
    lines.start("etcd")
    lines.finish("etcd", "built")
    assert capsys.readouterr().err.splitlines()[-1].endswith("etcd: built in 0.0 s; that was the last")


def test_a_display_has_a_bar_for_the_whole_and_a_line_for_each_running_step(clock):
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    bars = Bars(TextColumn("{task.description}|{task.completed}|{task.fields[text]}"), console=console)
    display = Display(bars)
    display.plan(STEPS)
    display.start("etcd")
    display.start("helm")
    display.detail("helm", "go: downloading")
    assert [task.description for task in bars.tasks] == ["toolchain", "  etcd", "  helm"]
    assert bars.tasks[2].fields["text"] == "go: downloading"
    display.finish("etcd", "v3.6.13 built")
    display.detail("etcd", "too late")
    assert [(task.description, task.completed) for task in bars.tasks] == [("toolchain", 10.0), ("  helm", 0)]
    assert "4 left" in bars.tasks[0].fields["text"]
    assert "etcd: v3.6.13 built in 0.0 s" in console.file.getvalue()


def test_a_terminal_gets_the_display_and_a_log_gets_lines(monkeypatch):
    with shown() as quiet:
        assert isinstance(quiet, Lines)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with shown() as moving:
        assert isinstance(moving, Display)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (95, "2 min"), (840, "14 min")])
def test_minutes(seconds, text):
    assert minutes(seconds) == text

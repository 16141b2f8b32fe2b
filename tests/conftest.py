"""What all tests share: figures that are shown at the end, and what is skipped where there is no root."""

import os
import signal
import sys

import pytest
from hypothesis import settings

from catalog.garbage import collect_rarely
from tests.counts import level

IS_ROOT = sys.platform == "linux" and os.geteuid() == 0

# What a change is held against does not depend on luck: only at full counts are examples new ones each time.
settings.register_profile("slipway", derandomize=level() != "soak", print_blob=True)
settings.load_profile("slipway")


def pytest_configure(config: pytest.Config) -> None:
    collect_rarely()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts what it runs in the background deaf to Ctrl-C, and what a test starts would be deaf, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # An Output in a text raises instead of silently writing its warning there.
    os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not IS_ROOT:
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(pytest.mark.skip(reason="needs root on Linux"))


@pytest.fixture
def figure(request: pytest.FixtureRequest):
    """Notes a measured number, shown in one line at the end of the run."""
    return lambda text: request.node.user_properties.append(("figure", text))


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    called = [report for report in reports if getattr(report, "when", "") == "call"]
    figures = [value for report in called for key, value in report.user_properties if key == "figure"]
    if figures:
        terminalreporter.section(f"figures ({level()})")
        for line in figures:
            terminalreporter.write_line(line)
    skipped = [report.nodeid for report in terminalreporter.stats.get("skipped", [])]
    terminalreporter.section("skipped")
    terminalreporter.write_line(f"{len(skipped)} skipped{': ' + ', '.join(skipped) if skipped else ''}")

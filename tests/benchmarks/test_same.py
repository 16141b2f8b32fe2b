"""Both programs of the benchmarks register the same: else their times could not be compared."""

import runpy

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks

from benchmarks.engine import PROGRAMS, VARIANTS
from stacks import locks
from stacks.models import CATALOG
from tests.mocks.recorder import record
from tests.stacks import local

# Where in a program a resource was made, which cannot be the same.
_PLACE = {"sourcePosition", "stackTrace"}
_UNORDERED = {"dependencies", "urns"}


def requests(variant, monkeypatch, *, preview):
    """Every request of the program to the engine: registrations with all their options, and components' outputs."""
    seen = {}
    with monkeypatch.context() as patch:
        for method in ("RegisterResource", "RegisterResourceOutputs"):
            patch.setattr(mocks.MockMonitor, method, _kept(getattr(mocks.MockMonitor, method), seen))
        patch.setattr(locks, "read", locks.read)
        catalog = dict(CATALOG)
        try:
            record(lambda: runpy.run_path(str(PROGRAMS / variant / "__main__.py")), preview=preview)
        finally:
            CATALOG.clear()
            CATALOG.update(catalog)
    return seen


def _kept(method, seen):
    """The method of the monitor, which notes what it is asked, lists without an order in order."""

    def kept(self, request):
        said = {key: value for key, value in MessageToDict(request).items() if key not in _PLACE}
        for each in (said, *said.get("propertyDependencies", {}).values()):
            for name in _UNORDERED & set(each):
                each[name] = sorted(each[name])
        key = said["urn"] if "urn" in said else f"{said['type']} {said['name']}"
        if (
            not key.startswith("pulumi:pulumi:Stack ") and "::pulumi:pulumi:Stack::" not in key
        ):  # made once in a process, for both
            assert key not in seen
            seen[key] = said
        return method(self, request)

    return kept


@pytest.fixture
def both(tmp_path, monkeypatch):
    """What each program asks of the engine, by whether it is a preview."""
    local.pretend(tmp_path)
    for name, value in {"SLIPWAY_STATE": str(tmp_path), "BENCH_MODELS": "3", "BENCH_BUCKET": "bench"}.items():
        monkeypatch.setenv(name, value)
    return lambda *, preview: [requests(variant, monkeypatch, preview=preview) for variant in VARIANTS]


@pytest.mark.parametrize("preview", [True, False])
def test_both_register_the_same_resources_options_and_inputs(both, preview):
    ours, raw = both(preview=preview)
    assert len([key for key in ours if " " in key]) > 3 * 6
    assert sorted(raw) == sorted(ours)
    for key, request in ours.items():
        assert raw[key] == request, key


def test_a_difference_would_be_seen(both, monkeypatch):
    monkeypatch.setenv("BENCH_BUCKET", "first")
    ours, _ = both(preview=True)
    monkeypatch.setenv("BENCH_BUCKET", "second")
    _, raw = both(preview=True)
    assert sorted(raw) == sorted(ours)
    different = [key for key in ours if raw[key] != ours[key]]
    assert any("Reader" in key for key in different)
    assert any("Deployment" in key for key in different)

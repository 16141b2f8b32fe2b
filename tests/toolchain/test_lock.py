"""Who waits for the cache is told for whom."""

import json
import threading

import pytest

from sandbox.toolchain import lock

HOLDER = {"pid": 7, "clone": "/somewhere/slipway", "since": "12:00:00"}
NAMED = "/somewhere/slipway (process 7), which has been building since 12:00:00"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0, NAMED), (0.1, NAMED), (None, "another build that shares this cache")]
)
def test_who_has_only_just_begun_is_named_too(tmp_path, monkeypatch, seconds, said):
    monkeypatch.setattr(lock, "_MOMENT", 0.4)
    monkeypatch.setattr(lock, "_POLL", 0.02)
    path = tmp_path / "lock.holder"
    if seconds is not None:
        threading.Timer(seconds, path.write_text, [json.dumps(HOLDER)]).start()
    assert lock._holder(path) == said

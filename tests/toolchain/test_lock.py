"""Who waits for the cache is told for whom."""

import fcntl
import json
import threading

import pytest

from sandbox.toolchain import lock

HOLDER = {"pid": 7, "clone": "/somewhere/slipway", "since": "12:00:00"}
NAMED = "/somewhere/slipway (process 7), which has been building since 12:00:00"


@pytest.fixture
def held(tmp_path, monkeypatch):
    """The lock of a cache that another one has."""
    monkeypatch.setattr(lock, "_MOMENT", 0.4)
    monkeypatch.setattr(lock, "_POLL", 0.02)
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


class Said(list):
    def say(self, text):
        self.append(text)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0, NAMED), (0.1, NAMED), (None, "another build that shares this cache")]
)
def test_who_has_only_just_begun_is_named_too(held, tmp_path, seconds, said):
    if seconds is not None:
        threading.Timer(seconds, (tmp_path / "lock.holder").write_text, [json.dumps(HOLDER)]).start()
    threading.Timer(0.6, fcntl.flock, [held, fcntl.LOCK_UN]).start()
    heard = Said()
    with lock.build_lock(tmp_path, heard):
        assert heard == [f"waiting for {said}"]


def test_who_is_just_done_is_not_waited_for(held, tmp_path):
    threading.Timer(0.1, fcntl.flock, [held, fcntl.LOCK_UN]).start()
    heard = Said()
    with lock.build_lock(tmp_path, heard):
        assert heard == []

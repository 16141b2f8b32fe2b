"""The public face: read back as written, and one clear error when there is none."""

from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.node import endpoints, processes
from sandbox.node.endpoints import Endpoints
from sandbox.node.layout import Layout
from sandbox.node.locking import exclusive

FOUND = Endpoints(
    kubeconfig=Path("/state/kubeconfig"),
    api_server="https://127.0.0.1:1",
    s3="http://127.0.0.1:2",
    s3_admin="http://127.0.0.1:3",
    registry="127.0.0.1:4",
    gateway="http://127.0.0.1:5",
    real_pods=False,
    missing=("root",),
    node_name="sim-system-0",
    in_cluster_s3="http://s3",
    in_node_registry="127.0.0.1:25000",
    s3_root_file=Path("/state/s3"),
    cluster_id="abc",
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path)
    found.make()
    return found


def test_they_are_read_as_written(layout: Layout, tmp_path: Path) -> None:
    processes.record_self(layout, "")
    endpoints.save(layout, FOUND)
    assert endpoints.load(tmp_path) == FOUND
    assert layout.endpoints.stat().st_mode & 0o777 == 0o600


def test_nothing_up_is_one_error(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match=r"run `slipway sandbox up`$"):
        endpoints.load(tmp_path)


def test_a_file_that_a_killed_sandbox_left_does_not_count(layout: Layout, tmp_path: Path) -> None:
    endpoints.save(layout, FOUND)
    layout.owner.write_text('{"pid": 1, "started": 1, "plan": ""}')
    with pytest.raises(SlipwayError, match="is not up"):
        endpoints.load(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kubeconfig": "/x"}'])
def test_a_damaged_file_is_one_error(layout: Layout, tmp_path: Path, text: str) -> None:
    processes.record_self(layout, "")
    layout.endpoints.write_text(text)
    with pytest.raises(SlipwayError, match="damaged"):
        endpoints.load(tmp_path)


def test_one_change_at_a_time(layout: Layout) -> None:
    with (
        exclusive(layout, "up"),
        pytest.raises(SlipwayError, match=r"run this again$") as caught,
        exclusive(layout, "down"),
    ):
        pass
    assert "`up` of pid" in caught.value.why
    with exclusive(layout, "down"):
        pass

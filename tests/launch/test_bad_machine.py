"""A machine that cannot do it: one clear error, exit code 2, nothing half-done. No sandbox is started here."""

import errno
import shlex
import subprocess
import sys

import pytest

from cli import main
from tests.counts import count
from tests.launch.clone import Clone

_SLIPWAY = [sys.executable, "-c", "from cli.main import main; main()"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A clone that nothing was ever started in."""
    return Clone(tmp_path_factory.mktemp("machine") / "slipway")


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One error with these words, and nothing else."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("error:") == 1
    assert done.stderr.count("fix:") == 1
    for each in words:
        assert each in done.stderr
    assert "Traceback" not in done.stderr
    assert "Updating" not in done.stderr


@pytest.mark.root
@pytest.mark.parametrize(
    ("command", "variable", "options", "words"),
    [
        (["up"], "SLIPWAY_STATE", "size=2m", ("GiB free", "on another disk with SLIPWAY_STATE")),
        (["sandbox", "up"], "SLIPWAY_STATE", "size=2m", ("GiB free", "on another disk with SLIPWAY_STATE")),
        (["preview"], "SLIPWAY_STATE", "ro", ("the state directory cannot be used by this user", "with SLIPWAY_STATE")),
        (["up"], "SLIPWAY_CACHE", "ro", ("Read-only file system", "SLIPWAY_CACHE")),
    ],
    ids=["state nearly full", "state nearly full, sandbox alone", "state read-only", "cache read-only"],
)
def test_a_disk(bare, tmp_path, command, variable, options, words):
    disk, left = tmp_path / "disk", tmp_path / "left"
    disk.mkdir()
    line = shlex.join([*_SLIPWAY, *command])
    script = f"mount -t tmpfs -o {options} tmpfs {disk} && {{ {line}; code=$?; find {disk} >{left}; exit $code; }}"
    done = _in_a_mount_namespace(bare, script, {variable: str(disk)})
    refused(done, *words)
    for made in ("endpoints.json", "backend", "home", "lock.json"):
        assert made not in left.read_text()


@pytest.mark.root
def test_a_cache_on_a_nearly_full_disk(bare, tmp_path):
    """A package index and the publishers are not asked: there is no network in this one."""
    script = f"mount -t tmpfs -o size=2m tmpfs {tmp_path} && {shlex.join([*_SLIPWAY, 'up'])}"
    done = _in_a_mount_namespace(bare, script, {"SLIPWAY_CACHE": str(tmp_path)}, "--net")
    refused(done, "MiB free", "on another disk in SLIPWAY_CACHE")


def _in_a_mount_namespace(clone, script, extra, *more):
    command = ["unshare", "--mount", *more, "bash", "-c", script]
    environment = clone.environment | extra
    return subprocess.run(command, cwd=clone.path, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [["up"], ["env"], ["pulumi", "--", "version"]], ids=" ".join)
def test_a_state_directory_that_is_a_file(bare, tmp_path, command):
    path = tmp_path / "file"
    path.write_text("mine")
    environment = bare.environment | {"SLIPWAY_STATE": str(path)}
    done = subprocess.run(
        [*_SLIPWAY, *command], cwd=bare.path, env=environment, capture_output=True, text=True, check=False
    )
    refused(done, str(path), "the state directory cannot be used")
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "package",
    ["click", "yaml", *["pydantic", "platformdirs", "grpc", "rich", "psutil"][: count(test=0, prove=5, soak=5)]],
)
def test_a_python_package_that_is_missing(bare, tmp_path, package):
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n")
    state = tmp_path / "state"
    environment = bare.environment | {"PYTHONPATH": f"{tmp_path}:{bare.path}", "SLIPWAY_STATE": str(state)}
    done = subprocess.run(
        [*_SLIPWAY, "up"], cwd=bare.path, env=environment, capture_output=True, text=True, check=False
    )
    refused(done, f"error: Python ({package}", "rm -rf .venv && make setup")
    assert not state.exists()


def test_a_mistake_of_ours_is_not_called_one_of_the_machine():
    assert main._of_the_machine(ModuleNotFoundError(name="runner.nothing")) is None
    assert main._of_the_machine(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
    found = main._of_the_machine(OSError(errno.ENOSPC, "No space left on device", "/x/y"))
    assert found is not None
    assert (found.path, found.why) == ("/x/y", "No space left on device")
    assert "make room" in found.fix
